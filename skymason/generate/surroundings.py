"""The project that a new service comes into: its stacks, its services and their patterns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from skymason.patterns.conditions import holds
from skymason.patterns.engine import InfrastructurePatternEngine, Resolution
from skymason.patterns.specs import ServiceSpec
from skymason.settings import load_stack
from skymason.settings.load import stack_names
from skymason.yaml_source import load_yaml

if TYPE_CHECKING:
    from skymason.settings import Settings

SERVICES = "services"
PRODUCTION = "prod"


@dataclass(frozen=True)
class Surroundings:
    """root: the project's folder. project: its name. settings: stack → its settings. specs: its services."""

    root: Path
    project: str
    engine: InfrastructurePatternEngine
    settings: Mapping[str, Settings]
    specs: tuple[ServiceSpec, ...]

    @property
    def services(self) -> dict[str, ServiceSpec]:
        """Name → spec; of two with one name the first one."""
        return {spec.name: spec for spec in reversed(self.specs)}

    @property
    def environments(self) -> list[str]:
        """Environments of the stacks, production last; those of the patterns where there are no stacks."""
        found = list(dict.fromkeys(item.environment for item in self.settings.values()))
        order = ["dev", "staging", PRODUCTION]
        return sorted(found or order, key=lambda name: (order.index(name) if name in order else 1, name))

    def stacks_of(self, environment: str) -> list[str]:
        """Stacks of an environment."""
        return [name for name, item in self.settings.items() if item.environment == environment]

    @cached_property
    def resolutions(self) -> dict[str, Resolution]:
        """Stack → its services as they are, without a new one."""
        return {
            stack: self.engine.resolve(self.specs, item.environment, item.cloud, item)
            for stack, item in self.settings.items()
        }

    @cached_property
    def resources(self) -> dict[str, str]:
        """Name → kind of every resource that may be used in some stack: existing ones and provided ones."""
        found = {
            name: str(item.kind) for stack in self.settings.values() for name, item in stack.existing.items()
        }
        for resolution in self.resolutions.values():
            for service in resolution.services:
                for item in self.engine.library.provides(service.pattern):
                    kind = item.kind.get(service.cloud)
                    if kind and holds(item.when, dict(service.config)):
                        found[item.resource.replace("{service}", service.name)] = kind
        return found


def surroundings(root: Path) -> Surroundings:
    """Reads a project. Raises DiagnosticError where its settings, patterns or services cannot be read."""
    engine = InfrastructurePatternEngine.load(root)
    folder = root / SERVICES
    specs = engine.load_services(folder) if folder.is_dir() else []
    settings = {stack: load_stack(root, stack) for stack in stack_names(root)}
    described = load_yaml(root / "Pulumi.yaml", root).data
    project = str(described.get("name") or root.resolve().name)
    return Surroundings(root, project, engine, settings, tuple(specs))
