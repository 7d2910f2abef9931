"""What the controllers of a cluster may do, as data."""

from collections.abc import Callable

import pulumi

from components.aws.arns import Account
from components.binding import Statement

_CLUSTER_TAG = "elbv2.k8s.aws/cluster"
"""Set by the load balancer controller on everything that it makes."""


def _of(account: Account, service: str, *resources: str) -> list[pulumi.Input[str]]:
    return [account.arn(service, resource) for resource in resources]


def load_balancer_controller(account: Account, cluster_name: pulumi.Input[str]) -> list[Statement]:
    """Registers pods with target groups, and makes load balancers for Ingress and Service.

    The actions are those of the controller's own policy (kubernetes-sigs/aws-load-balancer-controller,
    docs/install/iam_policy.json), without the firewall and Shield, which it is told to leave alone. They are
    narrowed to the account and region, and changes to what carries this cluster's tag: it cannot touch the
    load balancers that stacks make, beyond registering targets.
    """
    own = {"StringEquals": {f"aws:ResourceTag/{_CLUSTER_TAG}": cluster_name}}
    asked = {"StringEquals": {f"aws:RequestTag/{_CLUSTER_TAG}": cluster_name}}
    balancers = _of(account, "elasticloadbalancing", "loadbalancer/app/*", "loadbalancer/net/*")
    groups = _of(account, "elasticloadbalancing", "targetgroup/*")
    listeners = _of(account, "elasticloadbalancing", "listener/app/*", "listener/net/*")
    rules = _of(account, "elasticloadbalancing", "listener-rule/app/*", "listener-rule/net/*")
    security_groups = _of(account, "ec2", "security-group/*")
    return [
        {
            "sid": "Look",
            "actions": [
                *("ec2:DescribeAccountAttributes", "ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones"),
                *("ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeIpamPools"),
                *("ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"),
                *("ec2:DescribeSubnets", "ec2:DescribeTags", "ec2:DescribeVpcPeeringConnections"),
                *("ec2:DescribeVpcs", "ec2:GetSecurityGroupsForVpc"),
                *("acm:DescribeCertificate", "acm:ListCertificates"),
                *("elasticloadbalancing:DescribeCapacityReservation",),
                *("elasticloadbalancing:DescribeListenerAttributes",),
                *("elasticloadbalancing:DescribeListenerCertificates",),
                *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancers"),
                *(
                    "elasticloadbalancing:DescribeLoadBalancerAttributes",
                    "elasticloadbalancing:DescribeRules",
                ),
                *("elasticloadbalancing:DescribeSSLPolicies", "elasticloadbalancing:DescribeTags"),
                *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"),
                *("elasticloadbalancing:DescribeTargetGroupAttributes",),
                *("elasticloadbalancing:DescribeTrustStores",),
            ],
            "resources": ["*"],
        },
        {
            "sid": "ServiceRole",
            "actions": ["iam:CreateServiceLinkedRole"],
            "resources": ["*"],
            "conditions": {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
        },
        {
            "sid": "RegisterPods",
            "actions": ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
            "resources": groups,
        },
        {
            "sid": "OpenTheClusterToLoadBalancers",
            "actions": ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"],
            "resources": security_groups,
            "conditions": {"StringEquals": {"aws:ResourceTag/aws:eks:cluster-name": cluster_name}},
        },
        {
            "sid": "MakeSecurityGroups",
            "actions": ["ec2:CreateSecurityGroup"],
            "resources": [*security_groups, *_of(account, "ec2", "vpc/*")],
        },
        {
            "sid": "TagNewSecurityGroups",
            "actions": ["ec2:CreateTags"],
            "resources": security_groups,
            "conditions": {
                "StringEquals": {
                    "ec2:CreateAction": "CreateSecurityGroup",
                    f"aws:RequestTag/{_CLUSTER_TAG}": cluster_name,
                }
            },
        },
        {
            "sid": "ChangeOwnSecurityGroups",
            "actions": [
                *("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"),
                *("ec2:DeleteSecurityGroup", "ec2:CreateTags", "ec2:DeleteTags"),
            ],
            "resources": security_groups,
            "conditions": own,
        },
        {
            "sid": "MakeLoadBalancers",
            "actions": [
                *("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"),
                "elasticloadbalancing:AddTags",
            ],
            "resources": [*balancers, *groups],
            "conditions": asked,
        },
        {
            "sid": "ChangeOwnLoadBalancers",
            "actions": [
                *("elasticloadbalancing:AddListenerCertificates", "elasticloadbalancing:AddTags"),
                *("elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateRule"),
                *("elasticloadbalancing:DeleteListener", "elasticloadbalancing:DeleteLoadBalancer"),
                *("elasticloadbalancing:DeleteRule", "elasticloadbalancing:DeleteTargetGroup"),
                *("elasticloadbalancing:ModifyCapacityReservation", "elasticloadbalancing:ModifyIpPools"),
                *("elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyListenerAttributes"),
                *("elasticloadbalancing:ModifyLoadBalancerAttributes", "elasticloadbalancing:ModifyRule"),
                *("elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:RemoveTags"),
                *("elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:SetSubnets"),
                *(
                    "elasticloadbalancing:RemoveListenerCertificates",
                    "elasticloadbalancing:SetSecurityGroups",
                ),
                *("elasticloadbalancing:SetIpAddressType", "elasticloadbalancing:SetRulePriorities"),
            ],
            "resources": [*balancers, *groups, *listeners, *rules],
            "conditions": own,
        },
        {
            "sid": "TagNewListeners",
            "actions": ["elasticloadbalancing:AddTags"],
            "resources": [*listeners, *rules],
            "conditions": asked,
        },
    ]


def cluster_autoscaler(account: Account, cluster_name: pulumi.Input[str]) -> list[Statement]:
    """Sets the size of this cluster's node groups.

    Source: kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/README.md, narrowed by the tag that
    EKS puts on the groups of a cluster.
    """
    return [
        {
            "sid": "Look",
            "actions": [
                *("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances"),
                *("autoscaling:DescribeLaunchConfigurations", "autoscaling:DescribeScalingActivities"),
                *("ec2:DescribeImages", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplateVersions"),
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ],
            "resources": ["*"],
        },
        {
            "sid": "LookAtNodeGroups",
            "actions": ["eks:DescribeNodegroup"],
            "resources": [account.arn("eks", "nodegroup/", cluster_name, "/*/*")],
        },
        {
            "sid": "ScaleOwnGroups",
            "actions": [
                *("autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"),
            ],
            "resources": _of(account, "autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"),
            "conditions": {"StringEquals": {"aws:ResourceTag/eks:cluster-name": cluster_name}},
        },
    ]


def keda(account: Account, cluster_name: pulumi.Input[str]) -> list[Statement]:
    """Reads metrics, which CloudWatch lets nobody narrow down."""
    return [
        {
            "sid": "ReadMetrics",
            "actions": ["cloudwatch:GetMetricData"],
            "resources": ["*"],
        }
    ]


def fluent_bit(account: Account, cluster_name: pulumi.Input[str]) -> list[Statement]:
    """Writes to log groups of this cluster's namespaces, and makes none."""
    groups = account.arn("logs", "log-group:/aws/eks/", cluster_name, "/pods/*")
    return [
        {
            "sid": "WriteLogs",
            "actions": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "resources": [groups],
        }
    ]


PERMISSIONS: dict[str, Callable[[Account, pulumi.Input[str]], list[Statement]]] = {
    "load-balancer-controller": load_balancer_controller,
    "cluster-autoscaler": cluster_autoscaler,
    "fluent-bit": fluent_bit,
    "keda": keda,
}
"""Controller → what it may do; one that is not here never calls AWS."""
