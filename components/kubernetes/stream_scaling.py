"""Scaling of a stream's consumers by KEDA: by lag, and never beyond what can read at once."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource

from components.kubernetes.args import ScheduledCapacityArgs
from components.kubernetes.autoscaling import scaled_consumer, sign_in

POLLING_SECONDS = 30
"""CloudWatch has a value a minute; brokers are asked no more often either."""
FAILURES = 4
METRIC_SECONDS = 60


class KinesisLagArgs(TypedDict):
    """Lag of a Kinesis stream's consumer, as CloudWatch tells it."""

    region: pulumi.Input[str]
    stream_name: pulumi.Input[str]
    consumer_name: NotRequired[pulumi.Input[str]]
    """Name of the consumer's own channel; left out, it shares the stream's reads."""
    lag_seconds: int
    """Lag to stay below."""


class KafkaLagArgs(TypedDict):
    """Lag of a consumer group, as the brokers tell it."""

    region: pulumi.Input[str]
    bootstrap_servers: pulumi.Input[str]
    group: str
    topic: str
    lag_events: int
    """Events that one replica may be behind."""
    role_arn: NotRequired[pulumi.Input[str]]
    """Role that KEDA's operator takes on to ask the brokers; left out, its own."""


class StreamScalerArgs(TypedDict):
    """Arguments of StreamScaler. Give `kinesis` or `kafka`."""

    name: str
    """Name of the service."""
    namespace: pulumi.Input[str]
    deployment: pulumi.Input[str]
    """Name of the Deployment to scale."""
    min: int
    max: int
    """At most as many as there are shards or partitions: one replica reads each, so that order is kept."""
    scale_down_seconds: int
    schedule: NotRequired[list[ScheduledCapacityArgs]]
    kinesis: NotRequired[KinesisLagArgs]
    kafka: NotRequired[KafkaLagArgs]


class StreamScaler(pulumi.ComponentResource):
    """A KEDA ScaledObject on a consumer's lag. While the lag cannot be read, what runs keeps running."""

    scaled_object_name: pulumi.Output[str]

    def __init__(self, name: str, args: StreamScalerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:StreamScaler", name, None, opts)
        below = ResourceOptions(parent=self)
        if "kafka" in args:
            trigger = _kafka(args["kafka"], sign_in(name, args, args["kafka"].get("role_arn"), below))
        else:
            trigger = _kinesis(args["kinesis"])
        scaled = scaled_consumer(
            name, args, trigger, polling_seconds=POLLING_SECONDS, failures=FAILURES, opts=below
        )
        self.scaled_object_name = scaled.metadata["name"]
        self.register_outputs({"scaled_object_name": self.scaled_object_name})


def _kinesis(lag: KinesisLagArgs) -> dict[str, Any]:
    names, values = "StreamName", lag["stream_name"]
    metric = "GetRecords.IteratorAgeMilliseconds"
    if "consumer_name" in lag:
        names, metric = "StreamName;ConsumerName", "SubscribeToShardEvent.MillisBehindLatest"
        values = pulumi.Output.concat(lag["stream_name"], ";", lag["consumer_name"])
    return {
        "type": "aws-cloudwatch",
        # The lag is one number, not a sum over replicas: the ratio to the target is what counts.
        "metricType": "Value",
        "metadata": {
            "namespace": "AWS/Kinesis",
            "dimensionName": names,
            "dimensionValue": values,
            "metricName": metric,
            "metricStat": "Maximum",
            "metricStatPeriod": str(METRIC_SECONDS),
            "metricCollectionTime": str(5 * METRIC_SECONDS),
            "targetMetricValue": str(int(lag["lag_seconds"]) * 1000),
            "minMetricValue": "0",
            "awsRegion": lag["region"],
            "identityOwner": "operator",
        },
    }


def _kafka(lag: KafkaLagArgs, authentication: CustomResource) -> dict[str, Any]:
    return {
        "type": "apache-kafka",
        "metricType": "AverageValue",
        "metadata": {
            "bootstrapServers": lag["bootstrap_servers"],
            "consumerGroup": lag["group"],
            "topic": lag["topic"],
            "lagThreshold": str(int(lag["lag_events"])),
            "activationLagThreshold": "0",
            "allowIdleConsumers": "false",
            "sasl": "aws_msk_iam",
            "tls": "enable",
            "awsRegion": lag["region"],
        },
        "authenticationRef": {"name": authentication.metadata["name"]},
    }
