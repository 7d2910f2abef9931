"""Roles that AWS's own services assume."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import iam

from components.aws.iam import allowing, attach, document, trusting
from components.aws.names import physical_name
from components.binding import Statement

NAME_LIMIT = 64


def service_role(
    name: str,
    service: str,
    *,
    parent: pulumi.Resource,
    account_id: pulumi.Input[str] | None = None,
    statements: Sequence[Statement] = (),
    managed_policies: Mapping[str, pulumi.Input[str]] | None = None,
    permissions_boundary_arn: pulumi.Input[str] | None = None,
) -> tuple[iam.Role, list[pulumi.Resource]]:
    """A role for one service, and the policies that it must have before it is used.

    name: of the role; its policy is `<name>-policy`. service: principal, as `firehose.amazonaws.com`.
    account_id: the service acts for this account alone; left out for services that do not say whom they act
    for when they assume a role (Lambda, RDS Proxy).
    statements: all that it may do. managed_policies: of AWS's own, short name → ARN.
    """
    child = pulumi.ResourceOptions(parent=parent)
    only: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account_id}} if account_id else {}
    role = iam.Role(
        name,
        name=physical_name(name, NAME_LIMIT),
        assume_role_policy=trusting(service, only),
        permissions_boundary=permissions_boundary_arn,
        opts=child,
    )
    policies: list[pulumi.Resource] = list(attach(name, role, managed_policies or {}, parent))
    if statements:
        policy = iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=document([allowing(statement) for statement in statements]),
            opts=child,
        )
        policies.append(policy)
    return role, policies
