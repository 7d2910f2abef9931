"""Functions that building blocks bring with them: one small file of Python each, run by an AWS service."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pulumi
from pulumi_aws import lambda_, sqs

from components.aws.grants import key_statement
from components.aws.iam import document, refusing_plain_transport
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.names import physical_name
from components.aws.queue import queue_name
from components.aws.service_role import NAME_LIMIT, service_role
from components.binding import Statement

RUNTIME = "python3.13"
FAILURE_SECONDS = 14 * 24 * 3600


class ServiceFunction(NamedTuple):
    """function: the function. failures: queue of the calls that failed for good."""

    function: lambda_.Function
    failures: sqs.Queue


def service_function(
    name: str,
    code: Path,
    *,
    description: str,
    key_arn: pulumi.Input[str],
    logs_key_arn: pulumi.Input[str],
    parent: pulumi.Resource,
    statements: Sequence[Statement] = (),
    settings: Mapping[str, pulumi.Input[str]] | None = None,
    timeout: int = 60,
    concurrency: int = 1,
    permissions_boundary_arn: pulumi.Input[str] | None = None,
) -> ServiceFunction:
    """A function with a role, a log group and a queue for failures of its own.

    code: file with a function `handle`. statements: what it may do beside logging, tracing and keeping its
    failures. settings: environment, never a secret. concurrency: copies that run at once, set aside for it.
    """
    child = pulumi.ResourceOptions(parent=parent)
    logs = LogGroup(f"{name}-function", {"key_arn": logs_key_arn, "days": AUDIT_DAYS}, opts=child)
    failures = _failures(name, key_arn, child)
    role, policies = service_role(
        f"{name}-role",
        "lambda.amazonaws.com",
        statements=[*statements, *_own(failures.arn, logs.arn, key_arn)],
        permissions_boundary_arn=permissions_boundary_arn,
        parent=parent,
    )
    function = lambda_.Function(
        f"{name}-function",
        name=physical_name(f"{name}-function", NAME_LIMIT),
        description=description,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=f"{code.stem}.handle",
        code=pulumi.AssetArchive({code.name: pulumi.StringAsset(code.read_text())}),
        role=role.arn,
        timeout=timeout,
        memory_size=256,
        reserved_concurrent_executions=concurrency,
        environment={"variables": dict(settings)} if settings else None,
        kms_key_arn=key_arn,
        tracing_config={"mode": "Active"},
        logging_config={"log_format": "JSON", "log_group": logs.group_name},
        dead_letter_config={"target_arn": failures.arn},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=policies),
    )
    return ServiceFunction(function, failures)


def _failures(name: str, key_arn: pulumi.Input[str], child: pulumi.ResourceOptions) -> sqs.Queue:
    queue = sqs.Queue(
        f"{name}-failures",
        name=queue_name(f"{name}-failures", False),
        kms_master_key_id=key_arn,
        message_retention_seconds=FAILURE_SECONDS,
        redrive_allow_policy=pulumi.Output.json_dumps({"redrivePermission": "denyAll"}),
        opts=child,
    )
    sqs.QueuePolicy(
        f"{name}-failures-policy",
        queue_url=queue.url,
        policy=document([refusing_plain_transport(["sqs:*"], [queue.arn])]),
        opts=child,
    )
    return queue


def _own(
    failures_arn: pulumi.Input[str], log_group_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[Statement]:
    return [
        # These actions know no resource. Source: Service Authorization Reference.
        {
            "sid": "Trace",
            "actions": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "resources": ["*"],
        },
        key_statement("SettingsKey", ("kms:Decrypt",), key_arn, "lambda"),
        {"sid": "KeepFailures", "actions": ["sqs:SendMessage"], "resources": [failures_arn]},
        key_statement("FailuresKey", ("kms:Decrypt", "kms:GenerateDataKey"), key_arn, "sqs"),
        {
            "sid": "WriteLogs",
            "actions": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "resources": [pulumi.Output.concat(log_group_arn, ":*")],
        },
    ]
