"""Events: as they are carried, and as they are understood."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Record:
    """An event as a stream or a store carries it.

    lane: the shard or partition. sequence: its place in that. key: what the producer chose the lane by.
    """

    lane: str
    sequence: str
    key: str
    time: datetime
    data: bytes = field(repr=False)

    def envelope(self, *, with_data: bool = True) -> str:
        """As one line of JSON, as the event store keeps it."""
        line = {
            "key": self.key,
            "lane": self.lane,
            "sequence": self.sequence,
            "time": int(self.time.timestamp() * 1000),
            "data": base64.b64encode(self.data).decode() if with_data else None,
        }
        return json.dumps(line, separators=(",", ":"))


def from_envelope(line: str | bytes) -> Record:
    """The record in a line of the event store. Raises ValueError for a line that holds none."""
    try:
        found = json.loads(line)
        return Record(
            lane=str(found["lane"]),
            sequence=str(found["sequence"]),
            key=str(found["key"]),
            time=datetime.fromtimestamp(int(found["time"]) / 1000, UTC),
            data=base64.b64decode(found["data"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"no event is in this line: {error!r}") from error


@dataclass(frozen=True)
class Event:
    """An event whose schema has been checked. id: the same whenever it comes. key: order is kept by it."""

    id: str
    key: str
    body: Mapping[str, Any]
    record: Record


def event_of(record: Record, body: Mapping[str, Any], ordering_key: str | None) -> Event:
    """The event in a record. Without an `id` of its own, its place in the stream tells it from others."""
    id, key = body.get("id"), body.get(ordering_key) if ordering_key else None
    return Event(
        id=str(id) if id is not None else f"{record.lane}:{record.sequence}",
        key=str(key) if key is not None else record.key,
        body=body,
        record=record,
    )
