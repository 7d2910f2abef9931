"""One sender, many receivers: topics before queues, and several readers of one stream."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.stream import partitions_of
from skymason.patterns.checks.subject import Subject, check, stack_check
from skymason.patterns.facts import StackFacts
from skymason.patterns.models.background_worker import BackgroundWorker
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.event_processor import EventProcessor, StreamKind

NO_ORDER_TO_KEEP = define(
    "SM2318",
    "FIFO queue subscribes to a topic without order",
    "SNS refuses it: messages of a standard topic have no groups, and no order that could be kept.",
)
ORDER_ENDS_HERE = define(
    "SM2319",
    "Order of a FIFO topic ends at the queue",
    "A standard queue hands messages out in any order, and some of them twice.",
)
LARGE_FILTER = define(
    "SM2320", "Filter is larger than SNS takes", "The subscription would be refused at deployment."
)
CROWDED_STREAM = define(
    "SM2519",
    "Readers share more than a shard gives",
    "All that share a stream's reads share 2 MiB a second of each shard; the slowest falls behind.",
)
TOO_MANY_CHANNELS = define(
    "SM2520", "More channels than a stream has", "Kinesis registers 20 consumers with enhanced fan-out."
)

MOST_ATTRIBUTES, MOST_COMBINATIONS = 5, 150
"""Source: SNS developer guide, 'Filter policy constraints'."""
READ_BYTES = 2 * 1_048_576
MOST_CHANNELS = 20
"""Source: Kinesis developer guide, 'Quotas and limits'."""


@stack_check
def order(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    """A topic's ARN says whether it keeps order."""
    for subject in services:
        config = subject.config
        if not isinstance(config, BackgroundWorker):
            continue
        for edge in subject.edges:
            arn = facts.arns.get(edge.name, "")
            if edge.access != "subscribe" or edge.kind != "sns_topic" or not arn:
                continue
            if config.queue.fifo and not arn.endswith(".fifo"):
                yield subject.finding(
                    NO_ORDER_TO_KEEP,
                    f"the topic '{edge.name}' keeps no order, and the queue is FIFO",
                    "subscribe to a FIFO topic, or set queue.fifo: false",
                    "queue.fifo",
                )
            elif arn.endswith(".fifo") and not config.queue.fifo:
                yield subject.finding(
                    ORDER_ENDS_HERE,
                    f"the topic '{edge.name}' keeps order, and the queue does not",
                    "set queue.fifo: true if order matters to this worker",
                    "queue.fifo",
                    severity=Severity.WARNING,
                )


@check(BackgroundWorker)
def filters(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    if subject.cloud != "aws":
        return
    for name, attributes in subject.config.queue.filters.items():
        combinations = prod(len(values) for values in attributes.values())
        if len(attributes) > MOST_ATTRIBUTES or combinations > MOST_COMBINATIONS:
            yield subject.finding(
                LARGE_FILTER,
                f"the filter of '{name}' has {len(attributes)} attributes and {combinations} combinations of "
                f"values; SNS takes {MOST_ATTRIBUTES} and {MOST_COMBINATIONS}",
                "filter by fewer attributes or values, or let the worker drop the rest",
                f"queue.filters.{name}",
            )


@stack_check
def readers(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    """What all services of the stack read of one processor's stream, together."""
    for subject in services:
        config = subject.config
        if not isinstance(config, EventProcessor) or config.stream.kind is not StreamKind.KINESIS:
            continue
        name = f"{subject.name}-stream"
        accesses = [(other, edge.access) for other in services for edge in other.edges if edge.name == name]
        sharing = [other for other, access in accesses if access == "receive" and not _own_channel(other)]
        own = config.stream.enhanced_fan_out
        yield from _shared(subject, config, sharing, shared=not own)
        apart = [
            other
            for other, access in accesses
            if access == "subscribe" or (access == "receive" and _own_channel(other))
        ]
        channels = len(apart) + own
        if channels > MOST_CHANNELS:
            yield subject.finding(
                TOO_MANY_CHANNELS,
                f"{channels} services have a channel of their own of '{name}', Kinesis gives {MOST_CHANNELS}",
                "let some of them use it with access: receive, or read a copy of the stream",
                "stream.enhanced_fan_out",
            )


def _own_channel(reader: Subject[ServiceConfig]) -> bool:
    """Whether a processor that reads another's stream has a channel of its own there."""
    config = reader.config
    return isinstance(config, EventProcessor) and config.stream.enhanced_fan_out


def _shared(
    subject: Subject[ServiceConfig],
    config: EventProcessor,
    others: list[Subject[ServiceConfig]],
    *,
    shared: bool,
) -> Iterator[Diagnostic]:
    if not others:
        return
    readers = len(others) + shared + config.store.enabled
    stream, names = config.stream, ", ".join(sorted(other.name for other in others))
    each = stream.events_per_second * stream.event_bytes / partitions_of(config)
    if each * readers > READ_BYTES:
        yield subject.finding(
            CROWDED_STREAM,
            f"{readers} readers ({names} among them) take {each * readers:.0f} bytes a second of each shard, "
            f"which gives {READ_BYTES}",
            "let the others use the stream with access: subscribe, or raise stream.partitions",
            "stream.partitions",
            "stream.events_per_second",
            "stream.event_bytes",
        )
