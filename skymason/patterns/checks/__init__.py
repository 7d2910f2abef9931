"""Checks of services. Each module registers its own; those of a pattern are read when one needs them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

COMMON = ("capacity", "container", "image", "lifecycle", "platform", "stack", "tasks")
_WEB = ("web", "firewall")
BY_PATTERN: Mapping[str, tuple[str, ...]] = {
    "web_api": _WEB,
    "background_worker": ("queue", "delivery", "existing", "fan_out"),
    "data_api": (*_WEB, "database", "stores", "existing"),
    "event_processor": ("stream", "throughput", "schemas", "existing", "fan_out"),
}


@cache
def register(pattern: str) -> None:
    """Read the checks that services of a pattern need."""
    for name in (*COMMON, *BY_PATTERN.get(pattern, ())):
        import_module(f"{__name__}.{name}")


def register_all() -> None:
    """Read every check, as the reference of codes needs it."""
    for pattern in BY_PATTERN:
        register(pattern)
