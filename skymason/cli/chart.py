"""What a deployed stack knows of a service's Helm chart."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from skymason.cli import codes
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, suggestion
from skymason.driver.kept import deployed
from skymason.driver.model import CloudKind

if TYPE_CHECKING:
    from skymason.driver.project import Project
    from skymason.patterns.resolved import ResolvedService
    from skymason.plan.model import Plan
    from skymason.settings import Settings


def values_of(project: Project, stack: str, service: str, cloud: CloudKind) -> dict[str, Any]:
    """The `cloud` values. Raises DiagnosticError: no such service, nothing deployed, no state to read."""
    from skymason.generate.chart import values
    from skymason.generate.chart_cloud import cloud_values

    resolved, settings = _resolved(project, stack, service)
    plan = deployed(project, stack) if cloud is CloudKind.OFFLINE else _exported(project, stack)
    place = Location(f"stack {stack}")
    fix = f"sm up --stack {stack}"
    if plan is None:
        text = f"stack {stack} was not deployed to the {cloud} cloud yet"
        raise DiagnosticError([Diagnostic(codes.NOTHING_DEPLOYED, text, fix, place)])
    try:
        return cloud_values(plan, service, values(resolved, settings)["cloud"])
    except KeyError:
        text = f"stack {stack} was deployed without the service '{service}'"
        raise DiagnosticError([Diagnostic(codes.NOTHING_DEPLOYED, text, fix, place)]) from None


def _resolved(project: Project, stack: str, service: str) -> tuple[ResolvedService, Settings]:
    from skymason.patterns.engine import InfrastructurePatternEngine
    from skymason.settings import load_stack

    settings = load_stack(project.root, stack.rpartition("/")[2])
    engine = InfrastructurePatternEngine.load(project.root)
    specs = engine.load_services(project.root / "services")
    found = engine.resolve(specs, settings.environment, settings.cloud, settings).services
    for resolved in found:
        if resolved.name == service:
            return resolved, settings
    text = f"there is no service '{service}' in stack {stack}"
    fix = suggestion(service, [resolved.name for resolved in found])
    raise DiagnosticError([Diagnostic(codes.UNKNOWN_SERVICE, text, fix, Location("services"))])


def _exported(project: Project, stack: str) -> Plan:
    from skymason.driver.codes import NEEDS_CLI, NO_STACK
    from skymason.engine_cli import find
    from skymason.plan.engine import from_state

    engine, place = find(project.root, install=False), Location(f"stack {stack}")
    if not engine.found:
        fix = "install it: https://www.pulumi.com/docs/install/"
        raise DiagnosticError([Diagnostic(NEEDS_CLI, engine.reason, fix, place)])
    said = subprocess.run(
        [engine.executable, "stack", "export", "--non-interactive", "--stack", stack],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        lines = said.stderr.strip().splitlines() or ["the Pulumi CLI failed"]
        fix = "log in to the backend that has it (`pulumi login`), or name another stack"
        raise DiagnosticError([Diagnostic(NO_STACK, lines[-1].removeprefix("error: "), fix, place)])
    return from_state(said.stdout)
