"""Kinds that look at other resources of the cloud.

A reference is wrong where the id belongs to a resource of another type, or to one that this cloud made and
has no longer. An id from outside (a network that exists already) is accepted, unless the view is strict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from skymason.offline.rules.conditions import condition
from skymason.offline.rules.kinds.values import SIZES
from skymason.offline.rules.paths import MISSING, is_unknown, path
from skymason.offline.rules.subject import Check, Finding, Subject
from skymason.offline.rules.tokens import canonical, spellings
from skymason.offline.view import CloudView, StoredResource

Keys: TypeAlias = Mapping[str, str | Sequence[str]]
"""Type of a referred resource → its property (or several) that serves as the reference: `id`, `arn` …"""

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Keys, one property at a time."""

_NO_NAME = re.compile(r"arn:|/subscriptions/|[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})$")
"""Ids that mean one resource whatever its type; names may belong to resources of several types."""


def siblings(view: CloudView, token: str, property: str, value: Any) -> Iterator[StoredResource]:
    """Resources of a type, whatever the spelling of its token, whose property has a value."""
    for spelling in spellings(token):
        yield from view.by_property(spelling, property, value)


def pairs(keys: Keys) -> Pairs:
    """Each type with each of its properties."""
    return tuple(
        (token, name)
        for token, names in keys.items()
        for name in ([names] if isinstance(names, str) else names)
    )


def lookup(view: CloudView, to: Pairs, key: Any) -> StoredResource | None:
    """The resource that a reference means, or None."""
    for token, property in to:
        for found in siblings(view, token, property, key):
            return found
    return None


def reference(property: str, to: Keys, also: Sequence[str] = ()) -> Check:
    """An id, ARN or name is that of a resource of one of these types (type → key), or comes from outside."""
    at, places = path(property), pairs(to)
    types = {canonical(token) for token in to}

    def check(subject: Subject) -> Iterator[Finding]:
        view = subject.view
        for found, value in at.find(subject.node):
            if not isinstance(value, str) or is_unknown(value) or not value or value in also:
                continue
            if lookup(view, places, value) is None and (
                view.strict or _another(view, types, value) or any(view.made(token, value) for token in to)
            ):
                yield found, {"value": value}

    return check


def _another(view: CloudView, types: set[str], id: str) -> bool:
    other = view.by_id(id) if _NO_NAME.match(id) else None
    return other is not None and canonical(other.type) not in types


def unique(
    property: str,
    scope: Mapping[str, Any] | None = None,
    among: Sequence[str] = (),
    worldwide: bool = False,
) -> Check:
    """No other resource (of these types, else of the same) has the value, in its account and region unless
    `worldwide`; scope: properties that must be the same, too, with the values that stand for absent ones."""
    at, parts = path(property), {path(key): value for key, value in (scope or {}).items()}

    def check(subject: Subject) -> Iterator[Finding]:
        value = at.first(subject.node)
        place = _scope(subject.node, parts)
        if value is MISSING or is_unknown(value) or is_unknown(place):
            return
        for token in among or (subject.resource.type,):
            for other in subject.others(siblings(subject.view, token, property, value)):
                apart = not worldwide and _apart(subject.resource, other)
                if not apart and _scope(other.inputs, parts) == place:
                    yield property, {"value": value, "other": other.id}
                    return

    return check


def _apart(one: StoredResource, two: StoredResource) -> bool:
    """Whether two resources are known to be in different regions or accounts."""
    return any(
        first and second and first != second for first, second in zip(_where(one), _where(two), strict=True)
    )


def _where(resource: StoredResource) -> tuple[str, str]:
    """Region and account, each '' where it is not known, or where there is none."""
    region = resource.inputs.get("region") or resource.outputs.get("region")
    arn = resource.outputs.get("arn")
    account = arn.split(":")[4] if isinstance(arn, str) and arn.count(":") >= 5 else ""
    return ("" if is_unknown(region) or not isinstance(region, str) else region, account)


def _scope(node: Any, parts: Mapping[Any, Any]) -> list[Any]:
    values = ((key.first(node), default) for key, default in parts.items())
    return [default if value is MISSING else value for value, default in values]


def in_use(by: Keys, value: str = "id") -> Check:
    """A delete is refused while a resource of these types refers to this one by its id (or other `value`)."""
    users = pairs(by)

    def check(subject: Subject) -> Iterator[Finding]:
        resource = subject.resource
        key = resource.id if value == "id" else path(value).first({**resource.inputs, **resource.outputs})
        if key is MISSING or is_unknown(key):
            return
        for token, property in users:
            for other in subject.others(_users(subject.view, token, property, key)):
                yield "", {"value": key, "other": other.id}
                return

    return check


def _users(view: CloudView, token: str, property: str, key: Any) -> Iterator[StoredResource]:
    at = path(property)
    if at.plain:
        yield from siblings(view, token, property, key)
    else:
        for spelling in spellings(token):
            yield from (other for other in view.of_type(spelling) if key in at.values(other.inputs))


def quota(
    max: int, of: Sequence[str] = (), parent: str = "", where: Mapping[str, Any] | None = None
) -> Check:
    """Not more than `max` resources (of these types, else of the same) exist, below one parent, or in an
    account and region; `where` tells which ones count."""
    conditions = [condition(key, wanted) for key, wanted in (where or {}).items()]

    def check(subject: Subject) -> Iterator[Finding]:
        key = path(parent).first(subject.node) if parent else None
        if key is MISSING or is_unknown(key):
            return
        total = 1
        for token in of or (subject.resource.type,):
            for spelling in spellings(token):
                found = (
                    subject.view.by_property(spelling, parent, key)
                    if parent
                    else subject.view.of_type(spelling)
                )
                total += sum(
                    all(holds(other.inputs) for holds in conditions)
                    for other in found
                    if parent or not _apart(subject.resource, other)
                )
        if total > max:
            yield parent, {"value": key, "max": max, "count": total}

    return check


def spread(
    property: str, to: Keys, its: str, min: int = 1, max: int = 2**63, all_different: bool = False
) -> Check:
    """The resources that a list refers to have between `min` and `max` different values of one of their
    properties, or, with `all_different`, no two the same. Asked where every one of them is known here."""
    at, value_at, places = path(property), path(its), pairs(to)

    def check(subject: Subject) -> Iterator[Finding]:
        keys = at.values(subject.node)
        others = [None if is_unknown(key) else lookup(subject.view, places, key) for key in keys]
        values = [_property(other, value_at) for other in others if other is not None]
        if not values or len(values) < len(keys) or MISSING in values or is_unknown(values):
            return
        different = len(set(values))
        if not min <= different <= max or (all_different and different < len(values)):
            yield property, {"value": ", ".join(map(str, keys)), "values": ", ".join(sorted(set(values)))}

    return check


def companion(property: str, of: Keys, needs: Keys, where: Mapping[str, Any] | None = None) -> Check:
    """Where a reference means a resource of this cloud (one of which `where` holds), another resource (type →
    property) must refer to it, too."""
    at, known, needed = path(property), pairs(of), pairs(needs)
    conditions = [condition(key, wanted) for key, wanted in (where or {}).items()]

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            referred = None if is_unknown(value) else lookup(subject.view, known, value)
            if referred is None or not all(holds(referred.inputs) for holds in conditions):
                continue
            if lookup(subject.view, needed, value) is None:
                yield found, {"value": value}

    return check


def total_length(property: str, parent: str, max: int, unit: str) -> Check:
    """The texts of all resources of the type below one parent have not more than `max` characters in all."""
    at, parent_at, size = path(property), path(parent), SIZES[unit]

    def check(subject: Subject) -> Iterator[Finding]:
        key, own = parent_at.first(subject.node), at.first(subject.node)
        if not isinstance(own, str) or is_unknown(own) or key is MISSING or is_unknown(key):
            return
        others = subject.others(siblings(subject.view, subject.resource.type, parent, key))
        texts = [own, *(at.first(other.inputs) for other in others)]
        total = sum(size(text) for text in texts if isinstance(text, str) and not is_unknown(text))
        if total > max:
            yield property, {"value": key, "size": total, "max": max}

    return check


def _property(resource: StoredResource, at: Any) -> Any:
    value = at.first(resource.inputs)
    return at.first(resource.outputs) if value is MISSING else value
