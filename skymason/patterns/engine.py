"""The pattern engine: from service specs to resolved services, and from those to components.

engine = InfrastructurePatternEngine.load(root)
specs = engine.load_services(root / "services")
resolution = engine.resolve(specs, "prod", "aws", settings)
for service in resolution.services:
    engine.apply(service, platform.reference, settings=settings, callers=resolution.callers)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skymason.diagnostics import Diagnostic, Location, Severity, ordered, suggestion
from skymason.patterns import checks, codes
from skymason.patterns.apply import apply_service, has_component
from skymason.patterns.checks.escapes import against_contract, against_locks, load_contracts
from skymason.patterns.checks.subject import Subject, run, run_stack
from skymason.patterns.checks.uses import cycles, edges_of, targets_of
from skymason.patterns.clouds import Detection, detect_here
from skymason.patterns.explain import Explanation, explain
from skymason.patterns.facts import facts_of
from skymason.patterns.library import PatternLibrary, shipped
from skymason.patterns.library_checks import check_library
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.service import Service
from skymason.patterns.resolution import Resolution, resolution_of
from skymason.patterns.resolve import conflicts, resolve_service
from skymason.patterns.specs import ServiceSpec, load_specs

if TYPE_CHECKING:
    import pulumi

    from skymason.settings import Settings

__all__ = ["Explanation", "InfrastructurePatternEngine", "Resolution", "pattern_defaults"]


class InfrastructurePatternEngine:
    """Patterns of one project, and what can be done with them. Pure but for `load…` and `apply`."""

    def __init__(self, library: PatternLibrary, root: Path) -> None:
        self.library = library
        self.root = root
        self._contracts = load_contracts(root)
        stacks = (path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))
        # A stack holds the environment of its name, or of one part of it between dashes.
        self._environments = {part for stack in stacks for part in (stack, *stack.split("-"))}

    @classmethod
    def load(cls, root: Path) -> InfrastructurePatternEngine:
        """Reads infrastructure-patterns.yaml. Raises DiagnosticError for what is wrong with its form."""
        return cls(PatternLibrary.load(root), root)

    def load_services(self, folder: Path) -> list[ServiceSpec]:
        """Every spec of a folder; what is wrong with one comes out of `resolve`.

        Raises DiagnosticError for a folder that is missing.
        """
        return load_specs(folder, self.root)

    def resolve(
        self,
        specs: Sequence[ServiceSpec],
        environment: str,
        cloud: str | None,
        settings: Settings | None,
        credentials: Detection | None = None,
    ) -> Resolution:
        """Merge and check every service. Never raises for what a spec says.

        cloud: of services that name none; None takes the settings', else that of `credentials`, which are
        looked for on this machine where they are not given. settings: None leaves out what depends on them.
        """
        facts = facts_of(environment, settings)
        cloud = cloud or (settings.cloud if settings else None)
        found = [item for spec in specs for item in spec.diagnostics]
        subjects: list[Subject[ServiceConfig]] = []
        elsewhere: set[str] = set()
        for spec, document, first in _readable(specs):
            found += self._unknown_environments(spec, document, environment)
            if document.pattern not in self.library.names:
                found.append(_unknown_pattern(spec, document.pattern, self.library.names))
                continue
            here = document.cloud or cloud
            if here is None:
                credentials = credentials or detect_here()
                here = credentials.cloud
                if here is None:
                    found.append(_no_cloud(spec, credentials))
                    continue
                found.append(_detected(spec, credentials))
            subject, wrong = resolve_service(spec, document, self.library, here, facts)
            found += wrong
            if subject is None:
                continue
            found += self._check(subject, environment)
            if not first:
                found.append(_duplicate(spec, specs))
            elif cloud and here != cloud:
                found.append(_left_out(subject, cloud))
                elsewhere.add(subject.name)
            else:
                found += _component(subject)
                subjects.append(subject)
        targets = targets_of(subjects, self.library, facts.existing, frozenset(elsewhere))
        for index, subject in enumerate(subjects):
            edges, wrong = edges_of(subject, targets)
            found += wrong
            subjects[index] = replace(subject, edges=edges)
        found += [*cycles(subjects), *run_stack(subjects, facts)]
        return resolution_of(subjects, environment, ordered(found))

    def validate(
        self,
        specs: Sequence[ServiceSpec],
        environment: str,
        cloud: str | None,
        settings: Settings | None,
        credentials: Detection | None = None,
    ) -> list[Diagnostic]:
        """Everything that is wrong with the patterns' file and the specs."""
        known = {*self._environments, *self.library.environments, environment}
        found = check_library(self.library, sorted(known))
        resolution = self.resolve(specs, environment, cloud, settings, credentials)
        return ordered([*found, *resolution.diagnostics])

    def explain(self, resolution: Resolution, service: str, key: str) -> Explanation:
        """Value, meaning and history of one key. Raises DiagnosticError for an unknown service or key."""
        return explain(resolution, service, key)

    def apply(
        self,
        resolved: Any,
        platform: Mapping[str, Any],
        *,
        settings: Settings,
        callers: Mapping[str, Sequence[str]],
        opts: pulumi.ResourceOptions | None = None,
        provided: Mapping[str, Any] | None = None,
    ) -> pulumi.ComponentResource:
        """Make the component of a resolved service. See `skymason.patterns.apply.apply_service`."""
        return apply_service(
            resolved, platform, settings=settings, callers=callers, opts=opts, provided=provided or {}
        )

    def _check(self, subject: Subject[ServiceConfig], environment: str) -> Iterator[Diagnostic]:
        checks.register(subject.document.pattern)
        yield from run(subject)
        yield from conflicts(subject, self.library)
        contract = self._contracts.get((subject.cloud, subject.document.pattern))
        if contract:
            yield from against_contract(subject, contract)
        yield from against_locks(subject, self.library, environment)

    def _unknown_environments(
        self, spec: ServiceSpec, document: Service, environment: str
    ) -> Iterator[Diagnostic]:
        known = sorted({*self._environments, *self.library.environments, environment})
        for name in document.environments:
            if name not in known:
                path = f"environments.{name}"
                yield Diagnostic(
                    codes.UNKNOWN_ENVIRONMENT,
                    f"there is no environment '{name}'",
                    suggestion(name, known),
                    spec.source.location(path),
                    path,
                )


def pattern_defaults(pattern: str, cloud: str, environment: str) -> dict[str, Any]:
    """What a service of the shipped patterns gets that sets nothing: pattern, cloud, environment and locks.

    A fresh copy. Raises ValueError for an unknown pattern.
    """
    from skymason.patterns.fields import filled
    from skymason.patterns.models import model_of

    library, model = shipped(), model_of(pattern)
    if pattern not in library.names or model is None:
        raise ValueError(f"there is no pattern '{pattern}'; {suggestion(pattern, library.names)}")
    return filled(model, library.defaults(pattern, cloud, environment).config)


def _readable(specs: Sequence[ServiceSpec]) -> Iterator[tuple[ServiceSpec, Service, bool]]:
    """Specs of which something can be made, and whether each is the first one of its name."""
    seen: set[str] = set()
    for spec in specs:
        if spec.document is not None:
            yield spec, spec.document, spec.name not in seen
            seen.add(spec.name)


def _duplicate(spec: ServiceSpec, specs: Sequence[ServiceSpec]) -> Diagnostic:
    other = next(item for item in specs if item.document is not None and item.name == spec.name)
    return Diagnostic(
        codes.DUPLICATE_SERVICE,
        f"'{spec.name}' is already the name of {other.source.location('service.name')}",
        "rename one of the two",
        spec.source.location("service.name"),
        "service.name",
    )


def _unknown_pattern(spec: ServiceSpec, pattern: str, known: Sequence[str]) -> Diagnostic:
    place: Location = spec.source.location("pattern")
    message = f"there is no pattern '{pattern}'"
    return Diagnostic(codes.UNKNOWN_PATTERN, message, suggestion(pattern, known), place, "pattern")


def _component(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    """What keeps a service of this stack from being deployed; a stack that leaves it out does without."""
    if not has_component(subject.cloud, subject.document.pattern):
        yield subject.in_spec(
            codes.NO_COMPONENT,
            f"there is no component for {subject.document.pattern} on {subject.cloud}",
            f"add components/patterns/{subject.cloud}/{subject.document.pattern}.py",
            "pattern",
        )


def _no_cloud(spec: ServiceSpec, credentials: Detection) -> Diagnostic:
    fix = "set cloud: aws or cloud: azure in the spec, or skymason:cloud for the whole stack"
    place = spec.source.location("service.name")
    return Diagnostic(codes.NO_CLOUD, credentials.message, fix, place, "cloud")


def _detected(spec: ServiceSpec, credentials: Detection) -> Diagnostic:
    fix = f"nothing, or set cloud: {credentials.cloud} in the spec, or skymason:cloud for the whole stack"
    place = spec.source.location("service.name")
    return Diagnostic(codes.CLOUD_DETECTED, credentials.message, fix, place, "cloud", severity=Severity.NOTE)


def _left_out(subject: Subject[ServiceConfig], cloud: str) -> Diagnostic:
    return subject.in_spec(
        codes.OTHER_CLOUD,
        f"'{subject.name}' is for {subject.cloud}, this stack deploys to {cloud}",
        "nothing, if another stack deploys it; else remove cloud from the spec",
        "cloud",
        Severity.NOTE,
    )
