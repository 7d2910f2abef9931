"""A new service among the project's others, in every stack, before anything is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from skymason.diagnostics import Diagnostic, DiagnosticError, Location, has_errors, ordered
from skymason.generate.request import ServiceRequest
from skymason.generate.surroundings import PRODUCTION, Surroundings
from skymason.patterns import codes
from skymason.patterns.checks.image import NOT_BUILT
from skymason.patterns.resolution import Resolution
from skymason.patterns.resolved import ResolvedService
from skymason.patterns.specs import ServiceSpec, load_spec

if TYPE_CHECKING:
    from skymason.settings import Settings

COMMAND = "sm create-microservice"
_OPTIONS = {"service.owner": "--owner", "service.tier": "--tier", "pattern": "--pattern", "cloud": "--cloud"}
_EXPECTED = (NOT_BUILT, codes.NO_COMPONENT, codes.OTHER_CLOUD)
"""What is found in every new service, or in every one for another cloud; told in words of its own."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the new service is.

    by_environment: environment → resolved service. settings: environment → settings that it was resolved
    with. diagnostics: warnings that it brings. stacks: those that can deploy it.
    """

    by_environment: Mapping[str, ResolvedService]
    settings: Mapping[str, Settings]
    diagnostics: tuple[Diagnostic, ...]
    stacks: tuple[str, ...]

    @property
    def production(self) -> ResolvedService:
        """The service in production, or in the environment nearest to it."""
        return self.by_environment.get(PRODUCTION) or list(self.by_environment.values())[-1]


def examine(request: ServiceRequest, files: Mapping[str, str], around: Surroundings) -> Outlook:
    """Check a spec that is not written yet. files: the spec and its schemas, by path from the project's root.

    Raises DiagnosticError with every error that the project has with the service and has not without it.
    """
    with tempfile.TemporaryDirectory(prefix="skymason-") as folder:
        for path, text in files.items():
            file = Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        spec = load_spec(Path(folder, request.spec), Path(folder))
        services, used = dict[str, ResolvedService](), dict[str, "Settings"]()
        found, stacks = list[Diagnostic](), list[str]()
        for environment in around.environments:
            for stack in around.stacks_of(environment) or [""]:
                settings = around.settings.get(stack)
                here = settings is not None and settings.cloud == request.cloud
                if settings and not here:
                    settings = settings.model_copy(update={"cloud": request.cloud, "aws": None})
                if settings:
                    used.setdefault(environment, settings)
                resolution = _resolution(request, spec, around, environment, settings)
                found += _new(request, resolution, around.resolutions[stack] if here else None)
                for service in resolution.services:
                    if service.name == request.name:
                        services.setdefault(environment, service)
                missing = any(item.code is codes.NO_COMPONENT for item in resolution.diagnostics)
                if here and not missing:
                    stacks.append(stack)
    placed = [_placed(item, request) for item in ordered(found) if item.code not in _EXPECTED]
    if has_errors(placed):
        raise DiagnosticError(placed)
    return Outlook(services, used, tuple(placed), tuple(stacks))


def _resolution(
    request: ServiceRequest,
    spec: ServiceSpec,
    around: Surroundings,
    environment: str,
    settings: Settings | None,
) -> Resolution:
    """All services with the new one, on its cloud."""
    others = [other for other in around.specs if other.path != request.spec.as_posix()]
    specs = sorted([*others, spec], key=lambda one: one.path)  # as they will be read
    return around.engine.resolve(specs, environment, request.cloud, settings)


def _new(request: ServiceRequest, after: Resolution, before: Resolution | None) -> Iterator[Diagnostic]:
    """What is wrong with the new service, and what is wrong elsewhere only since it is there."""
    known = set(before.diagnostics) if before else None
    own = request.spec.as_posix()
    for item in after.diagnostics:
        if item.location.path == own or (known is not None and item not in known):
            yield item


def _placed(item: Diagnostic, request: ServiceRequest) -> Diagnostic:
    """A finding about what the command line said, placed there."""
    if item.location.path != request.spec.as_posix():
        return item
    section, _, rest = item.key.partition(".")
    if section == "uses" and request.uses:
        use = request.uses[int(rest.partition(".")[0])]
        return replace(item, location=Location(COMMAND), key=f"--uses {use}")
    if item.key == "service.name":
        return replace(item, location=Location(COMMAND), key=request.name)
    if item.key in _OPTIONS:
        return replace(item, location=Location(COMMAND), key=_OPTIONS[item.key])
    return item
