"""An event processor's throughput, order, memory and store."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import PurePosixPath

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.event_processor import (
    Capacity,
    EventProcessor,
    SchemaFormat,
    StreamKind,
)

TOO_FEW_PARTITIONS = define(
    "SM2501",
    "Stream is too narrow for its peak",
    "A shard or partition takes so much and no more; the rest is throttled.",
)
IDLE_CONSUMERS = define(
    "SM2502",
    "More consumers than partitions",
    "Each partition is read by one consumer at a time, so the others have nothing to do.",
)
SLOW_CONSUMERS = define(
    "SM2503", "Consumers cannot keep up with the peak", "Lag grows without end, at any number of replicas."
)
ORDER_LOST = define(
    "SM2504",
    "Order is not kept",
    "Events of one key stay in order only where the stream puts them into one partition by that key.",
)
SHORT_MEMORY = define(
    "SM2505",
    "Repeated events are taken for new ones",
    "An event can come again for as long as the stream keeps it; its id must be remembered as long.",
)
LATE_LAG_ALARM = define(
    "SM2506", "Alarm fires when events are already lost", "An event is gone when the stream's retention ends."
)
WRONG_STREAM = define(
    "SM2507", "Stream is not available on this cloud", "Each cloud has its own, and no two are the same."
)
LARGE_EVENT = define(
    "SM2508", "Event is larger than the stream takes", "The producer gets an error for each of them."
)
BAD_RETENTION = define(
    "SM2509", "Stream cannot keep events for so long", "Each kind of stream has its own limits."
)
LOCK_BEYOND_RETENTION = define(
    "SM2510", "Events are locked for longer than they are kept", "Deleting them would be refused."
)
ARCHIVE_AFTER_END = define(
    "SM2511", "Events are archived after they are deleted", "The rule would never act, and costs stay high."
)
NO_SCHEMA = define("SM2512", "Schema file is of another format", "The registry refuses what it cannot parse.")
NO_BROKER_TYPE = define(
    "SM2513",
    "Brokers and kind of stream do not fit",
    "Provisioned MSK needs a broker type; others have none.",
)

KINDS = {
    "aws": (StreamKind.KINESIS, StreamKind.MSK_SERVERLESS, StreamKind.MSK_PROVISIONED),
    "azure": (StreamKind.EVENT_HUBS,),
}
BYTES_A_SECOND = {
    StreamKind.KINESIS: 1_048_576,
    StreamKind.MSK_SERVERLESS: 5_242_880,
    StreamKind.MSK_PROVISIONED: 5_242_880,
    StreamKind.EVENT_HUBS: 1_048_576,
}
EVENTS_A_SECOND = {StreamKind.KINESIS: 1000}
"""What one partition takes. Sources: Kinesis developer guide, 'Quotas and limits'; MSK developer guide, 'MSK
Serverless quotas' (for provisioned clusters a cautious figure); Event Hubs FAQ, 'partitions' (1 MB/s)."""

MOST_HOURS = {
    StreamKind.KINESIS: 8760,
    StreamKind.MSK_SERVERLESS: 8760,
    StreamKind.MSK_PROVISIONED: 8760,
    StreamKind.EVENT_HUBS: 2160,
}
LEAST_HOURS = {StreamKind.KINESIS: 24}
MOST_BYTES = {
    StreamKind.KINESIS: 1_048_576,
    StreamKind.MSK_SERVERLESS: 8_388_608,
    StreamKind.MSK_PROVISIONED: 10_485_760,
    StreamKind.EVENT_HUBS: 1_048_576,
}
"""Largest event without a change of quota. Sources as above; Event Hubs quotas, Premium."""

SUFFIXES = {
    SchemaFormat.AVRO: (".avsc",),
    SchemaFormat.JSON: (".json",),
    SchemaFormat.PROTOBUF: (".proto",),
}


def partitions_for(kind: StreamKind, events_per_second: int, event_bytes: int) -> int:
    """Shards or partitions that a peak rate needs, at least one."""
    by_bytes = events_per_second * event_bytes / BYTES_A_SECOND[kind]
    by_count = events_per_second / EVENTS_A_SECOND[kind] if kind in EVENTS_A_SECOND else 0
    return max(1, ceil(max(by_bytes, by_count)))


def partitions_of(config: EventProcessor) -> int:
    """Partitions that the stream has: those given, else those that its peak needs."""
    stream = config.stream
    return stream.partitions or partitions_for(stream.kind, stream.events_per_second, stream.event_bytes)


@check(EventProcessor)
def width(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    stream = subject.config.stream
    needed = partitions_for(stream.kind, stream.events_per_second, stream.event_bytes)
    on_demand = stream.kind is StreamKind.KINESIS and stream.capacity is Capacity.ON_DEMAND
    if stream.partitions is not None and stream.partitions < needed and not on_demand:
        yield subject.finding(
            TOO_FEW_PARTITIONS,
            f"{stream.events_per_second} events of {stream.event_bytes} bytes a second need {needed} "
            f"partitions, not {stream.partitions}",
            f"remove stream.partitions, or set it to at least {needed}",
            "stream.partitions",
            "stream.events_per_second",
            "stream.event_bytes",
        )
    if stream.event_bytes > MOST_BYTES[stream.kind]:
        yield subject.finding(
            LARGE_EVENT,
            f"{stream.kind} takes events of up to {MOST_BYTES[stream.kind]} bytes",
            "store the body in a bucket and send its key, or take another stream.kind",
            "stream.event_bytes",
            "stream.kind",
        )


@check(EventProcessor)
def consumers(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    config = subject.config
    partitions, most = partitions_of(config), config.scaling.max
    if most > partitions:
        yield subject.finding(
            IDLE_CONSUMERS,
            f"{most} replicas share {partitions} partitions",
            f"set scaling.max to at most {partitions}, or raise stream.partitions",
            "scaling.max",
            "stream.partitions",
        )
    parallel, each = config.consumer.parallelism, config.consumer.event_ms
    rate = partitions * parallel * 1000 / each
    if rate < config.stream.events_per_second:
        needed = ceil(config.stream.events_per_second * each / 1000)
        yield subject.finding(
            SLOW_CONSUMERS,
            f"{partitions} partitions × {parallel} batches at {each} ms an event are {rate:.0f} events a "
            f"second, the peak is {config.stream.events_per_second}",
            f"raise consumer.parallelism or stream.partitions until they multiply to {needed}",
            "consumer.parallelism",
            "consumer.event_ms",
            "stream.partitions",
            "stream.events_per_second",
        )


@check(EventProcessor)
def memory(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    config = subject.config
    stream, idempotency = config.stream, config.idempotency
    if idempotency.enabled and idempotency.ttl_hours < stream.retention_hours:
        yield subject.finding(
            SHORT_MEMORY,
            f"ids are remembered for {idempotency.ttl_hours} h, events come again for up to "
            f"{stream.retention_hours} h",
            f"set idempotency.ttl_hours to at least {stream.retention_hours}",
            "idempotency.ttl_hours",
            "stream.retention_hours",
        )
    if config.alarms.enabled and config.alarms.lag_seconds >= stream.retention_hours * 3600:
        yield subject.finding(
            LATE_LAG_ALARM,
            f"the alarm waits for a lag of {config.alarms.lag_seconds} s, events are kept for "
            f"{stream.retention_hours} h",
            f"set alarms.lag_seconds well below {stream.retention_hours * 3600}",
            "alarms.lag_seconds",
            "stream.retention_hours",
        )


@check(EventProcessor)
def kind(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    stream = subject.config.stream
    allowed = KINDS[subject.cloud]
    if stream.kind not in allowed:
        yield subject.finding(
            WRONG_STREAM,
            f"there is no {stream.kind} on {subject.cloud}",
            f"set stream.kind to {' or '.join(allowed)}",
            "stream.kind",
        )
    least, most = LEAST_HOURS.get(stream.kind, 1), MOST_HOURS[stream.kind]
    if not least <= stream.retention_hours <= most:
        yield subject.finding(
            BAD_RETENTION,
            f"{stream.kind} keeps events for {least} to {most} hours, not {stream.retention_hours}",
            f"set stream.retention_hours to {min(max(stream.retention_hours, least), most)}; the event store "
            "keeps them longer",
            "stream.retention_hours",
            "stream.kind",
        )
    if (stream.kind is StreamKind.MSK_PROVISIONED) != (stream.broker_type is not None):
        provisioned = stream.kind is StreamKind.MSK_PROVISIONED
        yield subject.finding(
            NO_BROKER_TYPE,
            "msk_provisioned needs a broker type" if provisioned else f"{stream.kind} has no brokers to size",
            "set stream.broker_type, as in kafka.m7g.large" if provisioned else "remove stream.broker_type",
            "stream.broker_type",
            "stream.kind",
        )


@check(EventProcessor)
def ordering(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    config = subject.config
    if config.ordering.key and not config.idempotency.enabled:
        yield subject.finding(
            ORDER_LOST,
            "order is kept by key, but a repeated event would be processed again after later ones",
            "set idempotency.enabled: true",
            "idempotency.enabled",
            "ordering.key",
        )


@check(EventProcessor)
def store(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    store = subject.config.store
    if not store.enabled:
        return
    if store.object_lock_days and store.object_lock_days > store.retention_days:
        yield subject.finding(
            LOCK_BEYOND_RETENTION,
            f"events are locked for {store.object_lock_days} days, but kept for {store.retention_days}",
            f"set store.retention_days to at least {store.object_lock_days}",
            "store.retention_days",
            "store.object_lock_days",
        )
    if store.archive_after_days >= store.retention_days:
        yield subject.finding(
            ARCHIVE_AFTER_END,
            f"events are archived after {store.archive_after_days} days, but kept for {store.retention_days}",
            f"set store.archive_after_days below {store.retention_days}",
            "store.archive_after_days",
            "store.retention_days",
            severity=Severity.WARNING,
        )


@check(EventProcessor)
def schemas(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    schemas = subject.config.schemas
    allowed = SUFFIXES[schemas.format]
    for index, name in enumerate(schemas.files):
        if PurePosixPath(name).suffix not in allowed:
            yield subject.finding(
                NO_SCHEMA,
                f"'{name}' is no file of the format {schemas.format}",
                f"give files that end in {' or '.join(allowed)}, or set schemas.format",
                f"schemas.files.{index}",
                "schemas.format",
            )
