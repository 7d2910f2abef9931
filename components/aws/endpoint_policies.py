"""What may be done through an endpoint of the network, as data.

A policy of an endpoint only narrows what IAM allows. It names the actions that nodes, add-ons and services
use, and the account: credentials of a stranger, smuggled into a pod, cannot carry data out by this way.
"""

from typing import Any

import pulumi

from components.aws.arns import joined

GATEWAYS = ("s3", "dynamodb")
"""Services with an endpoint in the route tables, free of charge."""

_REGISTRY = [
    *("ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"),
    *("ecr:GetAuthorizationToken", "ecr:Describe*", "ecr:List*", "ecr:PutImage", "ecr:InitiateLayerUpload"),
    *("ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:BatchImportUpstreamImage"),
]

ACTIONS: dict[str, list[str]] = {
    "s3": ["s3:Get*", "s3:List*", "s3:Put*", "s3:Delete*", "s3:Abort*", "s3:Restore*"],
    "dynamodb": [
        *("dynamodb:BatchGet*", "dynamodb:BatchWrite*", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"),
        *("dynamodb:Describe*", "dynamodb:Get*", "dynamodb:List*", "dynamodb:PartiQL*", "dynamodb:PutItem"),
        *("dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem"),
    ],
    "ecr.api": _REGISTRY,
    "ecr.dkr": _REGISTRY,
    "sts": ["sts:AssumeRole", "sts:TagSession", "sts:Get*", "sts:DecodeAuthorizationMessage"],
    "logs": [
        *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:PutRetentionPolicy"),
        *("logs:Describe*", "logs:Filter*", "logs:Get*", "logs:List*", "logs:StartQuery", "logs:StopQuery"),
    ],
    "ec2": [
        *("ec2:Describe*", "ec2:Get*", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
        *("ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
        *("ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:CreateTags"),
        *("ec2:DeleteTags", "ec2:AttachVolume", "ec2:CreateVolume", "ec2:DeleteVolume", "ec2:DetachVolume"),
        *("ec2:ModifyVolume", "ec2:EnableFastSnapshotRestores", "ec2:CreateSnapshot", "ec2:DeleteSnapshot"),
        *("ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup", "ec2:AuthorizeSecurityGroup*"),
        "ec2:RevokeSecurityGroup*",
    ],
    "elasticloadbalancing": [
        *("elasticloadbalancing:Add*", "elasticloadbalancing:Create*", "elasticloadbalancing:Delete*"),
        *(
            "elasticloadbalancing:Deregister*",
            "elasticloadbalancing:Describe*",
            "elasticloadbalancing:Modify*",
        ),
        *("elasticloadbalancing:Register*", "elasticloadbalancing:Remove*", "elasticloadbalancing:Set*"),
    ],
    "autoscaling": [
        *("autoscaling:Describe*", "autoscaling:SetDesiredCapacity"),
        "autoscaling:TerminateInstanceInAutoScalingGroup",
    ],
    "secretsmanager": [
        *("secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "secretsmanager:Describe*"),
        *("secretsmanager:List*", "secretsmanager:GetRandomPassword", "secretsmanager:PutSecretValue"),
        "secretsmanager:UpdateSecretVersionStage",
    ],
    "kms": [
        *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey"),
        *(
            "kms:CreateGrant",
            "kms:Sign",
            "kms:Verify",
            "kms:GenerateMac",
            "kms:VerifyMac",
            "kms:GetPublicKey",
        ),
    ],
    "sqs": [
        *("sqs:ChangeMessageVisibility*", "sqs:DeleteMessage*", "sqs:Get*", "sqs:List*"),
        *("sqs:ReceiveMessage", "sqs:SendMessage*", "sqs:StartMessageMoveTask", "sqs:CancelMessageMoveTask"),
    ],
    "monitoring": [
        *("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "cloudwatch:PutMetricData"),
    ],
    "eks": ["eks:Describe*", "eks:List*", "eks:AccessKubernetesApi"],
    "eks-auth": ["eks-auth:AssumeRoleForPodIdentity"],
}
"""Endpoint service → actions. Its keys are all the endpoints that a network can have."""

INTERFACES = [service for service in ACTIONS if service not in GATEWAYS]
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
