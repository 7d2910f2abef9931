"""What changed between two versions of a resource's inputs, and whether that makes a new resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from skymason.offline.wire import UNKNOWN, child

_INDEX = re.compile(r"\[\d+\]")


class Change(NamedTuple):
    """One changed property. kind: 'add', 'delete' or 'update'."""

    path: str
    kind: str


def changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """The outermost paths at which two plain values differ. An unknown new value counts as a change."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = child(path, key)
            if key not in new or new[key] is None:
                if key in old and old[key] is not None:
                    yield Change(below, "delete")
            elif key not in old or old[key] is None:
                yield Change(below, "add")
            else:
                yield from changes(old[key], new[key], below)
    elif _list(old) and _list(new):
        for index in range(max(len(old), len(new))):
            below = child(path, index)
            if index >= len(new):
                yield Change(below, "delete")
            elif index >= len(old):
                yield Change(below, "add")
            else:
                yield from changes(old[index], new[index], below)
    elif old != new or new == UNKNOWN:
        yield Change(path, "update")


def _list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def covers(pattern: str, path: str) -> bool:
    """Whether a change at `path` touches what `pattern` names: the same, something below it, or all around it."""
    if pattern == "*":
        return True
    plain = _INDEX.sub("[*]", path)
    bare = _INDEX.sub("", path).replace("[*]", "")
    return any(_touches(pattern, shown) for shown in (plain, bare, path))


def _touches(pattern: str, path: str) -> bool:
    shorter, longer = sorted((pattern, path), key=len)
    return longer == shorter or (longer.startswith(shorter) and longer[len(shorter)] in ".[")


def ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether `ignoreChanges` hides a change; it never hides a wider change than it names."""
    return any(
        pattern == "*" or path == pattern or path.startswith((f"{pattern}.", f"{pattern}["))
        for pattern in patterns
    )
