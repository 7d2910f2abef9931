"""Which inputs a spec's `escape` section set: marked in a plan, wherever the plan was read from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from skymason.patterns.resolved import ResolvedService
from skymason.plan.model import Plan, PlannedResource

PATTERN_TYPES = "skymason:patterns:"
"""What the types of pattern components begin with."""


def mark_escaped(plan: Plan, services: Iterable[ResolvedService]) -> Plan:
    """The plan, with `escaped` filled in on every resource that a service's `escape` section changes.

    A resource is found by its name, `<component>-<short name>`, inside the service's component, which is
    named by the service, or by project, environment and service. Paths are spelled as in the resource's
    inputs; a list that was replaced as a whole is one path.
    """
    sections: dict[str, Mapping[str, Any]] = {}
    for service in services:
        for name in (service.name, f"{plan.project}-{service.environment}-{service.name}"):
            for short, properties in (service.config.get("escape") or {}).items():
                sections[f"{name}-{short}"] = properties
    if not sections:
        return plan
    return replace(plan, resources=tuple(_marked(resource, plan, sections) for resource in plan.resources))


def _marked(
    resource: PlannedResource, plan: Plan, sections: Mapping[str, Mapping[str, Any]]
) -> PlannedResource:
    wanted = sections.get(resource.name)
    if not resource.custom or not wanted or not _inside_a_pattern(resource, plan):
        return resource
    return replace(resource, escaped=tuple(sorted(_paths(wanted, resource.inputs, ""))))


def _inside_a_pattern(resource: PlannedResource, plan: Plan) -> bool:
    """Whether a pattern component whose name begins the resource's is above it."""
    above = plan.by_urn.get(resource.parent)
    while above is not None:
        if above.type.startswith(PATTERN_TYPES) and resource.name.startswith(f"{above.name}-"):
            return True
        above = plan.by_urn.get(above.parent)
    return False


def _paths(set_: Any, actual: Any, path: str) -> Iterator[str]:
    if isinstance(set_, Mapping) and set_:
        known = {_folded(key): key for key in actual} if isinstance(actual, Mapping) else {}
        for key, value in set_.items():
            spelled = known.get(_folded(key), _camel(key))
            below = actual.get(spelled) if isinstance(actual, Mapping) else None
            yield from _paths(value, below, _child(path, spelled))
    elif names := _names(set_):
        # Lists of named items merge by name, so only the items that the section names are its own.
        places = {name: index for index, name in enumerate(_names(actual))}
        for name, item in zip(names, set_, strict=True):
            place = places.get(name)
            if place is not None:
                rest = {key: value for key, value in item.items() if key != "name"}
                yield from _paths(rest, actual[place], f"{path}[{place}]")
    else:
        yield path


def _names(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) and "name" in item for item in value):
        return []
    return [str(item["name"]) for item in value]


def _child(path: str, key: str) -> str:
    """As the other paths of a plan are spelled: a key with dots stands in brackets."""
    if not re.fullmatch(r"[A-Za-z_$][A-Za-z0-9_$-]*", key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _folded(key: str) -> str:
    """`cluster_ip` and `clusterIP` are one property."""
    return key.replace("_", "").lower()


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
