"""A worker's messages: what a failure costs, and what others do with its queue."""

from __future__ import annotations

from collections.abc import Iterator

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check, stack_check
from skymason.patterns.facts import StackFacts
from skymason.patterns.models.background_worker import BackgroundWorker, Sender
from skymason.patterns.models.common import ServiceConfig

ONE_ATTEMPT = define(
    "SM2321",
    "First failure sets a message aside",
    "A rollout or a lost node counts as a receive too: good messages end up among the dead ones.",
)
DEAD_FORGOTTEN = define(
    "SM2322",
    "Dead letters are gone before anybody looks",
    "Their age counts from when they were sent; a weekend passes before somebody can mend the cause.",
)
LONG_SILENCE = define(
    "SM2323",
    "Crash keeps a message hidden for long",
    "Nobody gives it free: it waits for the whole visibility, however short the retries are.",
)
TAKEN_AWAY = define(
    "SM2324",
    "Another service takes messages out of a worker's queue",
    "Each message is received once: what the other takes, the worker never sees.",
)
LARGE_FOR_TOPICS = define(
    "SM2325",
    "Queue takes larger messages than its topics",
    "A topic of SNS refuses what is larger than 256 KiB, and the sender gets an error.",
)
WRONG_SENDER = define(
    "SM2326",
    "Queue cannot get messages from there",
    "The sender is refused, or sends nothing, and nobody is told.",
)
WEEKEND = 3 * 86_400
LONGEST = 1_209_600
"""Seconds that SQS keeps a message at most: no dead letter of a patient queue can be kept longer either."""
SNS_KB = 256
"""Source: SNS developer guide, 'Quotas', message size."""
LONG_FACTOR = 24
"""Visibility against processing time: four times what is advised."""


@check(BackgroundWorker)
def attempts(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    if subject.config.dead_letter.max_receives == 1:
        yield subject.finding(
            ONE_ATTEMPT,
            "a message is set aside after 1 receive",
            "set dead_letter.max_receives to at least 3",
            "dead_letter.max_receives",
            severity=Severity.WARNING,
        )


@check(BackgroundWorker)
def dead_letters(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue, dead = subject.config.queue, subject.config.dead_letter
    left = dead.retention_seconds - queue.retention_seconds
    if 0 < left < WEEKEND and dead.retention_seconds < LONGEST and not subject.facts.relaxed:
        yield subject.finding(
            DEAD_FORGOTTEN,
            f"a message that was set aside at its end is kept for {left} s more",
            f"set dead_letter.retention_seconds to {min(queue.retention_seconds + WEEKEND, LONGEST)}, or "
            "lower queue.retention_seconds",
            "dead_letter.retention_seconds",
            "queue.retention_seconds",
            severity=Severity.WARNING,
        )


@check(BackgroundWorker)
def silence(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue = subject.config.queue
    if (
        queue.visibility_seconds is not None
        and queue.visibility_seconds > LONG_FACTOR * queue.processing_seconds
    ):
        yield subject.finding(
            LONG_SILENCE,
            f"a message takes {queue.processing_seconds} s at most, and is hidden for "
            f"{queue.visibility_seconds} s",
            f"remove queue.visibility_seconds, or set it to at most {LONG_FACTOR * queue.processing_seconds}",
            "queue.visibility_seconds",
            "queue.processing_seconds",
            severity=Severity.WARNING,
        )


@check(BackgroundWorker)
def sources(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    queue = subject.config.queue
    for index, source in enumerate(queue.sources):
        key = f"queue.sources.{index}"
        if subject.cloud != "aws":
            yield subject.finding(
                WRONG_SENDER, f"there is no {source.service} on {subject.cloud}", "remove it", key
            )
        elif source.arn.split(":")[2] != source.service:
            yield subject.finding(
                WRONG_SENDER,
                f"the service is {source.service}, and the ARN of {source.arn.split(':')[2]}",
                "name the service that the ARN is of",
                key,
            )
        elif source.service is Sender.S3 and queue.fifo:
            yield subject.finding(
                WRONG_SENDER,
                "buckets notify no FIFO queues",
                "set queue.fifo: false, or let the bucket send to EventBridge and name a rule",
                key,
                "queue.fifo",
            )


@stack_check
def receivers(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    for subject in services:
        for index, use in enumerate(subject.document.uses):
            edge = next((edge for edge in subject.edges if edge.name == use.resource), None)
            queue = edge is not None and edge.kind in ("sqs_queue", "service_bus_queue") and edge.provider
            if queue and use.access == "receive":
                yield subject.in_spec(
                    TAKEN_AWAY,
                    f"'{use.resource}' is the queue of '{queue}'",
                    "let it publish to a topic that both subscribe to, or remove the entry",
                    f"uses.{index}.access",
                    Severity.WARNING,
                )


@stack_check
def sizes(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    for subject in services:
        config = subject.config
        if not isinstance(config, BackgroundWorker) or config.queue.max_message_kb <= SNS_KB:
            continue
        topics = [
            edge.name for edge in subject.edges if edge.kind == "sns_topic" and edge.access == "subscribe"
        ]
        if topics:
            yield subject.finding(
                LARGE_FOR_TOPICS,
                f"the queue takes {config.queue.max_message_kb} KiB, its topics at most {SNS_KB} KiB",
                f"set queue.max_message_kb to {SNS_KB}, and store larger bodies in a bucket",
                "queue.max_message_kb",
                severity=Severity.WARNING,
            )
