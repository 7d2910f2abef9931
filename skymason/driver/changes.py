"""What an evaluation in process would change, in the words of the driver."""

from __future__ import annotations

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
