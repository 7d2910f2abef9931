"""Queues, streams and databases of a service that were there before: what must fit with what they are."""

from __future__ import annotations

from collections.abc import Iterator

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check, stack_check
from skymason.patterns.facts import StackFacts
from skymason.patterns.models.background_worker import BackgroundWorker
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.data_api import DataApi
from skymason.patterns.models.event_processor import EventProcessor, StreamKind

OTHER_ORDER = define(
    "SM2316",
    "Existing queue keeps another order",
    "The consumer is told whether it may count on order; SQS names every FIFO queue `….fifo`.",
)
NO_SUBSCRIPTION = define(
    "SM2317",
    "Queue of somebody else cannot subscribe",
    "Its policy says who may send to it, and only its owner can change that.",
)
EXTENSIONS_LEFT = define(
    "SM2415",
    "Extensions of an existing database are not installed",
    "Only the master user can install one, and nothing here may sign in as it.",
)
OTHER_STREAM = define(
    "SM2517", "Existing stream is of another kind", "Kinesis and Kafka are read by different clients."
)
HALF_A_CLUSTER = define(
    "SM2518",
    "Existing cluster is described in part",
    "A consumer of Kafka needs brokers to ask and a topic to read.",
)

NO_SOURCE = define(
    "SM2521",
    "Source of events is not used",
    "Permissions and settings come from the entry under `uses` that the source names.",
)
ELSEWHERE = define(
    "SM2610",
    "Existing resource is in another region",
    "Clients, scaling and alarms look for it in the region of the stack.",
)
KINDS_OF_STREAMS = {
    StreamKind.KINESIS: "kinesis_stream",
    StreamKind.MSK_SERVERLESS: "msk_cluster",
    StreamKind.MSK_PROVISIONED: "msk_cluster",
    StreamKind.EVENT_HUBS: "event_hub",
}

QUEUE, STREAM = "queue.existing", "stream.existing"
TOPICS = ("sns_topic", "service_bus_topic")


def _arns(config: ServiceConfig) -> Iterator[tuple[str, str]]:
    """Dotted key and ARN of what a service brings along as its own."""
    if isinstance(config, BackgroundWorker) and config.queue.existing:
        yield f"{QUEUE}.arn", config.queue.existing.arn
        yield f"{QUEUE}.dead_letter_arn", config.queue.existing.dead_letter_arn
    if isinstance(config, EventProcessor) and config.stream.existing:
        yield f"{STREAM}.arn", config.stream.existing.arn
    if isinstance(config, DataApi) and config.cache.existing:
        yield "cache.existing.arn", config.cache.existing.arn
    if (
        isinstance(config, DataApi)
        and config.database.existing
        and config.database.existing.master_secret_arn
    ):
        yield "database.existing.master_secret_arn", config.database.existing.master_secret_arn


@check(ServiceConfig)
def regions(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    for key, arn in _arns(subject.config):
        region = arn.split(":")[3]
        if subject.facts.region and region != subject.facts.region and subject.cloud == "aws":
            yield subject.finding(
                ELSEWHERE,
                f"it is in {region}, and the stack in {subject.facts.region}",
                f"name one of {subject.facts.region}, or deploy the service to a stack of {region}",
                key,
            )


@check(BackgroundWorker)
def queue(subject: Subject[BackgroundWorker]) -> Iterator[Diagnostic]:
    existing, fifo = subject.config.queue.existing, subject.config.queue.fifo
    if existing is None:
        return
    for key, arn in (("arn", existing.arn), ("dead_letter_arn", existing.dead_letter_arn)):
        if arn.endswith(".fifo") != fifo:
            kind = "a standard" if fifo else "a FIFO"
            yield subject.finding(
                OTHER_ORDER,
                f"queue.fifo is {str(fifo).lower()}, but {arn.rpartition(':')[2]} is {kind} queue",
                f"set queue.fifo: {str(not fifo).lower()}, or name another queue",
                f"{QUEUE}.{key}",
                "queue.fifo",
            )


@stack_check
def subscriptions(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    """Only here, because the edges of a service are known when all services are."""
    for subject in services:
        if not isinstance(subject.config, BackgroundWorker) or subject.config.queue.existing is None:
            continue
        for edge in subject.edges:
            if edge.kind in TOPICS and edge.access == "subscribe":
                yield subject.finding(
                    NO_SUBSCRIPTION,
                    f"'{edge.name}' cannot be subscribed to for a queue that is there already",
                    "have the queue's owner subscribe it and remove the entry, or remove queue.existing",
                    QUEUE,
                )


@check(EventProcessor)
def stream(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    kind, existing = subject.config.stream.kind, subject.config.stream.existing
    if existing is None or subject.cloud != "aws":
        return
    kinesis = kind is StreamKind.KINESIS
    if (":kinesis:" in existing.arn) != kinesis:
        yield subject.finding(
            OTHER_STREAM,
            f"stream.kind is {kind}, but the ARN is of {existing.arn.split(':')[2]}",
            f"give the ARN of a {'Kinesis stream' if kinesis else 'MSK cluster'}, or set stream.kind",
            f"{STREAM}.arn",
            "stream.kind",
        )
        return
    for key in ("bootstrap_servers", "topic"):
        given = getattr(existing, key) is not None
        if given == kinesis:
            yield subject.finding(
                HALF_A_CLUSTER,
                f"a Kinesis stream has no '{key}'" if kinesis else f"'{key}' of the cluster is not given",
                f"{'remove' if kinesis else 'set'} {STREAM}.{key}",
                f"{STREAM}.{key}" if kinesis else STREAM,
                "stream.kind",
            )


@stack_check
def sources(services: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    for subject in services:
        if not isinstance(subject.config, EventProcessor) or subject.config.stream.source is None:
            continue
        stream, name = subject.config.stream, subject.config.stream.source
        wanted = KINDS_OF_STREAMS[stream.kind]
        edge = next((edge for edge in subject.edges if edge.name == name), None)
        if edge is None or edge.access != "receive":
            yield subject.finding(
                NO_SOURCE,
                f"'{subject.name}' does not receive from '{name}'",
                f"add {{resource: {name}, access: receive}} to uses, or remove stream.source",
                "stream.source",
            )
        elif edge.kind != wanted:
            yield subject.finding(
                OTHER_STREAM,
                f"stream.kind is {stream.kind}, but '{name}' is a {edge.kind}",
                f"set stream.kind, or name a {wanted}",
                "stream.source",
                "stream.kind",
            )


@check(DataApi)
def extensions(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    if database.existing and database.extensions and not database.existing.master_secret_arn:
        yield subject.finding(
            EXTENSIONS_LEFT,
            f"{', '.join(database.extensions)} must be there already, and the users of the service too",
            "set database.existing.master_secret_arn, or have its owner install them and remove "
            "database.extensions",
            "database.extensions",
            "database.existing",
            severity=Severity.WARNING,
        )
