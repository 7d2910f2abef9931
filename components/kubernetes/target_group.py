"""Ties a Service to a target group: the AWS Load Balancer Controller registers the replicas as targets."""

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource

from components.kubernetes import labels


def target_group_binding(
    resource_name: str,
    *,
    name: str,
    service: str,
    namespace: pulumi.Input[str],
    port: int,
    target_group_arn: pulumi.Input[str],
    opts: ResourceOptions,
) -> CustomResource:
    """A TargetGroupBinding without `networking`: the stack makes the rules of security groups itself."""
    return CustomResource(
        resource_name,
        api_version="elbv2.k8s.aws/v1beta1",
        kind="TargetGroupBinding",
        metadata={"name": name, "namespace": namespace, "labels": labels.standard(service)},
        spec={
            "serviceRef": {"name": service, "port": int(port)},
            "targetGroupARN": target_group_arn,
            "targetType": "ip",
            "ipAddressType": "ipv4",
        },
        opts=opts,
    )
