"""The function that gives a secret its value, and a new one on schedule."""

from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import lambda_, secretsmanager

from components.aws.grants import key_statement
from components.aws.service_function import service_function
from components.binding import Statement
from components.inputs import whole

CODE = Path(__file__).with_name("rotation_function.py")
LENGTH = 48
ROTATION_DAYS = 30


class MasterUserArgs(TypedDict):
    """The master user of an RDS instance."""

    identifier: pulumi.Input[str]
    arn: pulumi.Input[str]
    user: pulumi.Input[str]


class SecretRotationArgs(TypedDict):
    secret_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    """Customer-managed key of the secret; encrypts the function's settings and failures too."""
    logs_key_arn: pulumi.Input[str]
    account_id: pulumi.Input[str]
    days: NotRequired[pulumi.Input[int]]
    """Days between two rotations, 1 to 1000. Default: 30."""
    length: NotRequired[pulumi.Input[int]]
    """Characters of the value, all letters and digits. Default: 48."""
    master_user: NotRequired[MasterUserArgs]
    """Set the value as this user's password too; the secret is then `{"username": …, "password": …}`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]


class SecretRotation(pulumi.ComponentResource):
    """Gives a secret its first value at once and a new one on schedule; neither is ever in a state file.

    A function of its own for each secret: its role reads and writes that secret and no other.
    """

    function_arn: pulumi.Output[str]
    failures_name: pulumi.Output[str]
    """Queue of the calls that failed for good."""

    def __init__(
        self, name: str, args: SecretRotationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("skymason:aws:SecretRotation", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings: dict[str, pulumi.Input[str]] = {
            "LENGTH": pulumi.Output.from_input(args.get("length", LENGTH)).apply(lambda size: str(int(size)))
        }
        if "master_user" in args:
            settings["DATABASE"] = args["master_user"]["identifier"]
            settings["MASTER_USER"] = args["master_user"]["user"]
        function, failures = service_function(
            name,
            CODE,
            description="Gives a secret its value, and a new one on schedule",
            key_arn=args["key_arn"],
            logs_key_arn=args["logs_key_arn"],
            statements=_statements(args),
            settings=settings,
            timeout=300,
            permissions_boundary_arn=args.get("permissions_boundary_arn"),
            parent=self,
        )
        permission = lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="secretsmanager.amazonaws.com",
            source_arn=args["secret_arn"],
            source_account=args["account_id"],
            opts=child,
        )
        secretsmanager.SecretRotation(
            f"{name}-schedule",
            secret_id=args["secret_arn"],
            rotation_lambda_arn=function.arn,
            rotation_rules={"automatically_after_days": whole(args.get("days", ROTATION_DAYS))},
            rotate_immediately=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        self.function_arn = function.arn
        self.failures_name = failures.name
        self.register_outputs({"function_arn": self.function_arn, "failures_name": self.failures_name})


def _statements(args: SecretRotationArgs) -> list[Statement]:
    statements: list[Statement] = [
        {
            "sid": "RotateSecret",
            "actions": [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            "resources": [args["secret_arn"]],
        },
        # This action knows no resource. Source: Service Authorization Reference.
        {"sid": "MakeValue", "actions": ["secretsmanager:GetRandomPassword"], "resources": ["*"]},
        key_statement("SecretKey", ("kms:Decrypt", "kms:GenerateDataKey"), args["key_arn"], "secretsmanager"),
    ]
    if "master_user" in args:
        statements.append(
            {
                "sid": "SetPassword",
                "actions": ["rds:ModifyDBInstance", "rds:DescribeDBInstances"],
                "resources": [args["master_user"]["arn"]],
            }
        )
    return statements
