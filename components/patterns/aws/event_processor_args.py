"""Arguments of EventProcessor: the keys of `skymason/patterns/models/event_processor.py`, same names and
shapes.

Every key of a section may be left out, at any depth: the pattern's defaults fill it.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from components.aws.reference import AwsPlatformReference
from components.aws.stream_alarms import StreamAlarmSettings
from components.binding import Binding
from components.kubernetes.args import (
    ContainerArgs,
    DisruptionArgs,
    ImageArgs,
    NamedPortArgs,
    ProbesArgs,
    ResourcesArgs,
    RolloutArgs,
    ScheduledCapacityArgs,
    ServiceLoggingArgs,
    ServiceNetworkArgs,
    ShutdownArgs,
    SidecarArgs,
    TaskArgs,
)
from components.patterns.args import ServiceIdentityArgs


class ExistingEventStreamArgs(TypedDict):
    """A stream that somebody else owns; in another account its owner's policy must let this one in."""

    arn: pulumi.Input[str]
    """Of the Kinesis stream, or of the MSK cluster."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Kinesis: the customer-managed key that encrypts it."""
    bootstrap_servers: NotRequired[pulumi.Input[str]]
    """MSK: its brokers, those for IAM on port 9098."""
    topic: NotRequired[str]
    """MSK: the topic to read."""
    cidr: NotRequired[pulumi.Input[str]]
    """MSK: range that its addresses lie in. Default: the platform's network."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """MSK: its security group, which lets the cluster in by a rule that is made here."""


class EventStreamArgs(TypedDict):
    """What carries the events, and how many."""

    kind: NotRequired[str]
    """kinesis, msk_serverless or msk_provisioned. A change replaces the stream."""
    capacity: NotRequired[str]
    """How a Kinesis stream gets its shards: provisioned or on_demand."""
    events_per_second: NotRequired[int]
    """Peak rate that it is built for."""
    event_bytes: NotRequired[int]
    """Size of a large event."""
    partitions: NotRequired[int]
    """Shards or partitions; None: worked out from the rate and the size."""
    retention_hours: NotRequired[int]
    """How far back a consumer can start again without the event store."""
    enhanced_fan_out: NotRequired[bool]
    """A channel of its own for this consumer."""
    broker_type: NotRequired[str]
    """Instance type of the brokers, for provisioned MSK."""
    source: NotRequired[str]
    """Name of a binding to consume as its own: another service's stream, or one that was there before."""
    existing: NotRequired[ExistingEventStreamArgs]
    """A stream that is there already. The other keys say what its owner has set."""


class OrderingArgs(TypedDict):
    """Which order is kept."""

    key: NotRequired[str]
    """Field of the event by which order is kept; left out for none."""


class EventStoreSettings(TypedDict):
    """Where every event is kept."""

    enabled: NotRequired[bool]
    partition_by: NotRequired[str]
    """Time that one folder of the store covers: hour or day."""
    retention_days: NotRequired[int]
    """Days that events are kept."""
    object_lock_days: NotRequired[int]
    """Days in which nobody can delete or change an event. Can be set only when the store is created."""
    archive_after_days: NotRequired[int]
    """Days after which events go to a cheaper storage class."""


class ReplayArgs(TypedDict):
    """How the past is processed again."""

    command: NotRequired[list[str]]
    """What the image runs to replay; empty: its usual command, told by `REPLAY_FROM` and `REPLAY_TO`."""
    events_per_second: NotRequired[int]
    """Rate at which a replay feeds events in."""


class EventSchemasArgs(TypedDict):
    """What events look like."""

    format: NotRequired[str]
    """avro, json or protobuf."""
    compatibility: NotRequired[str]
    """Which other versions of a schema a new one must get along with."""
    files: NotRequired[list[str]]
    """Schema files, relative to the spec; from elsewhere, to the program."""


class ConsumerArgs(TypedDict):
    """How events are processed."""

    batch_size: NotRequired[int]
    """Events that are processed together, at most."""
    batch_window_seconds: NotRequired[int]
    """How long to wait for a batch to fill."""
    event_ms: NotRequired[int]
    """Time to process one event."""
    parallelism: NotRequired[int]
    """Batches of one shard or partition that are processed at once, by key."""
    max_attempts: NotRequired[int]
    """Attempts before an event goes to the failure queue."""


class FailureQueueArgs(TypedDict):
    """Where events go that cannot be processed."""

    retention_seconds: NotRequired[int]
    """How long an event that failed is kept."""


class IdempotencyArgs(TypedDict):
    """How repeated events are told from new ones."""

    enabled: NotRequired[bool]
    ttl_hours: NotRequired[int]
    """How long an event's id is remembered."""


class StreamScalingArgs(TypedDict):
    """How many replicas, and when more."""

    min: NotRequired[int]
    max: NotRequired[int]
    scale_down_seconds: NotRequired[int]
    """Lag must stay low for this long before replicas go."""
    schedule: NotRequired[list[ScheduledCapacityArgs]]
    lag_seconds: NotRequired[int]
    """Lag that scaling aims to stay below."""


class EventProcessorArgs(TypedDict):
    """Arguments of EventProcessor."""

    platform: AwsPlatformReference
    """Where it runs."""
    service: ServiceIdentityArgs
    """Whose it is."""
    bindings: NotRequired[list[Binding]]
    """What it uses beside its stream: settings, permissions and network rules."""
    image: ImageArgs
    container: NotRequired[ContainerArgs]
    resources: NotRequired[ResourcesArgs]
    probes: NotRequired[ProbesArgs]
    rollout: NotRequired[RolloutArgs]
    disruption: NotRequired[DisruptionArgs]
    shutdown: NotRequired[ShutdownArgs]
    network: NotRequired[ServiceNetworkArgs]
    logging: NotRequired[ServiceLoggingArgs]
    spread_zones: NotRequired[bool]
    """Spread replicas evenly over the zones, and refuse to stack them."""
    spot: NotRequired[bool]
    """Run on interruptible capacity."""
    singleton: NotRequired[bool]
    """Never run two replicas at once."""
    tasks: NotRequired[list[TaskArgs]]
    """One-off and scheduled runs of the same image."""
    sidecars: NotRequired[list[SidecarArgs]]
    """Containers beside the service's own in every replica."""
    escape: NotRequired[dict[str, dict[str, Any]]]
    """Sets any property of any resource inside, by the resource's short name."""
    ports: NotRequired[list[NamedPortArgs]]
    """Ports of the container; the first one is the main one, and answers the probes."""
    stream: NotRequired[EventStreamArgs]
    ordering: NotRequired[OrderingArgs]
    store: NotRequired[EventStoreSettings]
    replay: NotRequired[ReplayArgs]
    schemas: NotRequired[EventSchemasArgs]
    consumer: NotRequired[ConsumerArgs]
    failure_queue: NotRequired[FailureQueueArgs]
    idempotency: NotRequired[IdempotencyArgs]
    scaling: NotRequired[StreamScalingArgs]
    alarms: NotRequired[StreamAlarmSettings]
    deletion_protection: NotRequired[bool]
    """Refuse to delete stream or cluster, event store and tables."""
    dashboard: NotRequired[bool]
    """A dashboard with rate, lag, throttles and failures."""
