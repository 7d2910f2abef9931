"""A role for what scales a service: it may look at how far the work is, and at nothing of the work."""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import iam

from components.aws.iam import ROLE_NAME, allowing, document
from components.aws.names import physical_name
from components.binding import Statement


def scaler_role(
    name: str, service: str, statements: list[Statement], platform: Any, opts: ResourceOptions
) -> dict[str, pulumi.Input[str]]:
    """`{"role_arn": …}` of a role for KEDA's operator alone. Empty where the operator is somebody else's: it
    is taken to have its permissions."""
    if platform.get("scaler_role_arn") is None:
        return {}
    role = iam.Role(
        f"{name}-scaler-role",
        name=physical_name(f"{name}-scaler-role", ROLE_NAME),
        description=f"Lag of {service}, for what scales it",
        assume_role_policy=document(
            [
                {
                    "Sid": "Trust",
                    "Effect": "Allow",
                    "Principal": {"AWS": platform["scaler_role_arn"]},
                    # Sessions of Pod Identity carry tags on to the next role.
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                }
            ]
        ),
        permissions_boundary=platform.get("permissions_boundary_arn"),
        opts=opts,
    )
    iam.RolePolicy(
        f"{name}-scaler-policy",
        role=role.name,
        policy=document([allowing(statement) for statement in statements]),
        opts=opts,
    )
    return {"role_arn": role.arn}
