"""One event: its schema, whether it came before, its attempts, and where it goes when they fail."""

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from opentelemetry import metrics, propagate, trace
from opentelemetry.context import Context

from .errors import Rejected, Stopped, Unavailable
from .events import Event, Record
from .schemas import Body

BASE_SECONDS, MAX_SECONDS = 0.1, 10.0
"""Wait after the first failure, and the longest one. Whatever has the same key waits behind it."""
AWAY_SECONDS = 1.0
"""Before what cannot be reached is asked again."""
LONGEST_ERROR = 1000

logger = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)
meter = metrics.get_meter(__name__)
processed = meter.create_counter("processor.events", description="Events by outcome")
duration = meter.create_histogram("processor.event.duration", unit="s")

Handler = Callable[[Event], None]
"""Does what an event asks for. Returns when that is done; raises Rejected, or anything else to try again."""
GoOn = Callable[[], bool]
"""Whether to go on: false once the process stops, or its lane belongs to somebody else."""


T = TypeVar("T")


class Reads(Protocol):
    """Understands records: `schemas.Schemas`."""

    def read(self, record: Record) -> Body: ...


class Memory(Protocol):
    """Remembers which events were processed. Every method may raise Unavailable."""

    def claim(self, id: str) -> str | None:
        """A ticket to process the event with; None where it was processed before. Raises ClaimedError while
        somebody else processes it."""

    def complete(self, id: str, ticket: str) -> None:
        """It is processed: remember it."""

    def release(self, id: str, ticket: str) -> None:
        """It failed: whoever comes next may process it."""


class NoMemory:
    """Where nothing is remembered."""

    def claim(self, id: str) -> str | None:
        return ""

    def complete(self, id: str, ticket: str) -> None:
        return None

    def release(self, id: str, ticket: str) -> None:
        return None


class FailureQueue(Protocol):
    """Takes events that could not be processed. May raise Unavailable."""

    def put(self, record: Record, context: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Failure:
    """Why an event is set aside."""

    error: BaseException
    attempts: int
    first_at: datetime


class Processor:
    """Processes events, one at a time for each thread that calls it.

    context: what is told of an event that is set aside; stream: its name, for that.
    """

    def __init__(
        self,
        handler: Handler,
        memory: Memory,
        failures: FailureQueue,
        *,
        max_attempts: int,
        stream: str,
        context: Sequence[str],
    ) -> None:
        self._handler, self._memory, self._failures = handler, memory, failures
        self._max_attempts, self._stream, self._context = max_attempts, stream, context

    def process(self, event: Event, go_on: GoOn) -> None:
        """Process the event, however many attempts it takes, or set it aside. Raises Stopped where it is
        neither."""
        begun = time.monotonic()
        with tracer.start_as_current_span(
            "event", context=_senders_trace(event.body), kind=trace.SpanKind.CONSUMER
        ) as span:
            span.set_attribute("event.id", event.id)
            outcome = self._outcome(event, go_on)
            processed.add(1, {"outcome": outcome})
            duration.record(time.monotonic() - begun, {"outcome": outcome})

    def set_aside(self, record: Record, error: Rejected, go_on: GoOn) -> None:
        """A record that is no event goes where failed events go. Raises Stopped where it does not."""
        with tracer.start_as_current_span("event", kind=trace.SpanKind.CONSUMER):
            self._set_aside(record, Failure(error, 1, datetime.now(UTC)), go_on)
            processed.add(1, {"outcome": "rejected"})

    def _outcome(self, event: Event, go_on: GoOn) -> str:
        ticket = insistently(lambda: self._memory.claim(event.id), go_on)
        if ticket is None:
            logger.debug("processed before", extra={"event_id": event.id})
            return "seen"
        try:
            failure = self._attempt(event, go_on)
        except Stopped:
            self._let_go(event.id, ticket)
            raise
        if failure is not None:
            self._set_aside(event.record, failure, go_on)
        # Also what was set aside: it is dealt with, and comes again only by hand.
        insistently(lambda: self._memory.complete(event.id, ticket), go_on)
        return "done" if failure is None else "set_aside"

    def _attempt(self, event: Event, go_on: GoOn) -> Failure | None:
        """Why it failed, in the end; None where it is done."""
        first_at: datetime | None = None
        attempt = 1
        while True:
            if not go_on():
                raise Stopped
            try:
                self._handler(event)
            except Exception as error:
                first_at = first_at or datetime.now(UTC)
                about = {"event_id": event.id, "attempt": attempt}
                if isinstance(error, Rejected) or attempt >= self._max_attempts:
                    logger.error("event failed", extra=about, exc_info=error)
                    return Failure(error, attempt, first_at)
                logger.warning("attempt failed", extra=about, exc_info=error)
                attempt += 1
                pause(random.uniform(0.5, 1) * min(MAX_SECONDS, BASE_SECONDS * 2.0**attempt), go_on)  # noqa: S311
            else:
                return None

    def _set_aside(self, record: Record, failure: Failure, go_on: GoOn) -> None:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        known = {
            "stream": self._stream,
            "lane": record.lane,
            "sequence": record.sequence,
            "key": record.key,
            "attempts": str(failure.attempts),
            "error": f"{type(failure.error).__name__}: {failure.error}"[:LONGEST_ERROR],
            "first_failed_at": failure.first_at.isoformat(timespec="milliseconds"),
            "trace": carrier.get("traceparent", ""),
        }
        told = {name: known[name] for name in self._context if known[name]}
        insistently(lambda: self._failures.put(record, told), go_on)
        logger.error("event set aside", extra=told)

    def _let_go(self, id: str, ticket: str) -> None:
        try:
            self._memory.release(id, ticket)
        except Unavailable as error:
            logger.warning("an event stays claimed for a while", extra={"event_id": id}, exc_info=error)


def insistently(call: Callable[[], T], go_on: GoOn) -> T:
    """What `call` returns, once what it needs can be reached. Raises Stopped."""
    while True:
        try:
            return call()
        except Unavailable as error:
            logger.warning("waiting for what is away: %s", error)
        pause(AWAY_SECONDS, go_on)


def pause(seconds: float, go_on: GoOn) -> None:
    """Wait. Raises Stopped where processing ends meanwhile."""
    end = time.monotonic() + seconds
    while go_on():
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.1))
    raise Stopped


def _senders_trace(body: Body) -> Context:
    carrier = {name: body[name] for name in ("traceparent", "tracestate") if isinstance(body.get(name), str)}
    return propagate.extract(carrier)
