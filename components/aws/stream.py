"""Kinesis data stream and the channels of its consumers."""

from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import kinesis

from components.aws.grants import grant
from components.aws.kinds import KINDS, Access, Grant, Kind
from components.aws.names import physical_name
from components.binding import Binding
from components.inputs import last_segment, whole

NAME_LIMIT = 128
# Those that tell a hot shard and a slow consumer; each costs per shard.
SHARD_METRICS = [
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
]
_OWN_CHANNEL = Access(
    (
        Grant(("DescribeStreamSummary", "ListShards")),
        Grant(("SubscribeToShard", "DescribeStreamConsumer"), ("consumer",)),
    ),
    ("kms:Decrypt",),
)
RECEIVE, SUBSCRIBE = "receive", "subscribe"
FAN_OUT = Kind("kinesis", {RECEIVE: _OWN_CHANNEL, SUBSCRIBE: _OWN_CHANNEL})


class StreamMode(StrEnum):
    """How the stream gets its shards."""

    ON_DEMAND = "ON_DEMAND"
    PROVISIONED = "PROVISIONED"


class ExistingStreamConsumerArgs(TypedDict):
    name: str
    arn: pulumi.Input[str]


class ExistingStreamArgs(TypedDict):
    """A stream that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]
    consumers: NotRequired[list[ExistingStreamConsumerArgs]]


class StreamArgs(TypedDict):
    """Inputs of `Stream`. Give `key_arn`, or `existing`."""

    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key. With `existing`: the key of that stream, where it has one."""
    existing: NotRequired[ExistingStreamArgs]
    """Use this stream and create none; every other key but `key_arn` and `consumers` is then ignored."""
    stream_name: NotRequired[pulumi.Input[str]]
    """Name of the stream. Default: made from the component's name. A change replaces the stream."""
    mode: NotRequired[StreamMode]
    """Default: on demand, or provisioned where `shards` is given. Can change twice a day."""
    shards: NotRequired[pulumi.Input[int]]
    """Shards of a provisioned stream; see `stream_sizing.shards_for`."""
    retention_hours: NotRequired[pulumi.Input[int]]
    """How far back consumers can start again, 24 to 8760. Default: 24."""
    max_record_kib: NotRequired[pulumi.Input[int]]
    """Largest record, 1024 to 10240. Default: 1024."""
    shard_metrics: NotRequired[bool]
    """Metrics by shard. Default: true."""
    consumers: NotRequired[list[str]]
    """Applications that get a channel of their own (enhanced fan-out). Default: none."""
    protect: NotRequired[bool]
    """Refuse to delete the stream, and keep it if it leaves the stack. Default: false."""


class Stream(pulumi.ComponentResource):
    """Kinesis data stream, encrypted with the customer's key. Its endpoints take TLS alone.

    Raises ValueError for keys that one stream cannot have together.
    """

    arn: pulumi.Output[str]
    stream_name: pulumi.Output[str]
    consumer_arns: pulumi.Output[dict[str, str]]
    """Name of a consumer with a channel of its own → ARN."""

    def __init__(self, name: str, args: StreamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Stream", name, None, opts)
        self._short = name
        self.key_arn = args.get("key_arn")
        self._consumers: dict[str, pulumi.Input[str]] = {}
        if "existing" in args:
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
            self.stream_name = last_segment(self.arn, "/")
            self._consumers = {item["name"]: item["arn"] for item in args["existing"].get("consumers", [])}
        elif "key_arn" in args:
            self._create(name, args)
        else:
            raise ValueError(f"stream '{name}': give key_arn, or existing")
        for consumer in args.get("consumers", []):
            self._channel(consumer)
        self.consumer_arns = pulumi.Output.all(**self._consumers)
        self.register_outputs(
            {"arn": self.arn, "stream_name": self.stream_name, "consumer_arns": self.consumer_arns}
        )

    def binding(self, access: str, alias: str | None = None, consumer: str | None = None) -> Binding:
        """What a workload gets. access: send or receive. alias: its name for it, if another. consumer: one of
        `consumers`, to receive over its own channel. Raises ValueError for a consumer that there is not."""
        if consumer is not None and consumer not in self._consumers:
            raise ValueError(f"stream '{self._short}': there is no consumer '{consumer}'")
        environment: dict[str, pulumi.Input[str]] = {"STREAM": self.stream_name, "STREAM_ARN": self.arn}
        targets: dict[str, list[pulumi.Input[str]]] = {}
        if consumer is not None:
            environment["CONSUMER_ARN"] = self._consumers[consumer]
            targets["consumer"] = [self._consumers[consumer]]
        return grant(
            KINDS["kinesis_stream"] if consumer is None else FAN_OUT,
            alias or self._short,
            access,
            arn=self.arn,
            key_arn=self.key_arn,
            targets=targets,
            environment=environment,
        )

    def binding_for(self, client: str, access: str, alias: str) -> Binding:
        """What another service gets. client: its name. access: send, receive (it shares the stream's reads
        with all others), or subscribe: it gets a channel of its own."""
        if access == SUBSCRIBE:
            self._channel(client)
        made = self.binding(access, alias, client if access == SUBSCRIBE else None)
        if access != RECEIVE:
            return made
        key = {} if self.key_arn is None else {"key_arn": self.key_arn}
        return {**made, "stream": {"arn": self.arn, **key}}

    def _create(self, name: str, args: StreamArgs) -> None:
        protect = args.get("protect", False)
        stream = kinesis.Stream(
            f"{name}-stream",
            name=args.get("stream_name") or physical_name(f"{name}-stream", NAME_LIMIT),
            **_capacity(name, args),
            retention_period=whole(args.get("retention_hours", 24)),
            max_record_size_in_kib=whole(args["max_record_kib"]) if "max_record_kib" in args else None,
            encryption_type="KMS",
            kms_key_id=args["key_arn"],
            shard_level_metrics=SHARD_METRICS if args.get("shard_metrics", True) else [],
            enforce_consumer_deletion=not protect,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        self.arn, self.stream_name = stream.arn, stream.name

    def _channel(self, consumer: str) -> None:
        """A channel of its own for a consumer, once."""
        if consumer not in self._consumers:
            made = kinesis.StreamConsumer(
                f"{self._short}-{consumer}-consumer",
                stream_arn=self.arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self._consumers[consumer] = made.arn


def _capacity(name: str, args: StreamArgs) -> dict[str, Any]:
    default = StreamMode.PROVISIONED if "shards" in args else StreamMode.ON_DEMAND
    mode = StreamMode(str(args.get("mode", default)))
    if (mode is StreamMode.PROVISIONED) != ("shards" in args):
        raise ValueError(
            f"stream '{name}': mode {mode} goes {'without' if 'shards' in args else 'with'} shards"
        )
    capacity: dict[str, Any] = {"stream_mode_details": {"stream_mode": str(mode)}}
    if "shards" in args:
        capacity["shard_count"] = whole(args["shards"])
    return capacity
