"""Secret whose value never passes through the program or its state."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import secretsmanager

from components.aws.grants import grant
from components.aws.iam import document, refusing_plain_transport
from components.aws.kinds import KINDS
from components.aws.secret_rotation import MasterUserArgs, SecretRotation
from components.binding import Binding
from components.inputs import whole

RECOVERY_DAYS = 30


class ExistingSecretArgs(TypedDict):
    """A secret that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]


class GeneratedSecretArgs(TypedDict):
    """A value made by Secrets Manager itself, at once, and anew on schedule."""

    account_id: pulumi.Input[str]
    logs_key_arn: pulumi.Input[str]
    """Key of the function's log group."""
    days: NotRequired[pulumi.Input[int]]
    """Days between two rotations, 1 to 1000. Default: 30."""
    length: NotRequired[pulumi.Input[int]]
    """Characters of the value, letters and digits. Default: 48."""
    master_user: NotRequired[MasterUserArgs]
    """Set the value as this database user's password too."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]


class RotationFunctionArgs(TypedDict):
    """A function of yours that knows how to renew the value: of a partner's API key, say."""

    arn: pulumi.Input[str]
    days: pulumi.Input[int]


class SecretArgs(TypedDict):
    """Inputs of `Secret`. Give `key_arn`, or `existing`."""

    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key. With `existing`: the key of that secret, where it has one."""
    existing: NotRequired[ExistingSecretArgs]
    """Use this secret and create none; every other key but `key_arn` is then ignored."""
    secret_name: NotRequired[pulumi.Input[str]]
    """Name of the secret. Default: made from the component's name. A change replaces the secret."""
    description: NotRequired[pulumi.Input[str]]
    generated: NotRequired[GeneratedSecretArgs]
    """Let Secrets Manager make the value. Not together with `rotation_function`."""
    rotation_function: NotRequired[RotationFunctionArgs]
    """Let this function renew the value, which is put in from outside the first time."""
    protect: NotRequired[bool]
    """Refuse to delete the secret, and let a deleted one be got back for 30 days. Default: false, and then it
    is deleted at once."""


class Secret(pulumi.ComponentResource):
    """Secrets Manager secret, encrypted with the customer's key, read over TLS only, never public.

    There is no argument for the value, on purpose: it would stand in the state. Either Secrets Manager makes
    it (`generated`), or it is put in once from outside (`aws secretsmanager put-secret-value`). Raises
    ValueError for keys that one secret cannot have together.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Secret", name, None, opts)
        self._short = name
        self.key_arn = args.get("key_arn")
        if "generated" in args and "rotation_function" in args:
            raise ValueError(f"secret '{name}': give generated or rotation_function, not both")
        if "existing" in args:
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
        elif "key_arn" in args:
            self._create(name, args, args["key_arn"])
        else:
            raise ValueError(f"secret '{name}': give key_arn, or existing")
        self.register_outputs({"arn": self.arn})

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets: the ARN, to read at run time. access: read. alias: its name for it."""
        return grant(
            KINDS["secret"],
            alias or self._short,
            access,
            arn=self.arn,
            key_arn=self.key_arn,
            environment={"SECRET_ARN": self.arn},
        )

    def _create(self, name: str, args: SecretArgs, key_arn: pulumi.Input[str]) -> None:
        child = pulumi.ResourceOptions(parent=self)
        protect = args.get("protect", False)
        secret = secretsmanager.Secret(
            f"{name}-secret",
            name=args.get("secret_name"),
            description=args.get("description"),
            kms_key_id=key_arn,
            recovery_window_in_days=RECOVERY_DAYS if protect else 0,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        secretsmanager.SecretPolicy(
            f"{name}-policy",
            secret_arn=secret.arn,
            block_public_policy=True,
            policy=document([refusing_plain_transport(["secretsmanager:*"], [secret.arn])]),
            opts=child,
        )
        if "generated" in args:
            SecretRotation(
                f"{name}-rotation",
                {"secret_arn": secret.arn, "key_arn": key_arn, **args["generated"]},
                opts=child,
            )
        if "rotation_function" in args:
            secretsmanager.SecretRotation(
                f"{name}-schedule",
                secret_id=secret.id,
                rotation_lambda_arn=args["rotation_function"]["arn"],
                rotation_rules={"automatically_after_days": whole(args["rotation_function"]["days"])},
                rotate_immediately=False,  # there may be no value yet
                opts=child,
            )
        self.arn = secret.arn
