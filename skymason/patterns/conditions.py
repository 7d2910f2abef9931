"""Conditions of the patterns' file: dotted key → value, a list of values, or `*` for anything that is set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skymason.patterns.merge import at

ANY = "*"


def holds(condition: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether every key has the value that the condition asks for."""
    return all(_matches(wanted, at(config, key)) for key, wanted in condition.items())


def _matches(wanted: Any, value: Any) -> bool:
    if wanted == ANY:
        return value not in (None, "", [], {})
    if isinstance(wanted, list):
        return value in wanted
    return type(value) is type(wanted) and value == wanted
