"""An event processor's load against its cluster, its memory and its own times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil

from components.aws.stream_sizing import Load, kafka_findings, starts_cold
from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.stream import partitions_for, partitions_of
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.event_processor import Capacity, EventProcessor, StreamKind
from skymason.patterns.quantities import mebibytes

CLUSTER_TOO_SMALL = define(
    "SM2522", "Cluster cannot carry the load", "Brokers throttle what is above their limits, or refuse it."
)
UNKNOWN_BROKER = define("SM2523", "Unknown type of brokers", "MSK would refuse the cluster.")
COLD_STREAM = define(
    "SM2524",
    "New stream on demand is slower than the peak",
    "It begins with 4,000 events and 4 MiB a second, and doubles what it has seen only after that.",
)
BATCH_IN_MEMORY = define(
    "SM2525",
    "Batches are larger than the memory",
    "The container is killed in the middle of a batch, again and again with the same one.",
)
BATCH_CUT_OFF = define(
    "SM2526",
    "Replica is killed in the middle of a batch",
    "The rest of the batch is done again by another one: late, and for nothing where ids are not remembered.",
)
ALARM_BEFORE_SCALING = define(
    "SM2527",
    "Alarm fires before scaling has done its work",
    "More replicas come only when the lag is above its aim; an alarm at that moment tells nothing.",
)
FAILURES_FORGOTTEN = define(
    "SM2528",
    "Failed events are gone before anybody looks",
    "A weekend passes between the alarm and the person who can mend the cause.",
)
ARCHIVED_SHORTLY = define(
    "SM2529",
    "Events are archived for less than is paid",
    "Cheaper storage is charged for 90 days at least, so that it costs more than to leave them.",
)

BROKERS, COPIES = 3, 3
"""As the pattern makes a cluster: one broker in each zone, every event on all of them."""
BROKER_TYPE = re.compile(
    r"kafka\.(t3\.small|m5\.(large|[2489]?xlarge|1[26]xlarge|24xlarge)|"
    r"m7g\.(large|[248]?xlarge|1[26]xlarge))"
)
"""Source: Amazon MSK developer guide, 'Amazon MSK broker types'."""
MEMORY_SHARE = 0.5
"""Part of the memory that events in work may take; the rest is the program's own."""
WEEKEND = 3 * 86_400
ARCHIVE_DAYS = 90
"""Source: Amazon S3 user guide, 'Storage classes', minimum duration of Glacier Instant Retrieval."""


@check(EventProcessor)
def cluster(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    stream = subject.config.stream
    serverless = stream.kind is StreamKind.MSK_SERVERLESS
    if stream.kind not in (StreamKind.MSK_SERVERLESS, StreamKind.MSK_PROVISIONED) or subject.cloud != "aws":
        return
    if stream.broker_type and not serverless and not BROKER_TYPE.fullmatch(stream.broker_type):
        yield subject.finding(
            UNKNOWN_BROKER,
            f"there are no brokers of type '{stream.broker_type}'",
            "take one such as kafka.m7g.large",
            "stream.broker_type",
        )
        return
    load = Load(stream.events_per_second, stream.event_bytes, 1)
    # Whether there are enough partitions is another check's matter.
    needed = partitions_for(stream.kind, stream.events_per_second, stream.event_bytes)
    partitions = max(partitions_of(subject.config), needed)
    for found in kafka_findings(
        load,
        partitions,
        serverless=serverless,
        broker_type=stream.broker_type or "",
        brokers=BROKERS,
        copies=COPIES,
    ):
        if found.rule not in ("partitions_fit", "serverless_message"):
            yield subject.finding(
                CLUSTER_TOO_SMALL,
                found.message,
                found.fix,
                "stream.partitions" if "partitions" in found.rule else "stream.events_per_second",
                "stream.broker_type",
                "stream.kind",
            )


@check(EventProcessor)
def cold(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    stream = subject.config.stream
    on_demand = stream.kind is StreamKind.KINESIS and stream.capacity is Capacity.ON_DEMAND
    made = stream.existing is None and stream.source is None
    if on_demand and made and starts_cold(Load(stream.events_per_second, stream.event_bytes, 1)):
        yield subject.finding(
            COLD_STREAM,
            f"the peak is {stream.events_per_second} events of {stream.event_bytes} bytes a second",
            "deploy it with stream.capacity: provisioned, and change that once it runs; or raise the load "
            "step by step",
            "stream.capacity",
            "stream.events_per_second",
            severity=Severity.WARNING,
        )


@check(EventProcessor)
def batches(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    config = subject.config
    consumer, stream = config.consumer, config.stream
    at_once = consumer.batch_size * stream.event_bytes * consumer.parallelism
    allowed = mebibytes(config.resources.limits.memory) * MEMORY_SHARE * 2**20
    if at_once > allowed:
        yield subject.finding(
            BATCH_IN_MEMORY,
            f"{consumer.parallelism} batches of {consumer.batch_size} events of {stream.event_bytes} bytes "
            f"are {at_once / 2**20:.0f} MiB, and half of the memory is {allowed / 2**20:.0f} MiB",
            f"set consumer.batch_size to at most "
            f"{max(int(allowed // (stream.event_bytes * consumer.parallelism)), 1)}, or raise "
            "resources.limits.memory",
            "consumer.batch_size",
            "consumer.parallelism",
            "stream.event_bytes",
            "resources.limits.memory",
        )
    seconds = consumer.batch_size * consumer.event_ms / 1000
    left = config.shutdown.grace_seconds - config.shutdown.pre_stop_seconds
    if seconds > left > 0:  # where nothing is left, another check says so
        yield subject.finding(
            BATCH_CUT_OFF,
            f"a batch may take {seconds:.0f} s, a replica has {left} s to end",
            f"set consumer.batch_size to at most {max(left * 1000 // consumer.event_ms, 1)}, or "
            f"shutdown.grace_seconds to at least {ceil(seconds) + config.shutdown.pre_stop_seconds}",
            "consumer.batch_size",
            "consumer.event_ms",
            "shutdown.grace_seconds",
            severity=Severity.WARNING,
        )


@check(EventProcessor)
def times(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    config = subject.config
    if config.alarms.enabled and config.alarms.lag_seconds <= config.scaling.lag_seconds:
        yield subject.finding(
            ALARM_BEFORE_SCALING,
            f"the alarm fires at a lag of {config.alarms.lag_seconds} s, scaling aims for "
            f"{config.scaling.lag_seconds} s",
            f"set alarms.lag_seconds above {config.scaling.lag_seconds}",
            "alarms.lag_seconds",
            "scaling.lag_seconds",
            severity=Severity.WARNING,
        )
    if config.failure_queue.retention_seconds < WEEKEND and not subject.facts.relaxed:
        yield subject.finding(
            FAILURES_FORGOTTEN,
            f"an event that failed is kept for {config.failure_queue.retention_seconds} s",
            f"set failure_queue.retention_seconds to at least {WEEKEND}",
            "failure_queue.retention_seconds",
            severity=Severity.WARNING,
        )


@check(EventProcessor)
def archive(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    store = subject.config.store
    kept = store.retention_days - store.archive_after_days
    if store.enabled and 0 < kept < ARCHIVE_DAYS and subject.cloud == "aws" and not subject.facts.relaxed:
        yield subject.finding(
            ARCHIVED_SHORTLY,
            f"events are archived after {store.archive_after_days} days and deleted {kept} days later",
            f"set store.retention_days to at least {store.archive_after_days + ARCHIVE_DAYS}, or "
            "store.archive_after_days lower by as much",
            "store.archive_after_days",
            "store.retention_days",
            severity=Severity.WARNING,
        )
