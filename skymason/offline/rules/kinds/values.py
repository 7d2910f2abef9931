"""Kinds that look at one value by itself."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from skymason.offline.rules.paths import is_unknown, path, shown
from skymason.offline.rules.subject import Check, Finding, Subject


def number(value: Any) -> float | None:
    """A number, or None for what is none; numbers in text count, as they do in the providers."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _each_known(property: str, fails: Callable[[Any], Mapping[str, Any] | None]) -> Check:
    """A check of every known value at a path, on its own."""
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            if not is_unknown(value) and (words := fails(value)) is not None:
                yield found, {"value": value, **words}

    return check


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()


SIZES: Final[dict[str, Callable[[str], int]]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode()),
    "decoded": lambda text: len(_decoded(text)),
    "policy": lambda text: len(re.sub(r"\s", "", text)),
}


def length(property: str, max: int = 2**63, min: int = 0, unit: str = "characters") -> Check:
    """A text has between `min` and `max` characters, bytes, bytes once decoded from base64, or, as IAM counts
    a policy, characters that are not white space."""
    size = SIZES[unit]
    words = {"min": min, "max": max}

    def fails(value: Any) -> Mapping[str, Any] | None:
        return (
            {**words, "size": size(value)}
            if isinstance(value, str) and not min <= size(value) <= max
            else None
        )

    return _each_known(property, fails)


def pattern(property: str, pattern: str) -> Check:
    """A text matches a regular expression as a whole."""
    expression = re.compile(pattern)
    return _each_known(
        property,
        lambda value: (
            {"pattern": pattern} if isinstance(value, str) and not expression.fullmatch(value) else None
        ),
    )


def excluded(property: str, values: Collection[Any] = (), pattern: str = "") -> Check:
    """A value is none of the reserved ones, and no part of it matches the pattern."""
    expression = re.compile(pattern) if pattern else None

    def fails(value: Any) -> Mapping[str, Any] | None:
        hit = expression.search(value) if expression and isinstance(value, str) else None
        return {"part": hit.group(0) if hit else value} if hit or value in values else None

    return _each_known(property, fails)


def enum(property: str, allowed: Collection[Any], ignore_case: bool = False) -> Check:
    """A value is one of those allowed."""
    known = frozenset(str(item).lower() if ignore_case else item for item in allowed)
    listed = ", ".join(str(item) for item in allowed)

    def fails(value: Any) -> Mapping[str, Any] | None:
        if isinstance(value, (list, Mapping)):
            return None
        return {"allowed": listed} if (shown(value).lower() if ignore_case else value) not in known else None

    return _each_known(property, fails)


def range_(
    property: str, min: float = -(2**63), max: float = 2**63, step: float = 0, also: Collection[Any] = ()
) -> Check:
    """A number lies between `min` and `max`, on a multiple of `step`, or is one of `also`."""

    def fails(value: Any) -> Mapping[str, Any] | None:
        figure = number(value)
        if figure is None or figure in also or (min <= figure <= max and not (step and figure % step)):
            return None
        return {"min": min, "max": max}

    return _each_known(property, fails)


def map_entries(
    property: str,
    max_items: int = 2**63,
    key_max: int = 2**63,
    value_max: int = 2**63,
    key_pattern: str = "",
    value_pattern: str = "",
    key_excluded: str = "",
) -> Check:
    """The keys and values of a map have the right number, lengths and characters."""
    keys, values, reserved = (
        re.compile(text) if text else None for text in (key_pattern, value_pattern, key_excluded)
    )
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, entries in at.find(subject.node):
            if not isinstance(entries, Mapping):
                continue
            if len(entries) > max_items:
                yield found, {"count": len(entries), "max": max_items}
            for key, value in entries.items():
                if is_unknown(key):
                    continue
                wrong_key = (
                    len(key) > key_max
                    or (keys is not None and not keys.fullmatch(key))
                    or (reserved is not None and reserved.search(key) is not None)
                )
                text = value if isinstance(value, str) and not is_unknown(value) else None
                wrong_value = text is not None and (
                    len(text) > value_max or (values is not None and not values.fullmatch(text))
                )
                if wrong_key or wrong_value:
                    yield f"{found}.{key}", {"key": key, "value": value if wrong_value else key}

    return check
