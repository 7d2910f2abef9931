"""Kinds about address ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, TypeAlias

from skymason.offline.rules.kinds.relations import Keys, pairs, siblings
from skymason.offline.rules.paths import MISSING, Path, is_unknown, path
from skymason.offline.rules.subject import Check, Finding, Subject

Network: TypeAlias = IPv4Network | IPv6Network


@lru_cache(maxsize=4096)
def _network(text: str, strict: bool) -> Network | None:
    try:
        return ip_network(text, strict=strict) if "/" in text else None
    except ValueError:
        return None


def network_of(value: Any, strict: bool = False) -> Network | None:
    """A range from its text, or None; host bits are ignored unless strict."""
    return None if not isinstance(value, str) or is_unknown(value) else _network(value, strict)


def _overlap(one: Network, two: Network) -> bool:
    return one.version == two.version and one.overlaps(two)


def _within(one: Network, two: Network) -> bool:
    return _overlap(one, two) and one.prefixlen >= two.prefixlen


def cidr(property: str, host_bits: bool = False, version: int = 0) -> Check:
    """A text is a range of addresses, of this IP version, its host bits zero unless they may be set."""
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            if not isinstance(value, str) or is_unknown(value):
                continue
            network = network_of(value, not host_bits)
            if network is None or version not in (0, network.version):
                loose = network_of(value)
                yield found, {"value": value, "network": str(loose) if loose else value}

    return check


def cidr_size(property: str, min: int, max: int) -> Check:
    """The prefix of a range has between `min` and `max` bits."""
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            network = network_of(value)
            if network is not None and not min <= network.prefixlen <= max:
                yield found, {"value": value, "min": min, "max": max}

    return check


def cidr_within(
    property: str,
    of: str = "",
    parent: str = "",
    to: Keys | None = None,
    its: str = "",
    scope: Sequence[str] = (),
    extra: Mapping[str, Mapping[str, str]] | None = None,
) -> Check:
    """A range lies within one of those of a property (`of`), or of the resource that `parent` refers to (one
    with the same `scope` properties), with those that `extra` resources (type → their `parent` property and
    `its` range) add to that one."""
    at, places, keys = path(property), pairs(to or {}), [path(text) for text in scope]

    def ranges(subject: Subject) -> list[Any]:
        if of:
            return path(of).values(subject.node)
        key = path(parent).first(subject.node)
        if key is MISSING or is_unknown(key):
            return []
        parents = [
            other
            for token, name in places
            for other in siblings(subject.view, token, name, key)
            if _same(subject.node, other.inputs, keys)
        ]
        found = [value for other in parents for value in path(its).values({**other.outputs, **other.inputs})]
        for token, names in (extra or {}).items() if found else ():
            for added in siblings(subject.view, token, names["parent"], key):
                found += path(names["its"]).values(added.inputs)
        return found

    def check(subject: Subject) -> Iterator[Finding]:
        outer = [network_of(value) for value in ranges(subject)]
        known = [network for network in outer if network is not None]
        if not outer or len(known) < len(outer):
            return
        for found, value in at.find(subject.node):
            network = network_of(value)
            if network is not None and not any(_within(network, other) for other in known):
                yield found, {"value": value, "other": str(known[0])}

    return check


def _same(one: Any, two: Any, keys: Sequence[Path]) -> bool:
    return all(key.first(one) == key.first(two) for key in keys)


def cidr_disjoint_siblings(
    property: str, parent: str, among: Sequence[str] = (), scope: Sequence[str] = ()
) -> Check:
    """A range does not overlap that of another resource (of these types, else the same) of one parent (and
    with the same `scope` properties)."""
    at, parent_at, keys = path(property), path(parent), [path(text) for text in scope]

    def check(subject: Subject) -> Iterator[Finding]:
        key = parent_at.first(subject.node)
        if key is MISSING or is_unknown(key):
            return
        for found, value in at.find(subject.node):
            network = network_of(value)
            if network is None:
                continue
            for token in among or (subject.resource.type,):
                for other in subject.others(siblings(subject.view, token, parent, key)):
                    theirs = [network_of(text) for text in at.values(other.inputs)]
                    if _same(subject.node, other.inputs, keys) and any(
                        _overlap(network, item) for item in theirs if item is not None
                    ):
                        yield found, {"value": value, "other": other.id}
                        return

    return check
