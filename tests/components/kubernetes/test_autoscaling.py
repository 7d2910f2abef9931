"""Autoscaling: exact triggers."""

from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.kubernetes.autoscaling import Autoscaler, AutoscalerArgs

BASE: AutoscalerArgs = {
    "name": "orders",
    "namespace": "orders",
    "deployment": "orders",
    "min": 2,
    "max": 10,
    "cpu_percent": 60,
    "scale_down_seconds": 300,
}
CPU = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}}
METRIC = {"load_balancer": "app/a/1", "target_group": "targetgroup/b/2", "region": "eu-central-1"}


def make(**changed: Any) -> Built:
    return build(lambda: Autoscaler("orders", {**BASE, **changed}))


def spec(built: Built) -> dict[str, Any]:
    return built.inputs("orders-scaled-object")["spec"]


@pytest.fixture(scope="module")
def plain() -> Built:
    return make()


def test_one_resource(plain: Built) -> None:
    assert plain.names() == ["orders-scaled-object"]
    assert plain.one("orders-scaled-object").type == "kubernetes:keda.sh/v1alpha1:ScaledObject"


def test_bounds_and_behaviour(plain: Built) -> None:
    made = spec(plain)
    assert made["scaleTargetRef"] == {"name": "orders"}
    assert (made["minReplicaCount"], made["maxReplicaCount"]) == (2, 10)
    behavior = made["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 300
    assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0


def test_cpu_alone(plain: Built) -> None:
    assert spec(plain)["triggers"] == [CPU]
    assert spec(make(request_metrics=[METRIC]))["triggers"] == [CPU]
    assert spec(make(requests_per_target=None, request_metrics=[METRIC]))["triggers"] == [CPU]


def test_requests_and_schedules() -> None:
    schedule = [
        {"name": "day", "start": "0 7 * * 1-5", "end": "0 19 * * 1-5", "replicas": 6.0},
        {
            "name": "sale",
            "start": "0 8 1 12 *",
            "end": "0 8 2 12 *",
            "timezone": "Europe/Paris",
            "replicas": 9,
        },
    ]
    other = {**METRIC, "target_group": "targetgroup/c/3"}
    built = make(requests_per_target=1000.0, request_metrics=[METRIC, other], schedule=schedule)
    cpu, first, second, day, sale = spec(built)["triggers"]
    assert cpu == CPU
    assert first == {
        "type": "aws-cloudwatch",
        "metricType": "Value",
        "metadata": {
            "namespace": "AWS/ApplicationELB",
            "metricName": "RequestCountPerTarget",
            "dimensionName": "LoadBalancer;TargetGroup",
            "dimensionValue": "app/a/1;targetgroup/b/2",
            "targetMetricValue": "1000",
            "minMetricValue": "0",
            "metricStat": "Sum",
            "metricStatPeriod": "60",
            "metricCollectionTime": "300",
            "metricEndTimeOffset": "60",
            "awsRegion": "eu-central-1",
            "identityOwner": "operator",
        },
    }
    assert second["metadata"]["dimensionValue"] == "app/a/1;targetgroup/c/3"
    assert day == {
        "type": "cron",
        "metadata": {
            "timezone": "Etc/UTC",
            "start": "0 7 * * 1-5",
            "end": "0 19 * * 1-5",
            "desiredReplicas": "6",
        },
    }
    assert sale["metadata"]["timezone"] == "Europe/Paris"


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        metric = {key: unknown() for key in METRIC}
        later = {"namespace": unknown(), "deployment": unknown()}
        Autoscaler("orders", {**BASE, **later, "requests_per_target": 10, "request_metrics": [metric]})

    built = build(program)
    assert built.names() == ["orders-scaled-object"]


def test_other_languages_can_use_it() -> None:
    optional = {name for name, optional in component_inputs(Autoscaler).items() if optional}
    assert optional == {"requestsPerTarget", "requestMetrics", "schedule"}
    assert component_outputs(Autoscaler) == {"scaledObjectName"}
