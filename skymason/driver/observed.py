"""A kept plan and what the offline cloud holds: a refresh without the engine, and a cloud made of a plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from skymason.driver.changes import component_path, counts
from skymason.driver.model import Change, ChangeKind
from skymason.offline.cloud import Cloud
from skymason.offline.view import StoredResource
from skymason.plan.details import PropertyChange, Side, details
from skymason.plan.model import Plan, PlannedResource


def compared_with_cloud(kept: Plan, folder: Path) -> tuple[tuple[Change, ...], Plan]:
    """What happened to every resource of a plan, and the plan as it is in the cloud now."""
    cloud = Cloud(folder)
    found, resources = [], []
    for resource in kept.resources:
        if not resource.custom or resource.type.startswith("pulumi:"):
            resources.append(resource)
            if counts(resource):
                found.append(_change(ChangeKind.SAME, resource, kept))
            continue
        now = cloud.find(resource.urn, resource.id)
        if now is None:
            found.append(_change(ChangeKind.DELETE, resource, kept))
            continue
        listed = _details(resource, now)
        kind = ChangeKind.UPDATE if listed else ChangeKind.SAME
        found.append(_change(kind, resource, kept, listed))
        resources.append(replace(resource, inputs=now.inputs, outputs=now.outputs) if listed else resource)
    return tuple(found), replace(kept, resources=tuple(resources))


def cloud_with(plan: Plan) -> Cloud:
    """An offline cloud, in memory, that holds what a plan of a deployment says: names, ids and outputs."""
    cloud = Cloud()
    for item in plan.resources:
        if item.custom and not item.type.startswith("pulumi:"):
            cloud.keep(StoredResource(item.urn, item.type, item.name, item.id, item.inputs, item.outputs))
    return cloud


def _details(kept: PlannedResource, now: StoredResource) -> tuple[PropertyChange, ...]:
    return details(Side(kept.inputs, kept.secrets), Side(now.inputs, kept.secrets))


def _change(
    kind: ChangeKind, resource: PlannedResource, plan: Plan, listed: tuple[PropertyChange, ...] = ()
) -> Change:
    return Change(
        kind,
        resource.urn,
        resource.type,
        resource.name,
        component_path(resource, plan),
        tuple(item.path for item in listed),
        details=listed,
    )
