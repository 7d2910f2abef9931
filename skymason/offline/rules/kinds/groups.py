"""Kinds that look at several properties of one resource together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from skymason.offline.rules.conditions import Condition, condition
from skymason.offline.rules.paths import MISSING, is_unknown, path, shown
from skymason.offline.rules.subject import Check, Finding, Subject
from skymason.plan.model import UNKNOWN


def _present(node: Any, property: str) -> bool | None:
    """Whether a property is set, None where it is unknown, as it may be null in the end. Empty maps are set;
    `false`, empty text and empty lists are not."""
    value = path(property).first(node)
    if value == UNKNOWN:
        return None
    return value is not MISSING and value is not False and value != "" and value != []


def required(property: str) -> Check:
    """A property is set (mostly under a condition, `when`)."""

    def check(subject: Subject) -> Iterator[Finding]:
        value = path(property).first(subject.node)
        if value is MISSING or value in ("", []):
            yield property, {}

    return check


def absent(property: str) -> Check:
    """A property is not set (under a condition, `when`)."""

    def check(subject: Subject) -> Iterator[Finding]:
        if _present(subject.node, property):
            yield property, {}

    return check


def required_together(properties: Sequence[str]) -> Check:
    """All of these properties are set, or none."""

    def check(subject: Subject) -> Iterator[Finding]:
        there = {name: _present(subject.node, name) for name in properties}
        missing = [name for name, present in there.items() if present is False]
        if missing and True in there.values():
            yield missing[0], {"missing": missing[0]}

    return check


def conflicts(properties: Sequence[str]) -> Check:
    """At most one of these properties is set."""
    return one_of(properties, min=0)


def one_of(properties: Sequence[str], min: int = 1, max: int = 1) -> Check:
    """Between `min` and `max` of these properties are set."""

    def check(subject: Subject) -> Iterator[Finding]:
        there = {name: _present(subject.node, name) for name in properties}
        found = [name for name, present in there.items() if present]
        unknown = list(there.values()).count(None)
        if len(found) > max or len(found) + unknown < min:
            names = found or list(properties)
            yield names[-1], {"first": names[0], "last": names[-1], "names": ", ".join(names)}

    return check


def count(
    property: str | Sequence[str], max: int = 2**63, min: int = 0, where: Mapping[str, Any] | None = None
) -> Check:
    """A list (or several together) has between `min` and `max` items (where `where` holds); absent ones are
    not asked about."""
    conditions = [condition(key, wanted) for key, wanted in (where or {}).items()]
    paths = [path(text) for text in ([property] if isinstance(property, str) else property)]

    def check(subject: Subject) -> Iterator[Finding]:
        values = [(found, value) for at in paths for found, value in at.find(subject.node)]
        if any(isinstance(value, str) and is_unknown(value) for _, value in values):
            return
        total = sum(_size(value, conditions) for _, value in values)
        if values and not min <= total <= max:
            yield values[0][0], {"count": total, "max": max, "min": min}

    return check


def _size(value: Any, conditions: Sequence[Condition]) -> int:
    if isinstance(value, list):
        return sum(all(holds(item) for holds in conditions) for item in value)
    return len(value) if isinstance(value, Mapping) else 1


def distinct(
    property: str | Sequence[str],
    keys: Sequence[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Check:
    """No two items of a list (or of several) are the same, or the same in these keys; items without any of
    the keys are left out."""
    paths = [path(text) for text in ([property] if isinstance(property, str) else property)]
    key_paths, filled = [path(key) for key in keys], defaults or {}

    def check(subject: Subject) -> Iterator[Finding]:
        seen: set[str] = set()
        items = (pair for at in paths for pair in at.find(subject.node))
        for found, item in items:
            if is_unknown(item):
                continue
            parts = [key.first(item) for key in key_paths] if keys else [item]
            if all(part is MISSING for part in parts):
                continue
            if keys:
                pairs = zip(key_paths, parts, strict=True)
                parts = [filled.get(key.text) if part is MISSING else part for key, part in pairs]
            mark = "\x00".join(shown(part) for part in parts)
            if mark in seen:
                yield found, {"value": ", ".join(shown(part) for part in parts)}
            seen.add(mark)

    return check


def local_reference(property: str, among: str | Sequence[str], also: Sequence[Any] = ()) -> Check:
    """A value is one of those found elsewhere in the same resource. `among` starting with `/` is looked for
    in the whole inputs, else in the part that the rule speaks of. Numbers are no references."""
    at = path(property)
    places = [among] if isinstance(among, str) else list(among)

    def check(subject: Subject) -> Iterator[Finding]:
        known: list[Any] = list(also)
        for place in places:
            node = subject.resource.inputs if place.startswith("/") else subject.node
            known += path(place.removeprefix("/")).values(node)
        if is_unknown(known):
            return
        for found, value in at.find(subject.node):
            named = isinstance(value, str) and not value.isdigit() and not is_unknown(value)
            if named and value not in known:
                yield found, {"value": value}

    return check


def all_have(property: str, key: str, above: int = 0) -> Check:
    """Every item of a list has a key, where the list has more than `above` items."""
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, items in at.find(subject.node):
            if not isinstance(items, list) or len(items) <= above:
                continue
            for index, item in enumerate(items):
                if isinstance(item, Mapping) and not _present(item, key):
                    yield f"{found}[{index}]", {"key": key}

    return check


def has_keys(properties: Sequence[str], keys: Sequence[str]) -> Check:
    """One of several maps has each of these keys."""
    paths = [path(text) for text in properties]

    def check(subject: Subject) -> Iterator[Finding]:
        maps = [value for at in paths for value in at.values(subject.node)]
        if all(isinstance(item, Mapping) for item in maps):
            for key in keys:
                if not any(key in item for item in maps):
                    yield properties[0], {"missing": key}

    return check


def total_size(properties: Sequence[str], max: int) -> Check:
    """All texts at several paths have not more than `max` bytes together."""
    paths = [path(text) for text in properties]

    def check(subject: Subject) -> Iterator[Finding]:
        texts = [value for at in paths for value in at.values(subject.node) if isinstance(value, str)]
        size = sum(len(text.encode()) for text in texts if not is_unknown(text))
        if size > max:
            yield properties[0], {"size": size, "max": max}

    return check


def selector_matches_template(selector: str, labels: str) -> Check:
    """Every label of a selector is among the labels of the template, with the same value."""
    wanted_at, given_at = path(selector), path(labels)

    def check(subject: Subject) -> Iterator[Finding]:
        wanted, given = wanted_at.first(subject.node), given_at.first(subject.node)
        given = {} if given is MISSING else given
        if not isinstance(wanted, Mapping) or not isinstance(given, Mapping):
            return
        for key, value in wanted.items():
            there = given.get(key)
            if not is_unknown(value) and not is_unknown(there) and there != value:
                yield labels, {"value": dict(given), "key": key}
                return

    return check
