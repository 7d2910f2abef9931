"""From a rate of events to shards, partitions and consumers, and checks on them.

Pure. Sources: Kinesis API (PutRecords, GetRecords, CreateStream, RegisterStreamConsumer); Amazon MSK
Developer Guide, "MSK Serverless quota" and "Best practices: right-size your cluster".
"""

import math
from dataclasses import dataclass

from components.findings import Finding

MIB = 1024 * 1024
SHARD_WRITE_RECORDS = 1000
SHARD_WRITE_BYTES = MIB
SHARD_READ_BYTES = 2 * MIB
"""Of all consumers of a shard together; a consumer with enhanced fan-out has as much for itself."""
SHARD_READS_PER_SECOND = 5
MAX_RECORD_BYTES = 10 * MIB
DEFAULT_RECORD_BYTES = MIB
ON_DEMAND_RECORDS = 4000
ON_DEMAND_BYTES = 4 * MIB
"""What a new on-demand stream takes at once; it then doubles on what it has seen."""
MAX_CONSUMERS = 20
RETENTION_HOURS = (24, 8760)

SERVERLESS_BYTES = 200 * MIB
SERVERLESS_PARTITION_BYTES = 5 * MIB
SERVERLESS_PARTITIONS = 2400
SERVERLESS_MESSAGE_BYTES = 8 * MIB
PARTITION_BYTES = 10 * MIB
"""What one partition on a broker of our own is counted with; brokers take more where disks allow."""
BROKER_PARTITIONS = {"small": 300, "large": 1000, "xlarge": 1000, "2xlarge": 2000}
LARGE_BROKER_PARTITIONS = 4000

HEADROOM = 1.25
"""Keys are never spread evenly: a quarter more than the rate needs."""


@dataclass(frozen=True, slots=True)
class Load:
    """What flows, at its peak. event_bytes: of a large event. shared_consumers: applications that read the
    whole stream without a channel of their own."""

    events_per_second: int
    event_bytes: int
    shared_consumers: int = 1

    @property
    def bytes_per_second(self) -> int:
        return self.events_per_second * self.event_bytes


@dataclass(frozen=True, slots=True)
class Work:
    """What one event costs. parallelism: batches of one shard or partition worked on at once, by key."""

    event_ms: int
    parallelism: int = 1


def shards_for(load: Load) -> int:
    """Shards that take the load in and give it to all its consumers, with headroom."""
    needed = max(
        load.events_per_second / SHARD_WRITE_RECORDS,
        load.bytes_per_second / SHARD_WRITE_BYTES,
        load.bytes_per_second * load.shared_consumers / SHARD_READ_BYTES,
    )
    return max(math.ceil(needed * HEADROOM), 1)


def partitions_for(load: Load, *, serverless: bool) -> int:
    """Partitions of a Kafka topic for the load, with headroom."""
    each = SERVERLESS_PARTITION_BYTES if serverless else PARTITION_BYTES
    return max(math.ceil(load.bytes_per_second * HEADROOM / each), 1)


def lanes_for(load: Load, work: Work) -> int:
    """Shards or partitions without which the consumers cannot keep up, whatever their number: order by key
    lets each work on `parallelism` batches only."""
    return max(math.ceil(load.events_per_second * work.event_ms / 1000 / work.parallelism), 1)


def replicas_for(load: Load, work: Work, concurrency: int) -> int:
    """Replicas of the consumer for the load. concurrency: events that one works on at once."""
    return max(math.ceil(load.events_per_second * work.event_ms / 1000 / concurrency), 1)


def kinesis_findings(
    load: Load, shards: int | None, retention_hours: int, consumers: int = 0
) -> list[Finding]:
    """What a Kinesis stream would throttle or refuse. shards: None for on demand. consumers: with a channel
    of their own."""
    found = []
    low, high = RETENTION_HOURS
    if not low <= retention_hours <= high:
        found.append(
            Finding("stream_retention", f"retention of {retention_hours} hours", f"use {low} to {high}")
        )
    if load.event_bytes > MAX_RECORD_BYTES:
        found.append(
            Finding(
                "record_size",
                f"an event of {load.event_bytes} bytes is larger than a record can be ({MAX_RECORD_BYTES})",
                "put the body into a bucket and send its key",
            )
        )
    if consumers > MAX_CONSUMERS:
        found.append(
            Finding("stream_consumers", f"{consumers} consumers with fan-out", f"use {MAX_CONSUMERS} at most")
        )
    if shards is None:
        return found
    needed = shards_for(load)
    if shards < needed:
        found.append(
            Finding(
                "shards_fit",
                f"{shards} shards take {shards * SHARD_WRITE_RECORDS} events and {shards} MiB a second; "
                f"{load.events_per_second} events of {load.event_bytes} bytes, read by "
                f"{load.shared_consumers}, need {needed}",
                f"use {needed} shards, or on-demand capacity",
            )
        )
    if load.shared_consumers > SHARD_READS_PER_SECOND:
        found.append(
            Finding(
                "shared_reads",
                f"{load.shared_consumers} consumers share {SHARD_READS_PER_SECOND} reads a second of a shard",
                "give some of them enhanced fan-out",
            )
        )
    return found


def starts_cold(load: Load) -> bool:
    """Whether a new on-demand stream throttles this load until it has grown."""
    return load.events_per_second > ON_DEMAND_RECORDS or load.bytes_per_second > ON_DEMAND_BYTES


def kafka_findings(
    load: Load, partitions: int, *, serverless: bool, broker_type: str = "", brokers: int = 0, copies: int = 3
) -> list[Finding]:
    """What a Kafka cluster would not carry. partitions: of all topics of the load."""
    found = []
    needed = partitions_for(load, serverless=serverless)
    if partitions < needed:
        found.append(
            Finding("partitions_fit", f"{partitions} partitions; the load needs {needed}", f"use {needed}")
        )
    if serverless:
        limits = (
            ("serverless_rate", load.bytes_per_second, SERVERLESS_BYTES, "bytes a second"),
            ("serverless_partitions", partitions, SERVERLESS_PARTITIONS, "partitions"),
            ("serverless_message", load.event_bytes, SERVERLESS_MESSAGE_BYTES, "bytes in one event"),
        )
        for rule, value, limit, what in limits:
            if value > limit:
                found.append(
                    Finding(rule, f"{value} {what}; serverless takes {limit}", "use provisioned brokers")
                )
        return found
    size = broker_type.rsplit(".", 1)[-1]
    held = partitions * copies
    allowed = brokers * BROKER_PARTITIONS.get(size, LARGE_BROKER_PARTITIONS)
    if held > allowed:
        found.append(
            Finding(
                "broker_partitions",
                f"{partitions} partitions in {copies} copies are {held}; "
                f"{brokers} of {broker_type} hold {allowed}",
                "use larger or more brokers",
            )
        )
    return found


def keeping_up_findings(load: Load, work: Work, lanes: int) -> list[Finding]:
    """Whether consumers can keep up at all with so many shards or partitions."""
    needed = lanes_for(load, work)
    if lanes >= needed:
        return []
    return [
        Finding(
            "consumers_keep_up",
            f"{load.events_per_second} events a second of {work.event_ms} ms need {needed} shards or "
            f"partitions with {work.parallelism} batches each; there are {lanes}, and lag grows without end",
            "more shards or partitions, more parallelism by key, or faster processing",
        )
    ]
