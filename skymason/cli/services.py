"""Which resources belong to a service: those inside of its pattern component."""

from __future__ import annotations

from collections.abc import Iterable

from skymason.cli import codes
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, suggestion
from skymason.driver.model import Change
from skymason.plan.model import Plan

PATTERN = "skymason:patterns:"
"""What the types of pattern components begin with."""


def service_components(plans: Iterable[Plan | None]) -> dict[str, str]:
    """Service → name of its pattern component, `<project>-<stack>-<service>`, or the service's own name."""
    found = {}
    for plan in plans:
        for resource in plan.resources if plan else ():
            if resource.type.startswith(PATTERN):
                found[resource.name.removeprefix(f"{plan.project}-{plan.stack}-")] = resource.name  # type: ignore[union-attr]
    return found


def component_of(service: str, plans: Iterable[Plan | None]) -> str:
    """The name of a service's component. Raises DiagnosticError, SM5010, for a service that is not there."""
    known = service_components(plans)
    if service in known:
        return known[service]
    fix = suggestion(service, sorted(known)) if known else "leave out --service: no service is deployed yet"
    text = f"the stack has no service '{service}'"
    raise DiagnosticError([Diagnostic(codes.UNKNOWN_SERVICE, text, fix, Location("--service"))])


def of_service(changes: Iterable[Change], service: str, plans: Iterable[Plan | None]) -> tuple[Change, ...]:
    """The changes inside of a service's component. Raises DiagnosticError, SM5010."""
    name = component_of(service, plans)
    return tuple(item for item in changes if name in item.components)
