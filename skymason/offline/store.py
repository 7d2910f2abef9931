"""Where the offline cloud keeps its resources: a journal, one line of JSON for each change.

Appending is cheap whatever the size of the cloud, and several processes may share one folder: each reads what
the others appended before it acts. Opening a long journal rewrites it with what is left.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skymason.offline.view import StoredResource

JOURNAL = "cloud.jsonl"
_REWRITE_ABOVE = 4.0  # lines for each resource that is left
_SHORT = 1_000


class Journal:
    """The journal of one folder.

    Entries are `{'put': resource}`, `{'drop': [urn, id]}`, `{'note': {...}}`, and `{'restart': true}` where
    all that was read before no longer counts.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        folder.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        self._position = 0
        self._file = 0

    def read(self) -> Iterator[dict[str, Any]]:
        """Entries appended since the last reading, by whoever appended them."""
        now = self.path.stat()
        if now.st_ino != self._file:  # rewritten by another process, or never read
            self._file, self._position = now.st_ino, 0
            yield {"restart": True}
        if now.st_size == self._position:
            return
        with self.path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # another process is in the middle of this line
                self._position += len(line)
                yield json.loads(line)

    def append(self, *entries: dict[str, Any]) -> None:
        """Write entries as one piece."""
        if not entries:
            return
        text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries).encode()
        with self.path.open("ab") as file:
            behind = file.tell() == self._position
            file.write(text)
        if behind:
            self._position += len(text)

    def rewrite(self, entries: list[dict[str, Any]], lines_read: int) -> None:
        """Replace a journal that has grown long by the entries that still matter."""
        if lines_read < _SHORT or lines_read < _REWRITE_ABOVE * len(entries):
            return
        text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries)
        draft = self.path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.path)
        self._position, self._file = len(text.encode()), self.path.stat().st_ino

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from changing the cloud."""
        with self.path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)


def put(resource: StoredResource) -> dict[str, Any]:
    return {
        "put": {
            "urn": resource.urn,
            "type": resource.type,
            "name": resource.name,
            "id": resource.id,
            "inputs": resource.inputs,
            "outputs": resource.outputs,
        }
    }


def drop(resource: StoredResource) -> dict[str, Any]:
    return {"drop": [resource.urn, resource.id]}
