"""The past, processed again: events from the store go where those of the stream go.

A run remembers its events under a scope of its own (IDEMPOTENCY_SCOPE): each is processed once a run, also
where it was processed before; and a run that is started again after it ended halfway goes on where it was.
"""

import heapq
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import count, islice

from . import logs, telemetry
from .events import Event, Record
from .lanes import Lanes
from .parts import handler_of, lanes_of, processor_of, schemas_of
from .places import open_store
from .service_settings import load
from .settings import ReplaySettings
from .stopping import on_signal

REORDER = timedelta(seconds=60)
"""Events are put into the store in a different order than they came, by so much at most: as long as the
store's writer collects them."""
EX_TEMPFAIL = 75
"""Exit code of a run that was stopped before its end."""

logger = logging.getLogger(__name__)


class Replay:
    """A run. lanes: what processes events. stopping: set to end it."""

    def __init__(self, settings: ReplaySettings, lanes: Lanes, stopping: threading.Event) -> None:
        self._settings, self._lanes, self._stopping = settings, lanes, stopping
        self.processed = 0

    def run(self, records: Iterable[Record]) -> bool:
        """Process the records that are asked for. Returns whether that came to its end."""
        per_second = self._settings.replay_events_per_second
        chosen = self._chosen(in_order(records))
        size = max(1, min(self._settings.batch_size, int(per_second)))
        begun = time.monotonic()
        while batch := list(islice(chosen, size)):
            # The rate is that of the whole run: what was slow may be caught up with.
            if self._stopping.wait(max(0.0, begun + self.processed / per_second - time.monotonic())):
                return False
            done = self._lanes.process(batch, lambda: not self._stopping.is_set())
            self.processed += done
            if done < len(batch):
                return False
            logger.info("replayed", extra={"events": self.processed, "until": str(batch[-1].time)})
        return not self._stopping.is_set()

    def _chosen(self, records: Iterable[Record]) -> Iterator[Record]:
        settings = self._settings
        for record in records:
            if settings.replay_from is not None and record.time < settings.replay_from:
                continue
            if settings.replay_to is not None and record.time >= settings.replay_to:
                continue
            if settings.replay_key is None or self._key(record) == settings.replay_key:
                yield record

    def _key(self, record: Record) -> str:
        event = self._lanes.understood(record, lambda: not self._stopping.is_set())
        return event.key if isinstance(event, Event) else record.key


def in_order(records: Iterable[Record]) -> Iterator[Record]:
    """Records by time, and by sequence where they came at one time. They may be out of order by REORDER."""
    waiting: list[tuple[float, int, int, Record]] = []
    numbers, newest = count(), float("-inf")
    for record in records:
        moment = record.time.timestamp()
        newest = max(newest, moment)
        sequence = int(record.sequence) if record.sequence.isdecimal() else 0
        heapq.heappush(waiting, (moment, sequence, next(numbers), record))
        while waiting and waiting[0][0] < newest - REORDER.total_seconds():
            yield heapq.heappop(waiting)[-1]
    while waiting:
        yield heapq.heappop(waiting)[-1]


def main(stop: Callable[[], threading.Event] = on_signal) -> int:
    """Run as `replay`, told by REPLAY_FROM, REPLAY_TO and REPLAY_KEY. Returns the process's exit code."""
    settings = load(ReplaySettings)
    logs.configure(settings.service_name, settings.environment, settings.log_level)
    flush = telemetry.start(settings.service_name, settings.environment)
    stopping, store = stop(), open_store(settings)
    processor = processor_of(settings, handler_of(settings), "replay")
    with lanes_of(settings, processor, schemas_of(settings)) as lanes:
        run = Replay(settings, lanes, stopping)
        try:
            ended = run.run(store.records(settings.replay_from, settings.replay_to))
        except Exception:
            logger.exception("the replay failed", extra={"events": run.processed})
            return 1
        finally:
            flush()
    logger.info("replay %s", "ended" if ended else "stopped", extra={"events": run.processed})
    return 0 if ended else EX_TEMPFAIL


if __name__ == "__main__":
    sys.exit(main())
