"""The master user's password of a database: made and rotated by RDS where it can, else by a function of ours.

RDS makes neither read replicas nor blue/green deployments of a database whose password it manages. Source:
Amazon RDS User Guide, "Limitations for Secrets Manager integration with Amazon RDS".
"""

from typing import Any

import pulumi
import pulumi_random as random
from pulumi_aws import rds

from components.aws.database_args import DatabaseArgs
from components.aws.secret import GeneratedSecretArgs, Secret


def master_password(name: str, args: DatabaseArgs, rotated: bool, parent: pulumi.Resource) -> dict[str, Any]:
    """Inputs of the instance. rotated: by our function, which replaces this first password at once.

    RDS never gives a password back, so that what rotation sets later is no change to the program.
    """
    if not rotated:
        return {"manage_master_user_password": True, "master_user_secret_kms_key_id": args["key_arn"]}
    first = random.RandomPassword(
        f"{name}-first-password", length=48, special=False, opts=pulumi.ResourceOptions(parent=parent)
    )
    return {"password": first.result}


def master_secret(
    name: str, args: DatabaseArgs, primary: rds.Instance, rotated: bool, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """ARN of the secret that holds `{"username": …, "password": …}`."""
    if not rotated:
        return primary.master_user_secrets.apply(lambda secrets: secrets[0].secret_arn if secrets else "")
    generated: GeneratedSecretArgs = {
        "account_id": args["account_id"],
        "logs_key_arn": args["logs_key_arn"],
        "master_user": {
            "identifier": primary.identifier,
            "arn": primary.arn,
            "user": primary.username,
        },
        **boundary(args),
    }
    secret = Secret(
        f"{name}-master",
        {
            "key_arn": args["key_arn"],
            "description": "Master user of the database",
            "generated": generated,
            "protect": args.get("protect", False),
        },
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return secret.arn


def boundary(args: DatabaseArgs) -> Any:
    """The permissions boundary, as arguments of whatever makes a role."""
    if "permissions_boundary_arn" not in args:
        return {}
    return {"permissions_boundary_arn": args["permissions_boundary_arn"]}
