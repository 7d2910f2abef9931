"""The tie between a Service and a target group."""

import pulumi
from blocks import build, unknown

from components.kubernetes.target_group import target_group_binding

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/orders/0123456789abcdef"


def test_binding() -> None:
    def program() -> None:
        for name, arn in (("known", ARN), ("later", unknown())):
            target_group_binding(
                name,
                name="public-http",
                service="orders",
                namespace="orders",
                port=8080.0,  # type: ignore[arg-type]
                target_group_arn=arn,
                opts=pulumi.ResourceOptions(),
            )

    built = build(program)
    assert built.names() == ["known", "later"]
    assert built.one("known").type == "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
    made = built.inputs("known")
    assert (made["metadata"]["name"], made["metadata"]["namespace"]) == ("public-http", "orders")
    assert made["spec"] == {
        "serviceRef": {"name": "orders", "port": 8080},
        "targetGroupARN": ARN,
        "targetType": "ip",
        "ipAddressType": "ipv4",
    }
