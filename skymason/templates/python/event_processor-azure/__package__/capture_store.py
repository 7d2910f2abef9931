"""The event store in Blob Storage, as Event Hubs Capture writes it."""

import heapq
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import fastavro

from .events import Record

MARGIN = timedelta(hours=1)
"""A blob is named by the time when it was begun, and holds what came until it was full."""
NAME = re.compile(r"/(?P<lane>\d+)/(?P<time>\d{4}/\d\d/\d\d/\d\d/\d\d/\d\d)\.avro$")
"""{namespace}/{event hub}/{partition}/{year}/{month}/{day}/{hour}/{minute}/{second}.avro"""
KEY = "x-opt-partition-key"


class CaptureStore:
    """Blobs under a prefix, each with events of one partition."""

    def __init__(self, container: Any, prefix: str) -> None:
        self._container, self._prefix = container, prefix

    def records(self, first: datetime | None, last: datetime | None) -> Iterator[Record]:
        """Records of the blobs between two times, by the time when they came; some are earlier or later than
        asked for. None: from the first one, to the last one."""
        lanes: dict[str, list[tuple[datetime, str]]] = {}
        for blob in self._container.list_blobs(name_starts_with=self._prefix):
            found = NAME.search("/" + blob.name)
            if found is None:
                continue
            begun = datetime.strptime(found["time"], "%Y/%m/%d/%H/%M/%S").replace(tzinfo=UTC)
            if (first is None or begun >= first - MARGIN) and (last is None or begun <= last):
                lanes.setdefault(found["lane"], []).append((begun, blob.name))
        # One blob of each partition is held at a time.
        yield from heapq.merge(
            *(self._of_lane(lane, sorted(blobs)) for lane, blobs in sorted(lanes.items())),
            key=lambda record: record.time,
        )

    def _of_lane(self, lane: str, blobs: list[tuple[datetime, str]]) -> Iterator[Record]:
        for _, name in blobs:
            data = self._container.download_blob(name).readall()
            for event in fastavro.reader(io.BytesIO(data)):
                yield _record(lane, event)


def _record(lane: str, event: Any) -> Record:
    return Record(
        lane=lane,
        sequence=str(event["SequenceNumber"]),
        key=str(event["SystemProperties"].get(KEY) or ""),
        time=_time(event["EnqueuedTimeUtc"]),
        data=event["Body"] or b"",
    )


def _time(text: str) -> datetime:
    """Capture writes `3/1/2026 12:00:00 PM`."""
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
