"""Settings, patterns and services of one stack, read and checked without Pulumi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skymason.diagnostics import Diagnostic, DiagnosticError, has_errors, ordered
from skymason.driver.project import Project

if TYPE_CHECKING:
    from skymason.patterns.engine import Explanation, InfrastructurePatternEngine, Resolution

SERVICES = "services"
PATTERNS = "infrastructure-patterns.yaml"


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with one stack, and how many services were looked at."""

    services: int
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
    services = 0
    try:
        engine = InfrastructurePatternEngine.load(project.root)
        specs = engine.load_services(project.root / SERVICES)
        services = len(specs)
        environment = settings.environment if settings else stack
        cloud = settings.cloud if settings else None
        found += engine.validate(specs, environment, cloud, settings)
    except DiagnosticError as error:
        found += error.diagnostics
    return Checked(services, tuple(ordered(found)))


def check(project: Project, stack: str) -> Checked | None:
    """Stop before anything is evaluated where the project's files are wrong. None: nothing to check here."""
    if not has_specs(project):
        return None
    checked = examine(project, stack)
    if has_errors(checked.diagnostics):
        raise DiagnosticError(checked.diagnostics)
    return checked


def resolve(project: Project, stack: str) -> tuple[InfrastructurePatternEngine, Resolution]:
    """The services of one stack. Raises DiagnosticError where settings or patterns cannot be read."""
    from skymason.patterns.engine import InfrastructurePatternEngine
    from skymason.settings import load_stack

    settings = load_stack(project.root, stack)
    engine = InfrastructurePatternEngine.load(project.root)
    specs = engine.load_services(project.root / SERVICES)
    return engine, engine.resolve(specs, settings.environment, settings.cloud, settings)


def explain(project: Project, stack: str, service: str, key: str) -> list[Explanation]:
    """The key of a service, or every key of a section, in order.

    Raises DiagnosticError for an unknown service or key, and where the files do not even resolve.
    """
    engine, resolution = resolve(project, stack)
    if all(item.name != service for item in resolution.services) and has_errors(resolution.diagnostics):
        raise DiagnosticError(resolution.diagnostics)
    found = engine.explain(resolution, service, key)
    inside = [engine.explain(resolution, service, name) for name in found.inside]
    return inside if found.layer is None and inside else [found]
