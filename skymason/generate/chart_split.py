"""Values of several environments: what they have in common is said once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def split(known: Mapping[str, dict[str, Any]]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What all have in common, and what each has beside it; `cloud` is each one's own."""
    shared = _shared([{key: each[key] for key in each if key != "cloud"} for each in known.values()])
    return shared, {name: _beside(each, shared) for name, each in known.items()}


def _shared(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in items[0].items():
        others = [item[key] for item in items if key in item]
        if len(others) < len(items):
            continue
        if all(isinstance(other, dict) for other in others):
            inside = _shared(others)
            if inside or not any(others):
                found[key] = inside
        elif all(other == value for other in others):
            found[key] = value
    return found


def _beside(item: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in item.items():
        if key not in shared:
            found[key] = value
        elif isinstance(value, dict):
            inside = _beside(value, shared[key])
            if inside:
                found[key] = inside
    return found
