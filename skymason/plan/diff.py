"""What would change between two plans of a stack, and why a resource would be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from skymason.plan.model import Plan, PlannedResource
from skymason.plan.paths import HIDDEN, Change, changes, covers, hidden_by, lookup

PROVIDER = "pulumi:providers:"
NO_CONFIG: Mapping[str, Any] = {}


class Kind(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens to one resource.

    paths: input properties that change, sorted. reasons: those of them that cannot change in place. before is
    None for one that is new, after for one that goes.
    """

    kind: Kind
    urn: str
    type: str
    name: str
    paths: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    before: PlannedResource | None = field(default=None, repr=False, compare=False)
    after: PlannedResource | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class PlanDifference:
    """Every resource of either plan, in order of URN, and what happens to it."""

    resources: tuple[ResourceChange, ...]

    @property
    def changes(self) -> tuple[ResourceChange, ...]:
        """Those to which something happens."""
        return tuple(item for item in self.resources if item.kind is not Kind.SAME)

    def of(self, kind: Kind) -> tuple[ResourceChange, ...]:
        return tuple(item for item in self.resources if item.kind is kind)

    def __bool__(self) -> bool:
        return any(item.kind is not Kind.SAME for item in self.resources)


def difference(before: Plan | None, after: Plan) -> PlanDifference:
    """What deploying `after` changes where `before` is deployed (None: nothing is).

    Compares inputs, as the engine does. A property whose new value is not known yet counts as changed; one
    that is secret and cannot be read on one side does not. Resources that an alias names keep their identity.
    A resource that depends on a replaced one through such a property shows as changed, as in a preview.
    """
    old = {resource.urn: resource for resource in before.resources} if before is not None else {}
    providers = {item.urn: item.inputs for item in after.resources if item.type.startswith(PROVIDER)}
    found: list[ResourceChange] = []
    for resource in after.resources:
        earlier = _earlier(resource, old)
        config = providers.get(resource.options.provider.rpartition("::")[0], NO_CONFIG)
        found.append(_compared(earlier, resource, config))
    found += [
        ResourceChange(Kind.DELETE, resource.urn, resource.type, resource.name, before=resource)
        for resource in old.values()
    ]
    return PlanDifference(tuple(sorted(found, key=lambda item: item.urn)))


def _earlier(resource: PlannedResource, old: dict[str, PlannedResource]) -> PlannedResource | None:
    """The same resource before, taken out of `old`."""
    for urn in (resource.urn, *resource.options.aliases):
        if urn in old:
            return old.pop(urn)
    return None


def _compared(
    before: PlannedResource | None, after: PlannedResource, config: Mapping[str, Any]
) -> ResourceChange:
    if before is None:
        return ResourceChange(Kind.CREATE, after.urn, after.type, after.name, after=after)
    found = [item for item in changes(before.inputs, after.inputs) if _counts(item, before, after)]
    paths = tuple(item.path for item in found)
    reasons = tuple(sorted(_reasons(paths, before, after, config)))
    kind = Kind.REPLACE if reasons else Kind.UPDATE if paths else Kind.SAME
    return ResourceChange(
        kind, after.urn, after.type, after.name, tuple(sorted(paths)), reasons, before=before, after=after
    )


def _counts(change: Change, before: PlannedResource, after: PlannedResource) -> bool:
    if hidden_by(change.path, after.options.ignore_changes):
        return False
    unreadable = HIDDEN in (lookup(before.inputs, change.path), lookup(after.inputs, change.path))
    secret = change.path in before.secrets or change.path in after.secrets
    return not (unreadable and secret)


def _reasons(
    paths: Iterable[str], before: PlannedResource, after: PlannedResource, config: Mapping[str, Any]
) -> Iterable[str]:
    if before.type != after.type and before.custom:
        yield "type"
    if not after.custom or not paths:
        return
    patterns = (*_replacements(after, config), *after.options.replace_on_changes)
    for path in paths:
        if any(covers(pattern, path) for pattern in patterns):
            yield path


def _replacements(resource: PlannedResource, config: Mapping[str, Any]) -> tuple[str, ...]:
    from skymason.offline.facts import replacements

    return () if resource.type.startswith("pulumi:") else replacements(resource.type, resource.inputs, config)


def as_dict(change: ResourceChange) -> Mapping[str, Any]:
    """Plain data, without property values."""
    return {
        "kind": str(change.kind),
        "urn": change.urn,
        "type": change.type,
        "name": change.name,
        "paths": list(change.paths),
        "reasons": list(change.reasons),
    }
