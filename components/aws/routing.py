"""Which request goes where: conditions and priorities of listener rules. Pure functions."""

import zlib
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

ANY = "*"
LONGEST_PATH = 128
"""Characters of a path pattern (ELBv2 API, PathPatternConditionConfig)."""
PRIORITIES = 50_000
SLOTS = PRIORITIES // (2 * LONGEST_PATH)
"""Priorities for rules of equal rank."""


class RouteArgs(TypedDict):
    """A path prefix and the port that answers it."""

    path: NotRequired[str]
    """`/` if left out."""
    port: NotRequired[str]
    """Name of a port; `http` if left out."""


def conditions(host: pulumi.Input[str], path: str) -> list[dict[str, Any]]:
    """Conditions for a host (`*`: any) and a path prefix, which matches whole segments only."""
    named = [] if host is ANY else [{"host_header": {"values": [host]}}]
    prefix = path.rstrip("/")
    if prefix:
        return [*named, {"path_pattern": {"values": [prefix, f"{prefix}/*"]}}]
    return named or [{"path_pattern": {"values": ["/*"]}}]


def ports_of(routes: list[RouteArgs]) -> list[tuple[str, str]]:
    """(path, name of the port) of each route, with the defaults filled in."""
    return [(route.get("path") or "/", route.get("port") or "http") for route in routes]


def priorities(hosts: Mapping[str, pulumi.Input[str]], paths: list[str]) -> dict[tuple[str, str], int]:
    """A priority, 1 to 50,000, for each name in `hosts` and path; the lowest number is asked first.

    A host comes before a wildcard, a longer prefix before a shorter one. A number is made of the rule alone,
    so that adding or removing a rule does not renumber its neighbours: a listener refuses an update while two
    rules hold the same number. Rules of one rank that meet (1 in 195) take the next free one.
    """
    wanted = sorted(
        (_rank(host, path) * SLOTS + zlib.crc32(f"{name} {path}".encode()) % SLOTS + 1, name, path)
        for name, host in hosts.items()
        for path in paths
    )
    taken: set[int] = set()
    found: dict[tuple[str, str], int] = {}
    for number, name, path in wanted:
        free = number
        while free in taken:
            free += 1
        taken.add(free)
        found[name, path] = free
    return found


def _rank(host: pulumi.Input[str], path: str) -> int:
    wildcard = isinstance(host, str) and host.startswith("*")
    length = min(len(path.rstrip("/")), LONGEST_PATH - 1)
    return (LONGEST_PATH if wildcard else 0) + LONGEST_PATH - 1 - length
