"""Why each resource of a difference changes: its properties with values, and what it merely follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from skymason.plan.details import PropertyChange, Side, details
from skymason.plan.diff import Kind, PlanDifference, ResourceChange, forcing
from skymason.plan.model import PlannedResource
from skymason.plan.paths import LATER

_REMADE = frozenset({Kind.REPLACE, Kind.CREATE})


@dataclass(frozen=True, slots=True)
class Explained:
    """One change with its properties.

    consequence: without another resource's replacement it would not change, or not be replaced. follows:
    URNs of those other resources, as far as dependencies tell.
    """

    change: ResourceChange
    details: tuple[PropertyChange, ...]
    consequence: bool = False
    follows: tuple[str, ...] = ()


def explained(found: PlanDifference) -> tuple[Explained, ...]:
    """Every change of a difference, in its order."""
    kinds = {item.urn: item.kind for item in found.changes}
    return tuple(_explained(item, kinds) for item in found.changes)


def _explained(change: ResourceChange, kinds: Mapping[str, Kind]) -> Explained:
    before, after = change.before, change.after
    if before is None or after is None:
        return Explained(change, ())

    def causes(property: str) -> tuple[str, ...]:
        needed = after.property_dependencies.get(property, ())
        return tuple(urn for urn in needed if kinds.get(urn) in _REMADE and urn != change.urn)

    listed = details(
        _side(before),
        _side(after),
        forcing=forcing(after),
        ignored=after.options.ignore_changes,
        causes=causes,
    )
    listed = tuple(
        item if not item.forces or _decides(item, change) else replace(item, forces=False) for item in listed
    )
    decisive = [item for item in listed if item.forces] if change.kind is Kind.REPLACE else listed
    causing = {urn for item in decisive for urn in item.causes}
    consequence = (
        Kind.REPLACE in kinds.values()
        and bool(decisive)
        and all(LATER in str(item.after) for item in decisive)
        and not any(kinds[urn] is Kind.CREATE for urn in causing)
    )
    return Explained(change, listed, consequence, tuple(sorted(causing)) if consequence else ())


def _decides(item: PropertyChange, change: ResourceChange) -> bool:
    """Whether it is why the resource is replaced; a name that is made anew with it is not."""
    renamed = item.path in change.paths and item.path not in change.reasons
    return change.kind is Kind.REPLACE and not renamed


def _side(resource: PlannedResource) -> Side:
    return Side(resource.inputs, resource.secrets)
