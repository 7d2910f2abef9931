"""What would change between two plans of a stack, and why a resource would be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from skymason.plan.model import UNKNOWN, Plan, PlannedResource
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
    patterns = forcing(after, config)
    found = [path for path in paths if any(covers(pattern, path) for pattern in patterns)]
    given = [path for path in found if not _made_anew(path, before, after)]
    yield from given or found


def forcing(resource: PlannedResource, config: Mapping[str, Any] = NO_CONFIG) -> tuple[str, ...]:
    """Patterns of the properties whose change makes a new resource of this one. config: of its provider."""
    from skymason.offline.facts import replacements

    if resource.type.startswith("pulumi:") or not resource.custom:
        return ()
    return (*replacements(resource.type, resource.inputs, config), *resource.options.replace_on_changes)


def _made_anew(path: str, before: PlannedResource, after: PlannedResource) -> bool:
    """Whether this is a name that the provider makes itself: what is replaced gets a new one."""
    from skymason.offline.facts import facts

    naming = facts(after.type).naming
    if naming is None or path != naming.property or after.property_dependencies.get(path):
        return False
    old, new = before.inputs.get(path), after.inputs.get(path)
    digits = -naming.digits
    return new == UNKNOWN or (str(old)[:digits] == str(new)[:digits] and _hexadecimal(str(new)[digits:]))


def _hexadecimal(text: str) -> bool:
    return set(text) <= set("0123456789abcdef")


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
