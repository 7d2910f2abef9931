"""Scaling by lag: one trigger for each kind of stream, within what can read at once."""

from typing import Any

import pytest
from blocks import Built, build
from manifests import validate

from components.kubernetes.stream_scaling import StreamScaler

BASE: dict[str, Any] = {
    "name": "orders",
    "namespace": "orders",
    "deployment": "orders",
    "min": 2,
    "max": 4,
    "scale_down_seconds": 300,
}
KINESIS = {"region": "eu-central-1", "stream_name": "events", "lag_seconds": 30}
KAFKA = {
    "region": "eu-central-1",
    "bootstrap_servers": "b-1:9098",
    "group": "orders",
    "topic": "events",
    "lag_events": 60_000,
    "role_arn": "arn:aws:iam::123456789012:role/look",
}


def make(**changed: Any) -> Built:
    return build(lambda: StreamScaler("orders", {**BASE, **changed}))


def spec(built: Built) -> dict[str, Any]:
    return built.inputs("orders-scaled-object")["spec"]


def test_bounds_and_what_happens_while_the_lag_is_unknown() -> None:
    built = make(kinesis=KINESIS)
    found = spec(built)
    assert built.names() == ["orders-scaled-object"]
    assert (found["minReplicaCount"], found["maxReplicaCount"], found["cooldownPeriod"]) == (2, 4, 300)
    assert found["fallback"] == {
        "failureThreshold": 4,
        "replicas": 2,
        "behavior": "currentReplicasIfHigher",
    }
    assert validate(built.deployed) == 1


@pytest.mark.parametrize(
    ("changed", "names", "values", "metric"),
    [
        ({}, "StreamName", "events", "GetRecords.IteratorAgeMilliseconds"),
        (
            {"consumer_name": "main"},
            "StreamName;ConsumerName",
            "events;main",
            "SubscribeToShardEvent.MillisBehindLatest",
        ),
    ],
)
def test_kinesis(changed: dict[str, str], names: str, values: str, metric: str) -> None:
    (trigger,) = spec(make(kinesis={**KINESIS, **changed}))["triggers"]
    assert (trigger["type"], trigger["metricType"]) == ("aws-cloudwatch", "Value")
    assert trigger["metadata"] == {
        "namespace": "AWS/Kinesis",
        "dimensionName": names,
        "dimensionValue": values,
        "metricName": metric,
        "metricStat": "Maximum",
        "metricStatPeriod": "60",
        "metricCollectionTime": "300",
        "targetMetricValue": "30000",
        "minMetricValue": "0",
        "awsRegion": "eu-central-1",
        "identityOwner": "operator",
    }


def test_kafka() -> None:
    built = make(kafka=KAFKA)
    (trigger,) = spec(built)["triggers"]
    assert trigger["type"] == "apache-kafka"
    assert trigger["metadata"] == {
        "bootstrapServers": "b-1:9098",
        "consumerGroup": "orders",
        "topic": "events",
        "lagThreshold": "60000",
        "activationLagThreshold": "0",
        "allowIdleConsumers": "false",
        "sasl": "aws_msk_iam",
        "tls": "enable",
        "awsRegion": "eu-central-1",
    }
    assert trigger["authenticationRef"] == {"name": "orders"}
    assert built.inputs("orders-scaler-sign-in")["spec"] == {
        "podIdentity": {"provider": "aws", "roleArn": "arn:aws:iam::123456789012:role/look"}
    }


def test_times_that_need_more() -> None:
    entry = {"name": "morning", "start": "0 6 * * *", "end": "0 9 * * *", "replicas": 3}
    triggers = spec(make(kinesis=KINESIS, schedule=[entry]))["triggers"]
    assert [trigger["type"] for trigger in triggers] == ["aws-cloudwatch", "cron"]
