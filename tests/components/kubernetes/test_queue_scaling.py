"""Scaling by backlog: the exact object, and the arithmetic of one replica's share."""

from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown
from hypothesis import given
from hypothesis.strategies import integers

from components.kubernetes.queue_scaling import QueueScaler, QueueScalerArgs
from skymason.patterns.quantities import backlog_per_replica

BASE: QueueScalerArgs = {
    "name": "orders",
    "namespace": "orders",
    "deployment": "orders",
    "queue_url": "https://sqs.eu-central-1.amazonaws.com/1/orders",
    "region": "eu-central-1",
    "messages_per_replica": 8,
    "min": 0,
    "max": 10,
    "scale_down_seconds": 120,
}
BACKLOG = {
    "type": "aws-sqs-queue",
    "metricType": "AverageValue",
    "metadata": {
        "queueURL": "https://sqs.eu-central-1.amazonaws.com/1/orders",
        "awsRegion": "eu-central-1",
        "queueLength": "8",
        "activationQueueLength": "0",
        "scaleOnInFlight": "true",
        "identityOwner": "operator",
    },
}


def make(**changed: Any) -> Built:
    return build(lambda: QueueScaler("orders", {**BASE, **changed}))


def spec(built: Built) -> dict[str, Any]:
    return built.inputs("orders-scaled-object")["spec"]


@pytest.fixture(scope="module")
def plain() -> Built:
    return make()


def test_one_resource(plain: Built) -> None:
    assert plain.names() == ["orders-scaled-object"]
    assert plain.one("orders-scaled-object").type == "kubernetes:keda.sh/v1alpha1:ScaledObject"
    assert plain.inputs("orders-scaled-object")["metadata"]["namespace"] == "orders"


def test_from_zero_to_the_maximum_and_back(plain: Built) -> None:
    made = spec(plain)
    assert (made["minReplicaCount"], made["maxReplicaCount"]) == (0, 10)
    assert (made["pollingInterval"], made["cooldownPeriod"]) == (10, 120)
    behavior = made["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 120


def test_messages_in_work_count_and_the_first_one_wakes_the_worker(plain: Built) -> None:
    assert spec(plain)["triggers"] == [BACKLOG]


@pytest.mark.parametrize(("least", "replicas"), [(0, 1), (1, 1), (4, 4)])
def test_while_the_queue_cannot_be_read_nothing_is_taken_away(least: int, replicas: int) -> None:
    assert spec(make(min=least))["fallback"] == {
        "failureThreshold": 3,
        "replicas": replicas,
        "behavior": "currentReplicasIfHigher",
    }


def test_schedules() -> None:
    night = {"name": "night", "start": "0 1 * * *", "end": "0 4 * * *", "replicas": 3}
    backlog, cron = spec(make(schedule=[night]))["triggers"]
    assert backlog == BACKLOG
    assert cron == {
        "type": "cron",
        "metadata": {
            "timezone": "Etc/UTC",
            "start": "0 1 * * *",
            "end": "0 4 * * *",
            "desiredReplicas": "3",
        },
    }


@pytest.mark.parametrize(
    ("latency", "processing", "concurrency", "share"),
    [(60, 30, 1, 2), (60, 30, 8, 16), (60, 45, 1, 1), (60, 45, 3, 4), (10, 60, 1, 1), (10, 60, 12, 2)],
)
def test_share_of_a_replica(latency: int, processing: int, concurrency: int, share: int) -> None:
    assert backlog_per_replica(latency, processing, concurrency) == share


@given(integers(1, 86_400), integers(1, 7200), integers(1, 1000))
def test_a_replica_never_gets_more_than_it_can_do_in_time(
    latency: int, processing: int, concurrency: int
) -> None:
    share = backlog_per_replica(latency, processing, concurrency)
    assert share == 1 or share * processing <= latency * concurrency
    assert (share + 1) * processing > latency * concurrency


def test_unknown_inputs_survive() -> None:
    later = ("namespace", "deployment", "queue_url", "region")
    built = build(lambda: QueueScaler("orders", {**BASE, **{key: unknown() for key in later}}))
    assert built.names() == ["orders-scaled-object"]


def test_other_languages_can_use_it() -> None:
    optional = {name for name, optional in component_inputs(QueueScaler).items() if optional}
    assert optional == {"schedule", "roleArn"}
    assert component_outputs(QueueScaler) == {"scaledObjectName"}
