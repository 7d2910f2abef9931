"""Reads the shards of a Kinesis stream, shared with the other replicas by leases."""

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping

from opentelemetry import metrics

from . import sharing
from .aws import client, region_of
from .errors import Stopped, Unavailable
from .lanes import Lanes
from .leases import END, Lease, LeaseTable
from .parts import lanes_of
from .processing import Processor, Reads, insistently
from .settings import Settings
from .shard_reader import FanOutReader, PollingReader, ShardReader
from .stream_shards import shards_of

BEAT_SECONDS = 3.0
"""Between two looks at the leases."""
LEASE_SECONDS = 15.0
"""A replica that could not renew a lease for so long does nothing more with its shard."""
FREE_SECONDS = 20.0
"""A lease that was not renewed for so long may be taken: later than its owner has let go of it."""
LIST_SECONDS = 30.0
"""Between two looks at the shards of the stream."""
STUCK_SECONDS = 600.0
"""A batch that has been worked on for so long will not end."""

logger = logging.getLogger(__name__)
behind = metrics.get_meter(__name__).create_gauge(
    "processor.behind", unit="s", description="Age of the last event that was read, by shard"
)

ListShards = Callable[[], Mapping[str, tuple[str, ...]]]
"""Shards of the stream, each with the shards that come before it. Raises Unavailable."""
OpenReader = Callable[[str, str], ShardReader]
"""Reads a shard from behind a sequence."""
OpenLanes = Callable[[], Lanes]


class Shard(threading.Thread):
    """One shard, for as long as this replica holds its lease: read, process, checkpoint.

    Order: the lease is released only when nothing of the shard is in work any more.
    """

    def __init__(
        self,
        lease: Lease,
        worker: str,
        table: LeaseTable,
        reader: ShardReader,
        lanes: Lanes,
        stopping: threading.Event,
    ) -> None:
        super().__init__(name=lease.key, daemon=True)
        self.shard, self._worker, self._table = lease.key, worker, table
        self._reader, self._lanes, self._stopping = reader, lanes, stopping
        self._leaving = threading.Event()
        self.renewed = self.moved = time.monotonic()

    def leave(self) -> None:
        """Finish what is begun, and let others have the shard."""
        self._leaving.set()

    @property
    def leaving(self) -> bool:
        return self._leaving.is_set()

    def lose(self) -> None:
        """The shard is somebody else's."""
        self.renewed = float("-inf")
        self._leaving.set()

    def _held(self) -> bool:
        return time.monotonic() - self.renewed < LEASE_SECONDS

    def _go_on(self) -> bool:
        return self._held() and not self._leaving.is_set() and not self._stopping.is_set()

    def run(self) -> None:
        logger.info("reading", extra={"shard": self.shard})
        try:
            with self._lanes:
                self._process()
            if self._held():
                insistently(lambda: self._table.release(self.shard, self._worker), self._held)
        except Stopped:
            logger.warning("the shard is somebody else's", extra={"shard": self.shard})
        except Exception:
            # The lease ends by itself, and another replica, or this one, begins anew.
            logger.exception("reading failed", extra={"shard": self.shard})
        finally:
            self._reader.close()
        logger.info("no longer reading", extra={"shard": self.shard})

    def _process(self) -> None:
        while self._go_on():
            try:
                batch = self._reader.read(self._go_on)
            except Stopped:
                return
            self.moved = time.monotonic()
            behind.set(batch.behind_seconds, {"shard": self.shard})
            done = self._lanes.process(batch.records, self._go_on)
            if done:
                self._checkpoint(batch.records[done - 1].sequence)
            if done < len(batch.records):
                return
            if batch.ended:
                self._checkpoint(END)
                logger.info("read to its end", extra={"shard": self.shard})
                return

    def _checkpoint(self, sequence: str) -> None:
        self.moved = time.monotonic()
        kept = insistently(lambda: self._table.checkpoint(self.shard, self._worker, sequence), self._held)
        if not kept:
            self.lose()
            raise Stopped


class Consumer:
    """Takes its part of the shards, and gives back what is too much for its part.

    stopping: set to end it. worker: its name among the replicas.
    """

    def __init__(
        self,
        table: LeaseTable,
        list_shards: ListShards,
        open_reader: OpenReader,
        open_lanes: OpenLanes,
        stopping: threading.Event,
        worker: str = "",
    ) -> None:
        self._table, self._list_shards = table, list_shards
        self._open_reader, self._open_lanes, self._stopping = open_reader, open_lanes, stopping
        self.worker = worker or f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        self._shards: dict[str, Shard] = {}
        self._counts: dict[str, tuple[int, float]] = {}
        self._listed_at = float("-inf")
        self._beat = 0.0

    # What the health server asks.

    @property
    def started(self) -> bool:
        return self._beat > 0

    @property
    def ready(self) -> bool:
        return self.started and not self._stopping.is_set()

    def problem(self) -> str | None:
        """Why it does not go on; None while all is well."""
        silent = time.monotonic() - self._beat
        if self.started and silent > 10 * BEAT_SECONDS:
            return f"has not looked at its leases for {silent:.0f} s"
        stuck = [
            shard.shard
            for shard in list(self._shards.values())
            if shard.is_alive() and time.monotonic() - shard.moved > STUCK_SECONDS
        ]
        return f"does not get on with {', '.join(stuck)}" if stuck else None

    @property
    def reading(self) -> list[str]:
        """Shards that it reads."""
        return sorted(key for key, shard in self._shards.items() if shard.is_alive())

    def run(self) -> None:
        """Work until told to stop; then finish what is begun, and leave the shards to the others."""
        while not self._stopping.is_set():
            self._beat = time.monotonic()
            try:
                self.look()
            except Unavailable as error:
                logger.warning("the leases cannot be reached: %s", error)
            self._stopping.wait(BEAT_SECONDS)
        while any(shard.is_alive() for shard in self._shards.values()):
            self._beat = time.monotonic()
            self._renew()
            time.sleep(0.05)
        try:
            self._table.leave(self.worker)
        except Unavailable as error:
            logger.warning("the others learn late that this replica is gone: %s", error)

    def look(self) -> None:
        """One look at the leases: renew, and take or give back."""
        self._table.beat(self.worker)
        self._renew()
        leases = self._table.all()
        self._watch(leases)
        if self._due():
            leases = self._listed(leases)
        silent = self._silent(leases)
        workers = sharing.alive(leases, silent)
        self._forget(leases, silent)
        candidates = sharing.readable(leases)
        mine = sharing.quota(self.worker, workers, len(candidates))
        held = [shard for shard in self._shards.values() if not shard.leaving]
        for shard in held[mine:]:
            logger.info("leaving a shard to others", extra={"shard": shard.shard})
            shard.leave()
        missing = mine - len(held)
        for lease in sharing.free(candidates, silent)[: max(0, missing)]:
            if lease.key not in self._shards and self._table.take(lease, self.worker):
                self._begin(lease)

    def _begin(self, lease: Lease) -> None:
        reader = self._open_reader(lease.key, lease.checkpoint)
        shard = Shard(lease, self.worker, self._table, reader, self._open_lanes(), self._stopping)
        self._shards[lease.key] = shard
        shard.start()

    def _renew(self) -> None:
        for key, shard in list(self._shards.items()):
            if not shard.is_alive():
                del self._shards[key]
                # Its children may be read now.
                self._listed_at = float("-inf")
                continue
            begun = time.monotonic()
            try:
                if self._table.renew(key, self.worker):
                    shard.renewed = begun
                else:
                    shard.lose()
            except Unavailable as error:
                logger.warning("a lease was not renewed: %s", error, extra={"shard": key})

    def _watch(self, leases: Mapping[str, Lease]) -> None:
        now = time.monotonic()
        for key, lease in leases.items():
            if self._counts.get(key, (-1, 0.0))[0] != lease.counter:
                self._counts[key] = (lease.counter, now)
        for key in self._counts.keys() - leases.keys():
            del self._counts[key]

    def _silent(self, leases: Mapping[str, Lease]) -> set[str]:
        now = time.monotonic()
        return {key for key in leases if key in self._counts and now - self._counts[key][1] > FREE_SECONDS}

    def _due(self) -> bool:
        return time.monotonic() - self._listed_at > LIST_SECONDS

    def _listed(self, leases: Mapping[str, Lease]) -> dict[str, Lease]:
        """The leases, with those of new shards, without those of shards that are gone."""
        shards = self._list_shards()
        self._listed_at = time.monotonic()
        new = [key for key in shards if key not in leases]
        for key in new:
            self._table.add(key, shards[key])
        for lease in sharing.gone(leases, shards.keys()):
            if not lease.ended:
                logger.error("a shard expired before it was read to its end", extra={"shard": lease.key})
            self._table.remove(lease)
        return self._table.all() if new else {**leases}

    def _forget(self, leases: Mapping[str, Lease], silent: set[str]) -> None:
        for key in silent:
            if leases[key].is_worker:
                self._table.remove(leases[key])


def open_consumer(
    settings: Settings, processor: Processor, schemas: Reads, stopping: threading.Event
) -> Consumer:
    """The consumer that the settings ask for."""
    region = region_of(settings.stream_arn)
    kinesis = client("kinesis", region=region, read_seconds=30, connections=100)
    size, window = settings.batch_size, settings.batch_window_seconds

    def list_shards() -> dict[str, tuple[str, ...]]:
        return shards_of(kinesis, settings.stream_arn)

    def open_reader(shard: str, after: str) -> ShardReader:
        if settings.consumer_arn:
            channel = settings.consumer_arn
            return FanOutReader(kinesis, channel, shard, after, size=size, window_seconds=window)
        return PollingReader(kinesis, settings.stream_arn, shard, after, size=size, window_seconds=window)

    return Consumer(
        LeaseTable(client("dynamodb", region=region, connections=100), settings.lease_table),
        list_shards,
        open_reader,
        lambda: lanes_of(settings, processor, schemas),
        stopping,
    )
