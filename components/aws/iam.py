"""Policy documents and roles, made the same way everywhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import iam

from components.aws.arns import json_text
from components.binding import Statement

ROLE_NAME = 64
"""Characters that the name of a role may have."""


def document(statements: Sequence[Mapping[str, Any]]) -> pulumi.Input[str]:
    """A policy document as JSON, from statements in IAM's own spelling."""
    return json_text({"Version": "2012-10-17", "Statement": list(statements)})


def allowing(statement: Statement) -> dict[str, Any]:
    """A binding's statement in IAM's spelling."""
    allowed: dict[str, Any] = {
        "Sid": statement["sid"],
        "Effect": "Allow",
        "Action": statement["actions"],
        "Resource": statement["resources"],
    }
    if statement.get("conditions"):
        allowed["Condition"] = statement["conditions"]
    return allowed


def trusting(
    service: str, conditions: Mapping[str, Any], actions: Sequence[str] = ("sts:AssumeRole",)
) -> pulumi.Input[str]:
    """A trust policy for one AWS service, under conditions that keep other accounts out."""
    statement: dict[str, Any] = {
        "Sid": "Trust",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": list(actions),
    }
    if conditions:
        statement["Condition"] = conditions
    return document([statement])


def refusing_plain_transport(
    actions: Sequence[str], resources: Sequence[pulumi.Input[str]]
) -> dict[str, Any]:
    """The statement of a resource policy that refuses every request that does not come over TLS."""
    return {
        "Sid": "RefusePlainTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def attach(
    name: str, role: iam.Role, policy_arns: Mapping[str, pulumi.Input[str]], parent: pulumi.Resource
) -> list[iam.RolePolicyAttachment]:
    """Attach managed policies, short name → ARN, to a role."""
    return [
        iam.RolePolicyAttachment(
            f"{name}-{short}",
            role=role.name,
            policy_arn=arn,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for short, arn in policy_arns.items()
    ]
