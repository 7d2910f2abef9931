"""Property paths of plain values: `spec.containers[0].env`, `labels["a.b/c"]` for a key that is no word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from skymason.plan.model import UNKNOWN

HIDDEN = "[secret]"
"""What stands for a secret value that cannot be read; the engine's own spelling."""
LATER = "[known after deployment]"
"""What stands for a value that a preview cannot know."""

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*\Z")
_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')
_INDEX = re.compile(r"\[\d+\]")


def child(path: str, key: str | int) -> str:
    """The path of an entry of the map or list at `path`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if _PLAIN_KEY.match(key):
        return f"{path}.{key}" if path else key
    return f'{path}["{key}"]'


def lookup(value: Any, path: str) -> Any:
    """The value at a path; None where there is nothing, UNKNOWN below something unknown."""
    for quoted, index, key in _STEP.findall(path):
        if isinstance(value, Mapping) and not index:
            value = value.get(quoted or key)
        elif index and isinstance(value, (list, tuple)) and int(index) < len(value):
            value = value[int(index)]
        else:
            return UNKNOWN if value == UNKNOWN else None
    return value


def head(path: str) -> str:
    """The top-level property of a path."""
    found = _STEP.match(path)
    return (found.group(1) or found.group(3) or "") if found is not None else ""


class Change(NamedTuple):
    """One changed property. kind: 'add', 'delete' or 'update'."""

    path: str
    kind: str


def changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """The outermost paths at which two plain values differ. An unknown new value counts as a change."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            before, after = old.get(key), new.get(key)
            yield from _entry(before, after, child(path, key))
    elif _is_list(old) and _is_list(new):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            yield from _entry(before, after, child(path, index))
    elif old != new or new == UNKNOWN:
        yield Change(path, "update")


def _entry(before: Any, after: Any, path: str) -> Iterator[Change]:
    """Null means that there is nothing."""
    if before is None and after is None:
        return
    if after is None:
        yield Change(path, "delete")
    elif before is None:
        yield Change(path, "add")
    else:
        yield from changes(before, after, path)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def covers(pattern: str, path: str) -> bool:
    """Whether a change at `path` touches what `pattern` names: that, something inside it, or all around it.

    A pattern may leave indices out, or write `[*]` for any; '*' alone means everything.
    """
    if pattern == "*":
        return True
    shown = path if _INDEX.search(pattern) else _INDEX.sub("", path)
    return _touches(pattern.replace("[*]", ""), shown)


def _touches(pattern: str, path: str) -> bool:
    return pattern == path or _within(path, pattern) or _within(pattern, path)


def _within(inner: str, outer: str) -> bool:
    return inner.startswith((f"{outer}.", f"{outer}["))


def hidden_by(path: str, patterns: Sequence[str]) -> bool:
    """Whether `ignoreChanges` hides a change; it never hides a wider change than it names."""
    return any(pattern == "*" or path == pattern or _within(path, pattern) for pattern in patterns)
