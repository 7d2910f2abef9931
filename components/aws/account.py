"""What holds for a whole account, whoever makes things in it."""

from typing import TypedDict

import pulumi
from pulumi_aws import ebs, s3


class AccountGuardrailsArgs(TypedDict):
    account_id: pulumi.Input[str]


class AccountGuardrails(pulumi.ComponentResource):
    """New disks of the region are encrypted, and no bucket of the account can be opened to the public.

    Several stacks of an account may set them. They stay when a stack is destroyed: others rely on them.
    """

    def __init__(
        self, name: str, args: AccountGuardrailsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("skymason:aws:AccountGuardrails", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        ebs.EncryptionByDefault(f"{name}-disks", enabled=True, opts=child)
        s3.AccountPublicAccessBlock(
            f"{name}-buckets",
            account_id=args["account_id"],
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        self.register_outputs({})
