"""The function that gives a secret its value, and a new one on schedule."""

from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import lambda_, secretsmanager, sqs

from components.aws.grants import key_statement
from components.aws.iam import document, refusing_plain_transport
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.names import physical_name
from components.aws.queue import queue_name
from components.aws.service_role import NAME_LIMIT, service_role
from components.binding import Statement
from components.inputs import whole

CODE = Path(__file__).with_name("rotation_function.py")
RUNTIME = "python3.13"
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
        logs = LogGroup(f"{name}-function", {"key_arn": args["logs_key_arn"], "days": AUDIT_DAYS}, opts=child)
        failures = self._failures(name, args["key_arn"])
        role, policies = service_role(
            f"{name}-role",
            "lambda.amazonaws.com",
            statements=_statements(args, failures.arn, logs.arn),
            permissions_boundary_arn=args.get("permissions_boundary_arn"),
            parent=self,
        )
        settings: dict[str, pulumi.Input[str]] = {
            "LENGTH": pulumi.Output.from_input(args.get("length", LENGTH)).apply(
                lambda number: str(int(number))
            )
        }
        if "master_user" in args:
            settings["DATABASE"] = args["master_user"]["identifier"]
            settings["MASTER_USER"] = args["master_user"]["user"]
        function = lambda_.Function(
            f"{name}-function",
            name=physical_name(f"{name}-function", NAME_LIMIT),
            description="Gives a secret its value, and a new one on schedule",
            runtime=RUNTIME,
            architectures=["arm64"],
            handler="rotation_function.handle",
            code=pulumi.AssetArchive({CODE.name: pulumi.StringAsset(CODE.read_text())}),
            role=role.arn,
            timeout=300,
            memory_size=256,
            reserved_concurrent_executions=1,
            environment={"variables": settings},
            kms_key_arn=args["key_arn"],
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": logs.group_name},
            dead_letter_config={"target_arn": failures.arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
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

    def _failures(self, name: str, key_arn: pulumi.Input[str]) -> sqs.Queue:
        queue = sqs.Queue(
            f"{name}-failures",
            name=queue_name(f"{name}-failures", False),
            kms_master_key_id=key_arn,
            message_retention_seconds=14 * 24 * 3600,
            redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "denyAll"}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        sqs.QueuePolicy(
            f"{name}-failures-policy",
            queue_url=queue.url,
            policy=document([refusing_plain_transport(["sqs:*"], [queue.arn])]),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return queue


def _statements(
    args: SecretRotationArgs, failures_arn: pulumi.Input[str], log_group_arn: pulumi.Input[str]
) -> list[Statement]:
    use_key = ("kms:Decrypt", "kms:GenerateDataKey")
    database: list[Statement] = []
    if "master_user" in args:
        database.append(
            {
                "sid": "SetPassword",
                "actions": ["rds:ModifyDBInstance", "rds:DescribeDBInstances"],
                "resources": [args["master_user"]["arn"]],
            }
        )
    return [
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
        # These actions know no resource. Source: Service Authorization Reference.
        {"sid": "MakeValue", "actions": ["secretsmanager:GetRandomPassword"], "resources": ["*"]},
        {
            "sid": "Trace",
            "actions": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "resources": ["*"],
        },
        key_statement("SettingsKey", ("kms:Decrypt",), args["key_arn"], "lambda"),
        key_statement("SecretKey", use_key, args["key_arn"], "secretsmanager"),
        *database,
        {"sid": "KeepFailures", "actions": ["sqs:SendMessage"], "resources": [failures_arn]},
        key_statement("FailuresKey", use_key, args["key_arn"], "sqs"),
        {
            "sid": "WriteLogs",
            "actions": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "resources": [pulumi.Output.concat(log_group_arn, ":*")],
        },
    ]
