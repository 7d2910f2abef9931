"""The outcome of resolving all services of a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from skymason.diagnostics import Diagnostic
from skymason.patterns.access import SERVICE
from skymason.patterns.checks.subject import Subject
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.resolve import history_of, layers_of
from skymason.patterns.resolved import ResolvedService, ServiceIdentity


@dataclass(frozen=True, slots=True)
class Resolution:
    """services: by name, each after those whose resources it uses. diagnostics: everything that is wrong, in
    order of file and line. callers: service → names of those that invoke it, sorted."""

    services: list[ResolvedService]
    diagnostics: list[Diagnostic]
    callers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def resolution_of(
    subjects: Sequence[Subject[ServiceConfig]], environment: str, diagnostics: list[Diagnostic]
) -> Resolution:
    services = [_resolved(subject, environment) for subject in sorted(subjects, key=lambda item: item.name)]
    callers = {
        service.name: tuple(
            sorted(
                other.name
                for other in services
                if any(edge.kind == SERVICE and edge.name == service.name for edge in other.edges)
            )
        )
        for service in services
    }
    return Resolution(_providers_first(services), diagnostics, callers)


def _resolved(subject: Subject[ServiceConfig], environment: str) -> ResolvedService:
    identity = subject.document.service
    return ResolvedService(
        ServiceIdentity(
            identity.name,
            identity.owner,
            str(identity.tier),
            identity.description,
            str(identity.data_classification),
            identity.cost_center,
        ),
        subject.document.pattern,
        subject.cloud,
        environment,
        subject.plain,
        subject.edges,
        subject.spec.source.location("service"),
        layers_of(subject),
        history_of(subject),
    )


def _providers_first(services: Sequence[ResolvedService]) -> list[ResolvedService]:
    by_name = {service.name: service for service in services}
    order: dict[str, ResolvedService] = {}

    def visit(service: ResolvedService, above: frozenset[str]) -> None:
        for provider in sorted({edge.provider for edge in service.edges if edge.provider}):
            if provider not in above and provider not in order:
                visit(by_name[provider], above | {service.name})
        order.setdefault(service.name, service)

    for service in services:
        visit(service, frozenset({service.name}))
    return list(order.values())
