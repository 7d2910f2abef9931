"""What may be done through an endpoint of the network, as data.

A policy of an endpoint only narrows what IAM allows, and this one narrows by account: credentials of a
stranger, smuggled into a pod, cannot carry data out by this way. It names all kinds of actions of the
service, and not fewer: where the cluster is private, stacks are deployed from inside, by these endpoints.
"""

from typing import Any

import pulumi

from components.aws.arns import joined

GATEWAYS = ("s3", "dynamodb")
"""Services with an endpoint in the route tables, free of charge."""

_PREFIXES = {
    **{"ecr.api": "ecr", "ecr.dkr": "ecr", "monitoring": "cloudwatch"},
    **{
        service: service
        for service in (
            *("s3", "dynamodb", "sts", "logs", "ec2", "elasticloadbalancing", "autoscaling"),
            *("secretsmanager", "kms", "sqs", "eks", "eks-auth"),
        )
    },
}
"""Endpoint service → prefix of its actions in IAM."""

# Source: the operations of each service in botocore's models, by their first word.
_VERBS = {
    "s3": "Abort Bypass Create Delete Get List Object Put Rename Replicate Restore Update",
    "dynamodb": (
        "Batch Cancel Condition Create Delete Describe Disable Enable Execute Export Get Import List "
        "PartiQL Put Query Restore Scan Search Start Stop Tag Transact Untag Update"
    ),
    "ecr": (
        "Batch Complete Create Delete Deregister Describe Get Initiate List Put Register Set Start Stop "
        "Tag Untag Update Upload Validate"
    ),
    "sts": "Assume Decode Get Set Tag",
    "logs": (
        "Associate Cancel Create Delete Describe Disassociate Filter Get List Put Start Stop Tag Test "
        "Untag Update"
    ),
    "ec2": (
        "Accept Advertise Allocate Apply Assign Associate Attach Authorize Batch Bundle Cancel Confirm "
        "Copy Create Delete Deprovision Deregister Describe Detach Disable Disassociate Enable Export Get "
        "Import List Lock Modify Monitor Move Provision Purchase Reboot Register Reject Release Replace "
        "Report Request Reset Restore Revoke Run Search Send Start Stop Terminate Unassign Unlock "
        "Unmonitor Update Validate Withdraw"
    ),
    "elasticloadbalancing": "Add Create Delete Deregister Describe Get Modify Register Remove Set",
    "autoscaling": (
        "Attach Batch Cancel Complete Create Delete Describe Detach Disable Enable Enter Execute Exit Get "
        "Launch Put Record Resume Rollback Set Start Suspend Terminate Update"
    ),
    "secretsmanager": (
        "Associate Batch Cancel Create Delete Describe Disassociate Get List Put Remove Replicate Restore "
        "Rotate Stop Tag Untag Update Validate"
    ),
    "kms": (
        "Cancel Connect Create Decapsulate Decrypt Delete Derive Describe Disable Disconnect Enable "
        "Encapsulate Encrypt Generate Get Import List Put ReEncrypt Replicate Retire Revoke Rotate "
        "Schedule Sign Tag Untag Update Verify"
    ),
    "sqs": ("Add Cancel Change Create Delete Get List Purge Receive Remove Send Set Start Tag Untag"),
    "cloudwatch": (
        "Associate Create Delete Describe Disable Disassociate Enable Get List Put Set Start Stop Tag "
        "Untag Update"
    ),
    "eks": (
        "Access Activate Associate Cancel Create Delete Deregister Describe Disassociate List Register "
        "Start Tag Untag Update"
    ),
    "eks-auth": "Assume",
}

ACTIONS: dict[str, list[str]] = {
    service: [f"{prefix}:{verb}*" for verb in _VERBS[prefix].split()] for service, prefix in _PREFIXES.items()
}
"""Endpoint service → actions. Its keys are all the endpoints that a network can have."""

INTERFACES = [
    *("ecr.api", "ecr.dkr", "sts", "logs", "ec2", "elasticloadbalancing", "autoscaling"),
    *("secretsmanager", "kms", "sqs", "monitoring", "eks", "eks-auth"),
]
"""Services with an endpoint in each zone's private subnet, each paid by the hour."""


def statements(
    service: str,
    vpc_id: pulumi.Input[str],
    account_id: pulumi.Input[str],
    partition: pulumi.Input[str],
    region: pulumi.Input[str],
) -> list[dict[str, Any]]:
    """The statements of one endpoint's policy. Raises ValueError for a service that has no entry."""
    if service not in ACTIONS:
        raise ValueError(f"no endpoint for '{service}'; there are: {', '.join(ACTIONS)}")
    own = {
        "Sid": "OwnAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ACTIONS[service],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account_id}},
    }
    if service == "sts":
        # Whoever signs in with a token of another issuer (a build runner) has no account yet.
        sign_in = {
            "Sid": "SignInToOwnRoles",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceAccount": account_id}},
        }
        return [own, sign_in]
    if service != "s3":
        return [own]
    # ECR keeps image layers in a bucket of its own and hands out signed addresses to it.
    # Source: Amazon ECR User Guide, "Minimum Amazon S3 bucket permissions for Amazon ECR".
    layers = joined("arn:", partition, ":s3:::prod-", region, "-starport-layer-bucket/*")
    return [
        own,
        {
            "Sid": "ImageLayers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject"],
            "Resource": [layers],
            "Condition": {"StringEquals": {"aws:SourceVpc": vpc_id}},
        },
    ]
