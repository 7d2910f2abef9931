"""A worker's times: what SQS hides, keeps and gives again, against what the work takes."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.existing import TOPICS
from skymason.patterns.checks.subject import Subject, check, stack_check
from skymason.patterns.facts import StackFacts
from skymason.patterns.models.background_worker import BackgroundWorker
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.quantities import backlog_per_replica

SHORT_VISIBILITY = define(
    "SM2301",
    "Message may be handed out twice",
    "A message that is still worked on becomes visible again; six times the processing time leaves room for "
    "slow runs and for the runtime's own retries.",
)
LOST_DEAD_LETTERS = define(
    "SM2302",
    "Dead letters are gone before their messages would be",
    "A message keeps its age when it is set aside; with a shorter retention it may be deleted at once.",
)
RETRIES_BEYOND_RETENTION = define(
    "SM2303",
    "Message expires before its last attempt",
    "It is then deleted without ever having been set aside, and nobody learns of it.",
)
WAIT_BEYOND_LIMIT = define(
    "SM2304", "Wait is longer than the queue can hide a message", "The queue refuses it, and the retry fails."
)
BACKOFF_SHRINKS = define(
    "SM2305", "Longest wait is below the first", "The waits between attempts could then never grow."
)
KILLED_AT_WORK = define(
    "SM2306",
    "Worker is killed in the middle of a message",
    "A replica that stops must have the time to finish what it has begun.",
)
SLOW_TO_WAKE = define(
    "SM2307",
    "First message waits longer than is acceptable",
    "A worker that scales to zero has to start before it can take a message.",
)
LATE_ALARM = define(
    "SM2308", "Alarm fires when messages are already lost", "A message is deleted when its retention ends."
)
IMPATIENT = define(
    "SM2309",
    "Message may wait less than it takes",
    "Scaling counts how many messages a replica can finish in the acceptable time: here not even one.",
)

EARLY_ALARM = define(
    "SM2310",
    "Alarm fires while all is well",
    "A message counts as old for as long as it is not done: it may wait, and then takes its time.",
)
RECLAIMED = define(
    "SM2311",
    "Reclaimed capacity uses up the attempts",
    "A message whose replica is taken away was received for nothing; it may be set aside without a failure.",
)
SHORT_POLL = define(
    "SM2312",
    "Receives do not wait",
    "Each one that finds nothing is paid for, and asks only some of the queue's servers.",
)
BACKLOG_IN_TIME = define(
    "SM2313",
    "Alarm counts what is done in time",
    "A backlog that the replicas which are always there finish in the acceptable time is none.",
)
FILTER_OF_NOTHING = define(
    "SM2314",
    "Filter of a topic that is not subscribed to",
    "It would filter nothing, and be missed elsewhere.",
)
NO_JITTER = define(
    "SM2315",
    "What failed together returns together",
    "Messages that failed at one moment are all tried again at one moment; jitter spreads them.",
)

VISIBILITY_FACTOR = 6
"""Source: AWS Lambda developer guide, 'Using Lambda with Amazon SQS': at least six times the timeout."""

RECLAIM_SECONDS = 120
"""Source: Amazon EC2 User Guide, 'Spot Instance interruption notices': two minutes before."""

LONGEST_HIDE = 43_200
"""Seconds from its receive on that SQS can hide a message. Source: SQS developer guide, 'Amazon SQS
visibility timeout'. A lock of Service Bus is shorter, but is renewed for as long as the work goes on."""


@check(BackgroundWorker)
def visibility(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue = subject.config.queue
    needed, given = VISIBILITY_FACTOR * queue.processing_seconds, queue.visibility_seconds
    # Service Bus clients renew their lock for as long as they work.
    if given is not None and given < needed and subject.cloud == "aws":
        yield subject.finding(
            SHORT_VISIBILITY,
            f"a message is hidden for {given} s, which is less than {VISIBILITY_FACTOR} × "
            f"{queue.processing_seconds} s of processing",
            f"remove queue.visibility_seconds, or set it to at least {needed}",
            "queue.visibility_seconds",
            "queue.processing_seconds",
        )


@check(BackgroundWorker)
def retention(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue, dead = subject.config.queue, subject.config.dead_letter
    if dead.retention_seconds <= queue.retention_seconds:
        yield subject.finding(
            LOST_DEAD_LETTERS,
            f"dead letters are kept for {dead.retention_seconds} s, messages for {queue.retention_seconds} s",
            f"set dead_letter.retention_seconds above {queue.retention_seconds}",
            "dead_letter.retention_seconds",
            "queue.retention_seconds",
        )
    alarms = subject.config.alarms
    if alarms.enabled and alarms.oldest_message_seconds >= queue.retention_seconds:
        yield subject.finding(
            LATE_ALARM,
            f"the alarm waits until a message is {alarms.oldest_message_seconds} s old, but it is deleted "
            f"after {queue.retention_seconds} s",
            f"set alarms.oldest_message_seconds well below {queue.retention_seconds}",
            "alarms.oldest_message_seconds",
            "queue.retention_seconds",
        )


@check(BackgroundWorker)
def retries(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue, retry, receives = (
        subject.config.queue,
        subject.config.retry,
        subject.config.dead_letter.max_receives,
    )
    if retry.max_seconds < retry.base_seconds:
        yield subject.finding(
            BACKOFF_SHRINKS,
            f"retry.max_seconds is {retry.max_seconds}, retry.base_seconds {retry.base_seconds}",
            f"set retry.max_seconds to at least {retry.base_seconds}",
            "retry.max_seconds",
            "retry.base_seconds",
        )
    hidden = queue.processing_seconds + retry.max_seconds
    if subject.cloud == "aws" and hidden > LONGEST_HIDE:
        yield subject.finding(
            WAIT_BEYOND_LIMIT,
            f"{queue.processing_seconds} s of work and a wait of {retry.max_seconds} s are more than the "
            f"{LONGEST_HIDE} s that a message can be hidden",
            f"set retry.max_seconds to at most {LONGEST_HIDE - queue.processing_seconds}",
            "retry.max_seconds",
            "queue.processing_seconds",
        )
    if retry.jitter == 0 and not subject.config.singleton:
        yield subject.finding(
            NO_JITTER,
            "retry.jitter is 0",
            "set retry.jitter to 0.5, or to anything above 0",
            "retry.jitter",
            severity=Severity.WARNING,
        )
    longest = longest_life(
        queue.processing_seconds, queue.visibility_seconds, receives, retry.base_seconds, retry.factor,
        retry.max_seconds,
    )  # fmt: skip
    if longest > queue.retention_seconds:
        yield subject.finding(
            RETRIES_BEYOND_RETENTION,
            f"{receives} attempts and the waits between them may take {longest} s, a message is kept for "
            f"{queue.retention_seconds} s",
            "lower dead_letter.max_receives or retry.max_seconds, or raise queue.retention_seconds",
            "dead_letter.max_receives",
            "retry.max_seconds",
            "retry.base_seconds",
            "retry.factor",
            "queue.retention_seconds",
        )


@check(BackgroundWorker)
def stop(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    config = subject.config
    needed = config.queue.processing_seconds + config.shutdown.pre_stop_seconds
    if config.shutdown.grace_seconds < needed:
        yield subject.finding(
            KILLED_AT_WORK,
            f"a message may take {config.queue.processing_seconds} s, a replica is killed after "
            f"{config.shutdown.grace_seconds} s",
            f"set shutdown.grace_seconds to at least {needed}",
            "shutdown.grace_seconds",
            "queue.processing_seconds",
            "shutdown.pre_stop_seconds",
        )


@check(BackgroundWorker)
def scaling(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    scaling, queue = subject.config.scaling, subject.config.queue
    start = subject.config.probes.startup
    budget = start.period_seconds * start.failure_threshold
    if scaling.min == 0 and scaling.acceptable_latency_seconds < budget and not subject.facts.relaxed:
        yield subject.finding(
            SLOW_TO_WAKE,
            f"a message may wait {scaling.acceptable_latency_seconds} s, but with no replica there the first "
            f"one waits for a start of up to {budget} s",
            f"set scaling.min to at least 1, or scaling.acceptable_latency_seconds to at least {budget}",
            "scaling.min",
            "scaling.acceptable_latency_seconds",
            "probes.startup.failure_threshold",
            "probes.startup.period_seconds",
            severity=Severity.WARNING,
        )
    if scaling.acceptable_latency_seconds < queue.processing_seconds:
        yield subject.finding(
            IMPATIENT,
            f"a message may wait {scaling.acceptable_latency_seconds} s, but one takes "
            f"{queue.processing_seconds} s",
            f"set scaling.acceptable_latency_seconds to at least {queue.processing_seconds}",
            "scaling.acceptable_latency_seconds",
            "queue.processing_seconds",
            severity=Severity.WARNING,
        )


@check(BackgroundWorker)
def alarms(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    alarms, scaling, queue = subject.config.alarms, subject.config.scaling, subject.config.queue
    if not alarms.enabled:
        return
    usual = scaling.acceptable_latency_seconds + queue.processing_seconds
    if alarms.oldest_message_seconds <= usual:
        yield subject.finding(
            EARLY_ALARM,
            f"the alarm fires when a message is {alarms.oldest_message_seconds} s old, but one may wait "
            f"{scaling.acceptable_latency_seconds} s and then take {queue.processing_seconds} s",
            f"set alarms.oldest_message_seconds above {usual}",
            "alarms.oldest_message_seconds",
            "scaling.acceptable_latency_seconds",
            "queue.processing_seconds",
            severity=Severity.WARNING,
        )
    share = backlog_per_replica(
        scaling.acceptable_latency_seconds, queue.processing_seconds, scaling.concurrency
    )
    if alarms.backlog_messages <= share * scaling.min:
        yield subject.finding(
            BACKLOG_IN_TIME,
            f"the alarm fires at {alarms.backlog_messages} messages, but {scaling.min} replicas finish "
            f"{share * scaling.min} in the acceptable time",
            f"set alarms.backlog_messages above {share * scaling.min}",
            "alarms.backlog_messages",
            "scaling.min",
            "scaling.concurrency",
            severity=Severity.WARNING,
        )


@check(BackgroundWorker)
def receives(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue, attempts = subject.config.queue, subject.config.dead_letter.max_receives
    if queue.long_poll_seconds == 0:
        yield subject.finding(
            SHORT_POLL,
            "a receive that finds nothing returns at once",
            "set queue.long_poll_seconds to 20, or to anything above 0",
            "queue.long_poll_seconds",
            severity=Severity.WARNING,
        )
    if subject.config.spot and queue.processing_seconds > RECLAIM_SECONDS and attempts < 3:
        yield subject.finding(
            RECLAIMED,
            f"a message takes up to {queue.processing_seconds} s, capacity is taken away within "
            f"{RECLAIM_SECONDS} s, and a message is set aside after {attempts} receives",
            "set dead_letter.max_receives to at least 3, or spot: false",
            "dead_letter.max_receives",
            "spot",
            "queue.processing_seconds",
            severity=Severity.WARNING,
        )


@stack_check
def filters(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    """Only here, because the edges of a service are known when all services are."""
    for subject in services:
        if not isinstance(subject.config, BackgroundWorker):
            continue
        topics = [edge.name for edge in subject.edges if edge.kind in TOPICS and edge.access == "subscribe"]
        for name in subject.config.queue.filters:
            if name not in topics:
                yield subject.finding(
                    FILTER_OF_NOTHING,
                    f"'{subject.name}' does not subscribe to '{name}'",
                    f"add {{resource: {name}, access: subscribe}} to uses, or remove the filter",
                    f"queue.filters.{name}",
                )


def longest_life(
    processing: int, visibility: int | None, receives: int, base: int, factor: float, most: int
) -> int:
    """Seconds from the first receive of a message until its last attempt has failed, at worst.

    An attempt that crashes holds the message for the whole visibility; one that fails at its end, for its
    time and the wait that follows.
    """
    hidden = visibility or VISIBILITY_FACTOR * processing
    total, wait = 0, float(base)
    for _ in range(receives - 1):
        total += max(hidden, processing + ceil(min(wait, most)))
        wait = min(wait * factor, most)
    return total + hidden
