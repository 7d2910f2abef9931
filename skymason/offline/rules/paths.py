"""Property paths: `a.b` and `a["b"]` below, `a[*]` items, `a{*}` values of a map, `a|json` parsed text.

A path finds what is there and nothing else: absent and null values are skipped, UNKNOWN ones are found as
UNKNOWN, whatever would have come below them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from skymason.plan.model import UNKNOWN

MISSING: Final = object()
"""What `first` gives where a path finds nothing."""

_STEP = re.compile(r'\["([^"]+)"\]|\.?([^.\[\]{}|]+)|(\[\*\])|(\{\*\})|(\|json)')
_ITEMS, _VALUES, _JSON = "[*]", "{*}", "|json"


class Path:
    """A compiled path."""

    __slots__ = ("plain", "steps", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps = tuple(match[1] or match[0].removeprefix(".") for match in _STEP.finditer(text))
        self.plain = not any(step in (_ITEMS, _VALUES, _JSON) for step in self.steps)
        if _STEP.sub("", text):
            raise ValueError(f"not a property path: {text!r}")

    def find(self, node: Any) -> Iterator[tuple[str, Any]]:
        """Every value that the path leads to, each with its own path (`a[0].b`)."""
        if self.plain:
            value = self.first(node)
            if value is not MISSING:
                yield self.text, value
        else:
            yield from _walk(node, self.steps, "")

    def first(self, node: Any) -> Any:
        """The first value that the path leads to, or MISSING."""
        if not self.plain:
            return next((value for _, value in _walk(node, self.steps, "")), MISSING)
        for step in self.steps:
            if node == UNKNOWN:
                return UNKNOWN
            if not isinstance(node, Mapping):
                return MISSING
            node = node.get(step)
        return MISSING if node is None else node

    def values(self, node: Any) -> list[Any]:
        return [value for _, value in self.find(node)]


@lru_cache(maxsize=4096)
def path(text: str) -> Path:
    """The compiled path for a text; the same text gives the same object."""
    return Path(text)


def _walk(node: Any, steps: tuple[str, ...], at: str) -> Iterator[tuple[str, Any]]:
    if node is None:
        return
    if not steps or node == UNKNOWN:
        yield at, node
        return
    step, rest = steps[0], steps[1:]
    if step == _ITEMS:
        if isinstance(node, list):
            for index, item in enumerate(node):
                yield from _walk(item, rest, f"{at}[{index}]")
    elif step == _VALUES:
        if isinstance(node, Mapping):
            for key, item in node.items():
                yield from _walk(item, rest, f"{at}.{key}" if at else str(key))
    elif step == _JSON:
        parsed = parsed_json(node)
        if parsed is not MISSING:
            yield from _walk(parsed, rest, at)
    elif isinstance(node, Mapping):
        yield from _walk(node.get(step), rest, f"{at}.{step}" if at else step)


def parsed_json(value: Any) -> Any:
    """The value of JSON text, the value itself where it is no text, UNKNOWN, or MISSING for other text."""
    if not isinstance(value, str):
        return value
    return UNKNOWN if UNKNOWN in value else _parsed(value)


@lru_cache(maxsize=2048)
def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return MISSING


def is_unknown(value: Any) -> bool:
    """Whether a value is unknown, or has an unknown at any depth, or is text with an unknown inside."""
    if isinstance(value, str):
        return UNKNOWN in value
    if isinstance(value, Mapping):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return False


def join(prefix: str, rest: str) -> str:
    """Two paths, the second below the first."""
    return f"{prefix}.{rest}" if prefix and rest and not rest.startswith("[") else prefix + rest


def shown(value: Any) -> str:
    """A value as an error message shows it: whole numbers without '.0', lists and maps as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
