"""Settings, patterns and services of one stack, read and checked without Pulumi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skymason.diagnostics import Diagnostic, DiagnosticError, has_errors, ordered
from skymason.driver.project import Project

if TYPE_CHECKING:
    from skymason.patterns.resolved import ResolvedService
    from skymason.settings import Settings

SERVICES = "services"
PATTERNS = "infrastructure-patterns.yaml"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. settings and services are as complete as the findings let them be."""

    settings: Settings | None
    services: tuple[ResolvedService, ...]
    diagnostics: tuple[Diagnostic, ...]


def has_specs(project: Project) -> bool:
    """Whether the project describes services. Any other Pulumi program is deployed without these checks."""
    return (project.root / PATTERNS).exists() or (project.root / SERVICES).exists()


def examine(project: Project, stack: str) -> Checked:
    """Everything that is wrong with one stack, in one run; never raises for what a file says."""
    from skymason.patterns.engine import InfrastructurePatternEngine
    from skymason.settings import check_stack, load_stack

    found = check_stack(project.root, stack)
    settings = None if has_errors(found) else load_stack(project.root, stack)
    services: tuple[ResolvedService, ...] = ()
    try:
        engine = InfrastructurePatternEngine.load(project.root)
        specs = engine.load_services(project.root / SERVICES)
        if settings is not None:
            resolution = engine.resolve(specs, settings.environment, settings.cloud, settings)
            services = tuple(resolution.services)
            found += resolution.diagnostics
    except DiagnosticError as error:
        found += error.diagnostics
    return Checked(settings, services, tuple(ordered(found)))


def check(project: Project, stack: str) -> Checked | None:
    """Stop before anything is evaluated where the project's files are wrong. None: nothing to check here."""
    if not has_specs(project):
        return None
    checked = examine(project, stack)
    if has_errors(checked.diagnostics):
        raise DiagnosticError(checked.diagnostics)
    return checked
