"""What an evaluation in process would change, in the words of the driver."""

from __future__ import annotations

from skymason.driver.model import Change, ChangeKind
from skymason.plan.model import Plan, PlannedResource


def counts(resource: PlannedResource) -> bool:
    """Whether people would call it a resource: not a component, nor a provider the engine adds itself."""
    default = resource.type.startswith("pulumi:providers:") and resource.name.startswith("default")
    return resource.custom and not default


def component_path(resource: PlannedResource, plan: Plan) -> tuple[str, ...]:
    """Names of the components above a resource, outermost first."""
    found: list[str] = []
    parent = plan.by_urn.get(resource.parent)
    while parent is not None:
        if not parent.custom:
            found.append(parent.name)
        parent = plan.by_urn.get(parent.parent)
    return tuple(reversed(found))


def changes_between(before: Plan | None, after: Plan | None) -> tuple[Change, ...]:
    """What deploying `after` would do where `before` is deployed, every resource in order of URN.

    before: None for nothing deployed. after: None for a destruction.
    """
    from skymason.plan.diff import difference
    from skymason.plan.explain import explained

    if after is None:
        return _all(before, ChangeKind.DELETE)
    found = []
    compared = difference(before, after)
    why = {item.change.urn: item for item in explained(compared)}
    for item in compared.resources:
        gone = item.after is None
        resource, plan = (item.before, before) if gone else (item.after, after)
        if resource is None or plan is None or not counts(resource):
            continue
        reason = why.get(item.urn)
        found.append(
            Change(
                ChangeKind(item.kind.value),
                item.urn,
                item.type,
                item.name,
                component_path(resource, plan),
                () if item.kind.value == "create" else item.paths,
                item.reasons,
                resource.escaped,
                reason.details if reason else (),
                consequence=reason is not None and reason.consequence,
                follows=reason.follows if reason else (),
            )
        )
    return tuple(found)


def _all(plan: Plan | None, kind: ChangeKind) -> tuple[Change, ...]:
    if plan is None:
        return ()
    return tuple(
        Change(kind, item.urn, item.type, item.name, component_path(item, plan))
        for item in plan.resources
        if counts(item)
    )
