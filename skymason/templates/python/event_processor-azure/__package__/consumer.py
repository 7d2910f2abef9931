"""Reads the partitions of an event hub. The SDK shares them with the other replicas, by blobs."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from azure.eventhub import EventHubConsumerClient
from azure.eventhub.exceptions import EventHubError
from azure.eventhub.extensions.checkpointstoreblob import BlobCheckpointStore
from opentelemetry import metrics

from .azure_identity import credential
from .events import Record
from .lanes import Lanes
from .parts import lanes_of
from .processing import Processor, Reads
from .settings import Settings

SILENT_SECONDS = 120.0
"""The SDK calls at least every few seconds, also where nothing has come."""
STUCK_SECONDS = 600.0
"""A batch that has been worked on for so long will not end."""
AGAIN_SECONDS = 5.0
"""Before the event hub is connected to again."""
OWNER_LEVEL = 0
"""Readers of a level end those that read the same partition before them: never two at once."""

logger = logging.getLogger(__name__)
behind = metrics.get_meter(__name__).create_gauge(
    "processor.behind", unit="s", description="Age of the last event that was read, by partition"
)

OpenClient = Callable[[], Any]
"""Connects to the event hub: an EventHubConsumerClient."""


class Consumer:
    """Processes what the SDK hands over, batch by batch, and checkpoints what is done.

    Order: the SDK calls with one batch at a time, and a batch is finished before it returns.
    """

    def __init__(
        self,
        open_client: OpenClient,
        lanes: Lanes,
        stopping: threading.Event,
        *,
        batch_size: int,
        window_seconds: float,
    ) -> None:
        self._open, self._lanes, self._stopping = open_client, lanes, stopping
        self._size, self._window = batch_size, window_seconds
        self._beat = 0.0
        self._working_since: float | None = None

    # What the health server asks.

    @property
    def started(self) -> bool:
        return self._beat > 0

    @property
    def ready(self) -> bool:
        return self.started and not self._stopping.is_set()

    def problem(self) -> str | None:
        """Why it does not go on; None while all is well."""
        since, now = self._working_since, time.monotonic()
        if since is not None:
            return "does not get on with a batch" if now - since > STUCK_SECONDS else None
        if self.started and now - self._beat > SILENT_SECONDS:
            return f"was not called for {now - self._beat:.0f} s"
        return None

    def run(self) -> None:
        """Work until told to stop; then finish what is begun, and leave the partitions to the others."""
        self._beat = time.monotonic()
        with self._lanes:
            while not self._stopping.is_set():
                try:
                    self._receive()
                except (EventHubError, AzureError, OSError):
                    logger.exception("the event hub cannot be reached")
                    self._beat = time.monotonic()
                    self._stopping.wait(AGAIN_SECONDS)

    def _receive(self) -> None:
        client = self._open()
        ended = threading.Event()

        def end() -> None:
            while not self._stopping.wait(0.1) and not ended.is_set():
                pass
            # It returns from `receive_batch` once the batch in work is done.
            client.close()

        closing = threading.Thread(target=end, name="closing", daemon=True)
        closing.start()
        try:
            client.receive_batch(
                self.handle,
                max_batch_size=self._size,
                max_wait_time=self._window,
                # From the oldest one, where there is no checkpoint.
                starting_position="-1",
                owner_level=OWNER_LEVEL,
                on_error=_told,
            )
        finally:
            ended.set()
            closing.join()

    def handle(self, partition: Any, events: Sequence[Any]) -> None:
        """Process a batch of one partition. An empty one only says that nothing has come."""
        self._beat = time.monotonic()
        if not events or self._stopping.is_set():
            return
        self._working_since = self._beat
        try:
            records = [_record(partition.partition_id, event) for event in events]
            behind.set(time.time() - records[-1].time.timestamp(), {"partition": partition.partition_id})
            done = self._lanes.process(records, lambda: not self._stopping.is_set())
            if done:
                partition.update_checkpoint(events[done - 1])
        finally:
            self._working_since = None
            self._beat = time.monotonic()


def open_consumer(
    settings: Settings, processor: Processor, schemas: Reads, stopping: threading.Event
) -> Consumer:
    """The consumer that the settings ask for."""
    place = urlsplit(settings.checkpoint_container_url)

    def open_client() -> EventHubConsumerClient:
        store = BlobCheckpointStore(
            f"{place.scheme}://{place.netloc}", place.path.strip("/"), credential=credential()
        )
        return EventHubConsumerClient(
            settings.stream_namespace,
            settings.stream_name,
            settings.consumer_group,
            credential(),
            checkpoint_store=store,
        )

    return Consumer(
        open_client,
        lanes_of(settings, processor, schemas),
        stopping,
        batch_size=settings.batch_size,
        window_seconds=max(settings.batch_window_seconds, 0.1),
    )


def _record(partition: str, event: Any) -> Record:
    key = event.partition_key
    return Record(
        lane=partition,
        sequence=str(event.sequence_number),
        key=key.decode() if isinstance(key, bytes) else str(key or ""),
        time=event.enqueued_time,
        data=b"".join(event.body),
    )


def _told(partition: Any, error: Exception) -> None:
    lane = partition.partition_id if partition is not None else None
    logger.warning("the event hub reports an error", extra={"lane": lane}, exc_info=error)
