"""A batch of one shard or partition: side by side where keys differ, in order where they are the same."""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zlib import crc32

from .errors import Rejected, Stopped
from .events import Event, Record, event_of
from .processing import GoOn, Processor, Reads, insistently

logger = logging.getLogger(__name__)


@dataclass
class _Work:
    record: Record
    event: Event | Rejected
    done: bool = False


class Lanes:
    """Processes batches with `parallelism` threads. Events of one key are always in the same part of a batch,
    and a batch is finished before the next one begins, so no two of them are ever in work together.

    It is a context manager: its threads end with it.
    """

    def __init__(
        self, processor: Processor, schemas: Reads, *, parallelism: int, ordering_key: str | None
    ) -> None:
        self._processor, self._schemas = processor, schemas
        self._parallelism, self._ordering_key = parallelism, ordering_key
        self._threads = ThreadPoolExecutor(parallelism, thread_name_prefix="lane")

    def __enter__(self) -> "Lanes":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    def process(self, records: Sequence[Record], go_on: GoOn) -> int:
        """Process the batch. Returns how many records, from the first one on, need not be read again: all of
        them, unless it was told not to go on."""
        parts: list[list[_Work]] = [[] for _ in range(self._parallelism)]
        batch: list[_Work] = []
        try:
            for record in records:
                work = _Work(record, self.understood(record, go_on))
                batch.append(work)
                key = work.event.key if isinstance(work.event, Event) else record.key
                parts[crc32(key.encode()) % self._parallelism].append(work)
        except Stopped:
            return 0
        running = [self._threads.submit(self._in_order, part, go_on) for part in parts if part]
        for part in running:
            part.result()
        return next((place for place, work in enumerate(batch) if not work.done), len(batch))

    def understood(self, record: Record, go_on: GoOn) -> Event | Rejected:
        """The event in a record, or why there is none. Raises Stopped."""
        try:
            body = insistently(lambda: self._schemas.read(record), go_on)
        except Rejected as error:
            return error
        return event_of(record, body, self._ordering_key)

    def _in_order(self, part: Sequence[_Work], go_on: GoOn) -> None:
        for work in part:
            if not go_on():
                return
            try:
                if isinstance(work.event, Rejected):
                    self._processor.set_aside(work.record, work.event, go_on)
                else:
                    self._processor.process(work.event, go_on)
            except Stopped:
                return
            work.done = True
