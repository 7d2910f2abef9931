"""Takes messages, has them handled, and answers for each: done, again later, or never."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from opentelemetry import metrics, propagate, trace

from .backoff import Backoff
from .message_queue import Message, MessageQueue, TransportError

OVERRUN = 2
"""A message that has been worked on for so many times its visibility will not end any more."""
TICK_SECONDS = 0.5
ERROR_SECONDS = 5.0
"""Before the queue is asked again after it could not be reached."""

logger = logging.getLogger(__name__)
tracer = trace.get_tracer(__name__)
meter = metrics.get_meter(__name__)
processed = meter.create_counter("worker.messages", description="Messages by outcome")
duration = meter.create_histogram("worker.message.duration", unit="s")

Handler = Callable[[Message], None]
"""Does the work of one message. Returns when it is done; raises Rejected, or anything else to try again."""


class Rejected(Exception):
    """The message can never be done: it is not what was agreed. Trying again would change nothing."""


@dataclass(frozen=True)
class Limits:
    """concurrency: messages at once. max_attempts: until a message goes to the dead letters. The rest in
    seconds: visibility, as the queue has it; processing, that one message takes at most."""

    concurrency: int
    max_attempts: int
    visibility_seconds: float
    processing_seconds: float
    long_poll_seconds: float = 20


@dataclass
class _Work:
    message: Message
    begun: float = field(default_factory=time.monotonic)
    prolonged: float = field(default_factory=time.monotonic)
    given_up: bool = False


class Consumer:
    """One loop that receives, a thread for each message in work, and a heartbeat that keeps these hidden.

    It receives no more than it can begin at once, so that no message waits here while others could do it.
    Order of a group is the queue's to keep: it hands out no message of a group while another of it is in
    work, and a message that failed stays in front of its group for as long as it is hidden.
    """

    def __init__(
        self,
        queue: MessageQueue,
        handler: Handler,
        limits: Limits,
        backoff: Backoff,
        stopping: threading.Event,
    ) -> None:
        self._queue, self._handler, self._limits = queue, handler, limits
        self._backoff, self._stopping = backoff, stopping
        self._free = threading.Semaphore(limits.concurrency)
        self._working: dict[int, _Work] = {}
        self._lock = threading.Lock()
        self._beat = 0.0

    # What the health server asks.

    @property
    def started(self) -> bool:
        return self._beat > 0

    @property
    def ready(self) -> bool:
        return self.started and not self._stopping.is_set()

    def problem(self) -> str | None:
        """Why it does not go on: the loop is dead, or a message never ends. None while all is well."""
        silent = time.monotonic() - self._beat
        patience = self._limits.long_poll_seconds + 60
        if self.started and silent > patience:
            return f"has not asked for messages for {silent:.0f} s"
        stuck = [work.message.id for work in self._in_work() if self._overran(work)]
        return f"does not finish {', '.join(stuck)}" if stuck else None

    # The loop.

    def run(self) -> None:
        """Work until told to stop; then finish what is begun, and give back what does not end in time."""
        heart = threading.Thread(target=self._keep_hidden, name="heartbeat", daemon=True)
        self._beat = time.monotonic()
        heart.start()
        while not self._stopping.is_set():
            self._beat = time.monotonic()
            slots = self._take_slots()
            if slots:
                self._start(self._receive(slots), slots)
        self._finish()

    def _take_slots(self) -> int:
        """How many messages can be begun now: none, where all are in work for a while yet."""
        if not self._free.acquire(timeout=TICK_SECONDS):
            return 0
        slots = 1
        while slots < self._queue.batch and self._free.acquire(blocking=False):
            slots += 1
        return slots

    def _receive(self, slots: int) -> Sequence[Message]:
        try:
            return self._queue.receive(slots)
        except TransportError:
            logger.exception("the queue does not answer")
            self._stopping.wait(ERROR_SECONDS)
            return ()

    def _start(self, messages: Sequence[Message], slots: int) -> None:
        for _ in range(slots - len(messages)):
            self._free.release()
        for message in messages:
            if self._stopping.is_set():
                # It came while the process was told to stop: another replica takes it at once.
                self._answer(self._queue.give_back, message, 0.0)
                self._free.release()
                continue
            work = _Work(message)
            with self._lock:
                self._working[id(work)] = work
            # A thread that hangs must not keep the process from ending.
            threading.Thread(
                target=self._work, args=(work,), name=f"message-{message.id}", daemon=True
            ).start()

    def _work(self, work: _Work) -> None:
        try:
            self._attempt(work)
        finally:
            with self._lock:
                self._working.pop(id(work), None)
            self._free.release()

    def _attempt(self, work: _Work) -> None:
        message, outcome = work.message, "done"
        with tracer.start_as_current_span(
            "message", context=propagate.extract(dict(message.attributes)), kind=trace.SpanKind.CONSUMER
        ) as span:
            about = {"message_id": message.id, "attempt": message.attempt}
            span.set_attribute("messaging.message.id", message.id)
            span.set_attribute("messaging.attempt", message.attempt)
            try:
                self._handler(message)
            except Exception as error:
                span.record_exception(error)
                span.set_status(trace.StatusCode.ERROR)
                outcome = self._failed(work, error, about)
            else:
                if not work.given_up:
                    self._answer(self._queue.acknowledge, message)
                logger.info("message done", extra={**about, "seconds": round(_since(work.begun), 3)})
            processed.add(1, {"outcome": outcome})
            duration.record(_since(work.begun), {"outcome": outcome})

    def _failed(self, work: _Work, error: Exception, about: Mapping[str, object]) -> str:
        message = work.message
        if work.given_up:
            return "given_up"
        if isinstance(error, Rejected):
            logger.error("message rejected: %s", error, extra=dict(about))
            self._answer(self._queue.reject, message, str(error))
            return "rejected"
        if message.attempt >= self._limits.max_attempts:
            logger.error("last attempt failed: to the dead letters", extra=dict(about), exc_info=error)
            self._answer(self._queue.reject, message, repr(error))
            return "dead"
        wait = self._backoff.wait(message.attempt)
        logger.warning("attempt failed", extra={**about, "again_in_seconds": round(wait, 1)}, exc_info=error)
        self._answer(self._queue.give_back, message, wait)
        return "again"

    def _answer(self, method: Callable[..., None], *arguments: object) -> None:
        """Tell the queue. Where that fails the message comes back when its time is up, and is done again."""
        try:
            method(*arguments)
        except TransportError:
            logger.exception("the queue was not told; the message will come again")

    # Beside the loop.

    def _in_work(self) -> list[_Work]:
        with self._lock:
            return list(self._working.values())

    def _overran(self, work: _Work) -> bool:
        return _since(work.begun) > OVERRUN * self._limits.visibility_seconds

    def _keep_hidden(self) -> None:
        """Prolong what is in work, at half its time; not what will not end: another replica shall try it."""
        half = self._limits.visibility_seconds / 2
        while True:
            time.sleep(min(TICK_SECONDS, half / 4))
            for work in self._in_work():
                if _since(work.prolonged) < half or work.given_up or self._overran(work):
                    continue
                work.prolonged = time.monotonic()
                logger.warning(
                    "message takes long",
                    extra={"message_id": work.message.id, "seconds": round(_since(work.begun))},
                )
                self._answer(self._queue.prolong, work.message)

    def _finish(self) -> None:
        """Wait for what is in work, for as long as a message may take; then give it back."""
        end = time.monotonic() + self._limits.processing_seconds
        while self._in_work() and time.monotonic() < end:
            time.sleep(0.02)
        for work in self._in_work():
            work.given_up = True
            logger.error("not finished in time: given back", extra={"message_id": work.message.id})
            self._answer(self._queue.give_back, work.message, 0.0)
        self._queue.close()


def _since(moment: float) -> float:
    return time.monotonic() - moment
