"""What carries an event processor's events: Kinesis or MSK, behind one face."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws import stream_alarms
from components.aws.grants import grant
from components.aws.kafka import Kafka, KafkaMode
from components.aws.kafka_grants import group_arn, topic_arn
from components.aws.kinds import Access, Grant, Kind
from components.aws.stream import Stream
from components.aws.table import Table
from components.binding import Binding
from components.patterns.aws.event_processor_settings import (
    BROKERS,
    KINESIS,
    MSK_PROVISIONED,
    lag_events,
    lanes_of,
)
from components.patterns.aws.scaler_role import scaler_role
from components.patterns.parts import given

TOPIC = "events"
"""The one topic of a cluster of its own."""
MAIN = "main"
"""Short name of the consumer's own channel."""
LOOK = Kind(
    "kafka-cluster",
    {
        "look": Access(
            (
                Grant(("Connect",)),
                Grant(("DescribeTopic",), ("topic",)),
                Grant(("DescribeGroup",), ("group",)),
            )
        )
    },
)
"""What the lag of a group can be told from, and nothing of the events."""


@dataclass(frozen=True)
class Carrier:
    """A stream and what the rest of the pattern has to know of it.

    provided: what other services are bound to. bindings: what the consumer may do, with its settings under
    plain names. scaling: the argument of the scaler. store: arguments of the event store. alarms: those of
    the stream's alarms.
    """

    provided: Any
    arn: pulumi.Output[str]
    bindings: list[Binding]
    scaling: dict[str, Any]
    store: dict[str, Any]
    alarms: dict[str, Any]


class EventTopic:
    """The topic of an event processor, for other services: its cluster holds nothing else. Each that receives
    is a consumer group of its own, and so gets every event."""

    def __init__(self, cluster: Kafka, topic: str) -> None:
        self.arn, self._cluster, self._topic = cluster.arn, cluster, topic

    def binding_for(self, client: str, access: str, alias: str) -> Binding:
        """What a workload gets. client: its name. access: send or receive."""
        return self._cluster.binding(access, alias, topic=self._topic, group=client)


def carrier(name: str, args: dict[str, Any], opts: ResourceOptions) -> Carrier:
    """The stream of a processor. args: of the pattern, complete."""
    return (_kinesis if str(args["stream"]["kind"]) == KINESIS else _kafka)(name, args, opts)


def _kinesis(name: str, args: dict[str, Any], opts: ResourceOptions) -> Carrier:
    service, platform, lanes = args["service"]["name"], args["platform"], lanes_of(args)
    own_channel, existing = bool(args["stream"]["enhanced_fan_out"]), args["stream"].get("existing")
    channels = {"consumers": [MAIN]} if own_channel else {}
    stream = Stream(
        name,
        {"existing": {"arn": existing["arn"]}, **given(existing, "key_arn"), **channels}
        if existing
        else {
            "key_arn": platform["data_key_arn"],
            "retention_hours": int(args["stream"]["retention_hours"]),
            "protect": bool(args["deletion_protection"]),
            **({"shards": lanes} if lanes is not None else {}),
            **channels,
        },
        opts,
    )
    leases = Table(
        f"{name}-leases",
        {
            "key_arn": platform["data_key_arn"],
            "partition_key": {"name": "leaseKey"},
            "protect": bool(args["deletion_protection"]),
        },
        opts,
    )
    channel: dict[str, pulumi.Input[str]] = {}
    reading = stream.binding("receive", f"{service}-stream", MAIN if own_channel else None)
    holding = leases.binding("readwrite", f"{service}-leases")
    dimensions = {"StreamName": stream.stream_name}
    channel_name: dict[str, pulumi.Input[str]] = {}
    if own_channel:
        channel["CONSUMER_ARN"] = stream.consumer_arns[MAIN]
        channel_name["consumer_name"] = stream.consumer_arns[MAIN].apply(_channel_name)
    return Carrier(
        stream,
        stream.arn,
        [
            {
                **reading,
                "environment": {"STREAM_NAME": stream.stream_name, "STREAM_ARN": stream.arn, **channel},
            },
            # A shard belongs to the replica that holds its lease, and no two hold one: that keeps order.
            {**holding, "environment": {"LEASE_TABLE": leases.table_name}},
        ],
        {
            "kinesis": {
                "region": platform["region"],
                "stream_name": stream.stream_name,
                **channel_name,
                "lag_seconds": int(args["scaling"]["lag_seconds"]),
            }
        },
        {"stream_arn": stream.arn, **({"stream_key_arn": stream.key_arn} if stream.key_arn else {})},
        {
            "reading": stream_alarms.FAN_OUT if own_channel else stream_alarms.SHARED,
            "stream": dimensions,
            "consumer": {
                **dimensions,
                **({"ConsumerName": channel_name["consumer_name"]} if own_channel else {}),
            },
        },
    )


def _channel_name(arn: str) -> str:
    """`orders` of `arn:…:stream/events/consumer/orders:1700000000`."""
    return arn.rsplit("/", 1)[-1].split(":")[0]


def _kafka(name: str, args: dict[str, Any], opts: ResourceOptions) -> Carrier:
    service, platform, lanes = args["service"]["name"], args["platform"], lanes_of(args) or 1
    provisioned = str(args["stream"]["kind"]) == MSK_PROVISIONED
    hours, existing = int(args["stream"]["retention_hours"]), args["stream"].get("existing")
    topic = str(existing["topic"]) if existing else TOPIC
    cluster = _cluster(name, args, existing, lanes, opts)
    reading = cluster.binding("receive", f"{service}-stream", topic=topic, group=service)
    plain = {"BOOTSTRAP_SERVERS": cluster.bootstrap_servers, "SECURITY_PROTOCOL": "SASL_SSL"}
    bindings: list[Binding] = [
        {**reading, "environment": {**plain, "TOPIC": topic, "CONSUMER_GROUP": service}}
    ]
    if not provisioned and not existing:
        # Nothing but a client can make a topic there: the consumer does, before it reads.
        making = cluster.binding("administer", f"{service}-topic", topic=topic)
        wanted = {"TOPIC_PARTITIONS": str(lanes), "TOPIC_RETENTION_HOURS": str(hours)}
        bindings.append({**making, "environment": dict(wanted)})
    dimensions = {"Cluster Name": cluster.cluster_name}
    group = {**dimensions, "Consumer Group": service, "Topic": topic}
    return Carrier(
        EventTopic(cluster, topic),
        cluster.arn,
        bindings,
        {
            "kafka": {
                "region": platform["region"],
                "bootstrap_servers": cluster.bootstrap_servers,
                "group": service,
                "topic": topic,
                "lag_events": lag_events(args),
                **_looking_role(name, service, topic, platform, cluster.arn, opts),
            }
        },
        {"kafka": {"cluster_arn": cluster.arn, "topic": topic}},
        {
            "reading": stream_alarms.GROUP if provisioned else stream_alarms.SERVERLESS,
            "stream": dimensions,
            "consumer": group,
            **({"brokers": BROKERS} if provisioned and not existing else {}),
        },
    )


def _cluster(
    name: str, args: dict[str, Any], existing: dict[str, Any] | None, lanes: int, opts: ResourceOptions
) -> Kafka:
    platform, stream = args["platform"], args["stream"]
    where = {
        "vpc_cidr": platform["vpc_cidr"],
        "clients": {"cluster": platform["cluster_security_group_id"]},
    }
    if existing:
        theirs = {
            key: existing[key]
            for key in ("arn", "bootstrap_servers", "cidr", "security_group_id")
            if existing.get(key) is not None
        }
        return Kafka(name, {**where, "existing": theirs}, opts)
    provisioned = str(stream["kind"]) == MSK_PROVISIONED
    hours = int(stream["retention_hours"])
    topic: dict[str, Any] = {
        "name": TOPIC,
        "partitions": lanes,
        "settings": {"retention.ms": str(hours * 3_600_000)},
    }
    brokers = {**given(stream, "broker_type"), "retention_hours": hours, "topics": [topic]}
    return Kafka(
        name,
        {
            **where,
            "vpc_id": platform["vpc_id"],
            "subnet_ids": platform["data_subnet_ids"],
            "key_arn": platform["data_key_arn"],
            "logs_key_arn": platform["logs_key_arn"],
            "mode": KafkaMode.PROVISIONED if provisioned else KafkaMode.SERVERLESS,
            **({"brokers": brokers} if provisioned else {}),
            "delivery": bool(args["store"]["enabled"]),
            "protect": bool(args["deletion_protection"]),
        },
        opts,
    )


def _looking_role(
    name: str,
    service: str,
    topic: str,
    platform: Any,
    cluster_arn: pulumi.Output[str],
    opts: ResourceOptions,
) -> dict[str, pulumi.Input[str]]:
    """A role for KEDA's operator, to ask the brokers how far the group is."""
    looking = grant(
        LOOK,
        f"{service}-lag",
        "look",
        arn=cluster_arn,
        targets={"topic": [topic_arn(cluster_arn, topic)], "group": [group_arn(cluster_arn, service)]},
        environment={},
    )
    return scaler_role(name, service, looking["statements"], platform, opts)
