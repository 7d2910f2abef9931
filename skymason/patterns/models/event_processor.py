"""Keys of the pattern `event_processor`: a consumer of a stream that keeps every event."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from skymason.patterns.models.common import Alarms as BaseAlarms
from skymason.patterns.models.common import Model, ServiceConfig
from skymason.patterns.models.common import Scaling as BaseScaling


class StreamKind(StrEnum):
    """What carries the events."""

    KINESIS = "kinesis"
    MSK_SERVERLESS = "msk_serverless"
    MSK_PROVISIONED = "msk_provisioned"
    EVENT_HUBS = "event_hubs"


class Capacity(StrEnum):
    """How a Kinesis stream gets its shards."""

    PROVISIONED = "provisioned"
    ON_DEMAND = "on_demand"


class Partitioning(StrEnum):
    """Folder of the event store that an event goes to."""

    HOUR = "hour"
    DAY = "day"


class SchemaFormat(StrEnum):
    AVRO = "avro"
    JSON = "json"
    PROTOBUF = "protobuf"


class Compatibility(StrEnum):
    """Which older or newer schemas must still be able to read an event."""

    NONE = "none"
    BACKWARD = "backward"
    BACKWARD_ALL = "backward_all"
    FORWARD = "forward"
    FORWARD_ALL = "forward_all"
    FULL = "full"
    FULL_ALL = "full_all"


class ExistingStream(Model):
    arn: str = Field(
        pattern=r"^arn:[a-z-]+:(kinesis:[a-z0-9-]+:\d{12}:stream/|kafka:[a-z0-9-]+:\d{12}:cluster/)\S+$",
        examples=["arn:aws:kinesis:eu-central-1:123456789012:stream/telemetry"],
    )
    """ARN of the Kinesis stream, or of the MSK cluster; in another account its owner must let this one in."""
    key_arn: str | None = Field(default=None, pattern=r"^arn:")
    """Kinesis: the customer-managed key that encrypts it, for permission to use it."""
    bootstrap_servers: str | None = Field(
        default=None, pattern=r"^[a-z0-9.-]+:9098(,[a-z0-9.-]+:9098)*$", examples=["b-1.example.com:9098"]
    )
    """MSK: its brokers, those for IAM."""
    topic: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,249}$")
    """MSK: the topic to read."""
    cidr: str | None = Field(default=None, pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$", examples=["10.9.0.0/16"])
    """MSK: range that its addresses lie in, as in a peered network; left out, the stack's own."""
    security_group_id: str | None = Field(
        default=None, pattern=r"^sg-([0-9a-f]{8}|[0-9a-f]{17})$", examples=["sg-0123456789abcdef0"]
    )
    """MSK: its security group, where the stack lets its nodes in; left out, its owner does."""


class Stream(Model):
    kind: StreamKind = Field(strict=False)
    """A change replaces the stream."""
    capacity: Capacity = Field(strict=False)
    """How a Kinesis stream gets its shards: given, or by load."""
    events_per_second: int = Field(ge=1, le=10_000_000)
    """Peak rate that it is built for."""
    event_bytes: int = Field(ge=1, le=10_485_760)
    """Size of a large event."""
    partitions: int | None = Field(default=None, ge=1, le=10_000)
    """Shards or partitions; left out, worked out from the rate and the size."""
    retention_hours: int = Field(ge=1, le=8760)
    """How far back a consumer can start again without the event store."""
    enhanced_fan_out: bool
    """A channel of its own for this consumer."""
    broker_type: str | None = None
    """Instance type of the brokers, for provisioned MSK."""
    source: str | None = Field(default=None, pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$", max_length=63)
    """A resource under `uses` (access: receive) to consume as its own: another service's stream, or one of
    the stack's `existing`. No stream is made then; the other keys here say what it is like."""
    existing: ExistingStream | None = None
    """A stream that is there already: use it and make none. The other keys here say what its owner has set,
    and are checked against each other."""


class Ordering(Model):
    key: str | None = Field(default=None, min_length=1, max_length=256)
    """Field of the event by which order is kept; null for none."""


class Store(Model):
    enabled: bool
    """Keep every event, to replay it."""
    partition_by: Partitioning = Field(strict=False)
    """Time that one folder of the store covers."""
    retention_days: int = Field(ge=1, le=36_500)
    """Days that events are kept."""
    object_lock_days: int | None = Field(default=None, ge=1, le=36_500)
    """Days in which nobody can delete or change an event. Can be set only when the store is created."""
    archive_after_days: int = Field(ge=1, le=36_500)
    """Days after which events go to a cheaper storage class."""


class Replay(Model):
    command: list[str] = []
    """What the service's own image runs to replay; empty: its usual command, told by REPLAY_FROM and
    REPLAY_TO."""
    events_per_second: int = Field(ge=1, le=1_000_000)
    """Rate at which a replay feeds events in."""


class Schemas(Model):
    format: SchemaFormat = Field(strict=False)
    """Format of events."""
    compatibility: Compatibility = Field(strict=False)
    """Which other versions of a schema a new one must get along with."""
    files: list[str] = []
    """Schema files, relative to the spec."""


class Consumer(Model):
    batch_size: int = Field(ge=1, le=10_000)
    """Events that are processed together, at most."""
    batch_window_seconds: int = Field(ge=0, le=300)
    """How long to wait for a batch to fill."""
    event_ms: int = Field(ge=1, le=3_600_000)
    """Time to process one event."""
    parallelism: int = Field(ge=1, le=10)
    """Batches of one shard or partition that are processed at once, by key."""
    max_attempts: int = Field(ge=1, le=1000)
    """Attempts before an event goes to the failure queue."""


class FailureQueue(Model):
    retention_seconds: int = Field(ge=60, le=1_209_600)
    """How long an event that failed is kept."""


class Idempotency(Model):
    enabled: bool
    """Remember what was processed, and skip it when it comes again."""
    ttl_hours: int = Field(ge=1, le=87_600)
    """How long an event's id is remembered."""


class Scaling(BaseScaling):
    lag_seconds: int = Field(ge=1, le=86_400)
    """Lag that scaling aims to stay below."""


class Alarms(BaseAlarms):
    lag_seconds: int = Field(ge=1, le=604_800)
    """Age of the oldest event not yet processed at which to alarm."""
    throttles: int = Field(ge=1)
    """Throttled reads or writes in the window at which to alarm."""
    failures: int = Field(ge=1)
    """Events in the failure queue at which to alarm."""


class EventProcessor(ServiceConfig):
    stream: Stream
    """What carries the events."""
    ordering: Ordering
    """Which order is kept."""
    store: Store
    """Where every event is kept."""
    replay: Replay
    """How the past is processed again."""
    schemas: Schemas
    """What events look like."""
    consumer: Consumer
    """How events are processed."""
    failure_queue: FailureQueue
    """Where events go that cannot be processed."""
    idempotency: Idempotency
    """How repeated events are told from new ones."""
    scaling: Scaling
    """How many replicas there are, and by what they scale."""
    alarms: Alarms
    """When people are told, and of what."""
    deletion_protection: bool
    """Refuse to delete what remembers: stream or cluster, event store, and the tables of what was processed
    and of who reads what. Not the failure queue: SQS has no such protection, and what lies there is in the
    event store too."""
    dashboard: bool
    """A dashboard with rate, lag, throttles and failures."""
