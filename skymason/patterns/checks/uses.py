"""`uses`: from what a spec names to edges, and everything that is wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from skymason.diagnostics import Diagnostic, Severity, define, nearest, suggestion
from skymason.patterns.access import ACCESS, KINDS, SERVICE
from skymason.patterns.checks.subject import Subject
from skymason.patterns.conditions import holds
from skymason.patterns.library import PatternLibrary
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.service import Use
from skymason.patterns.resolved import Edge
from skymason.patterns.specs import IGNORED

UNKNOWN_TARGET = define("SM2601", "Uses what is not there", "Permissions can only be given on what is known.")
NO_SUCH_ACCESS = define(
    "SM2602", "Access that the target does not offer", "Each kind of target has its own ways of being used."
)
USES_ITSELF = define(
    "SM2603", "Service uses itself", "It may do so anyway: its own resources are bound to it by the pattern."
)
CYCLE = define(
    "SM2604",
    "Services use each other in a circle",
    "What belongs to one would have to be made before the other, and the other way round; and calls in a "
    "circle turn one slow service into a standstill of all.",
)
TWICE = define("SM2605", "Target is used twice", "One entry says all that a service may do with a target.")
AMBIGUOUS = define(
    "SM2606", "Name of two resources", "An existing resource has the name of one that a service provides."
)
ONE_TARGET = define(
    "SM2607", "Neither a service nor a resource is named, or both", "Each entry is about one target."
)
OTHER_CLOUD = define(
    "SM2608", "Target is on another cloud", "Permissions and network rules end where the cloud does."
)


@dataclass(frozen=True, slots=True)
class Provided:
    """A resource that a service of the stack brings along. access: what it offers; empty: all of its kind."""

    name: str
    kind: str
    service: str
    access: tuple[str, ...] = ()


@dataclass(frozen=True)
class Targets:
    """Everything that may be used. services: name → capabilities of its pattern. ports: name → main port.
    elsewhere: names of services that this stack leaves out, as they are on another cloud."""

    services: Mapping[str, Sequence[str]]
    existing: Mapping[str, str]
    ports: Mapping[str, int] = field(default_factory=dict)
    provided: Mapping[str, Provided] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()

    @property
    def resources(self) -> list[str]:
        return sorted({*self.existing, *self.provided})


def targets_of(
    subjects: Sequence[Subject[ServiceConfig]],
    library: PatternLibrary,
    existing: Mapping[str, str],
    elsewhere: frozenset[str] = frozenset(),
) -> Targets:
    """What the services of a stack offer each other, and what is there already."""
    provided = {}
    for subject in subjects:
        for item in library.provides(subject.document.pattern):
            kind = item.kind.get(subject.cloud)
            if kind and holds(item.when, subject.plain):
                name = item.resource.replace("{service}", subject.name)
                provided[name] = Provided(name, kind, subject.name, tuple(item.access))
    services = {subject.name: library.entry(subject.document.pattern).capabilities for subject in subjects}
    ports = {subject.name: subject.config.ports[0].port for subject in subjects}
    return Targets(services, existing, ports, provided, elsewhere)


def edges_of(subject: Subject[ServiceConfig], targets: Targets) -> tuple[tuple[Edge, ...], list[Diagnostic]]:
    """The edges of one service, and what is wrong with the others."""
    edges: list[Edge] = []
    found: list[Diagnostic] = []
    for index, use in enumerate(subject.document.uses):
        if use.access == IGNORED:
            continue
        wrong = list(_problems(subject, targets, use, f"uses.{index}", edges))
        found += wrong
        if not wrong:
            edges.append(_edge(subject, targets, use, f"uses.{index}"))
    return tuple(edges), found


def _problems(
    subject: Subject[ServiceConfig], targets: Targets, use: Use, path: str, edges: list[Edge]
) -> Iterator[Diagnostic]:
    name = use.service or use.resource
    if name is None or (use.service and use.resource):
        fix = "give either service: NAME or resource: NAME"
        yield subject.in_spec(ONE_TARGET, "each entry names one target", fix, path)
        return
    if any(edge.name == name and (edge.kind == SERVICE) == bool(use.service) for edge in edges):
        fix = "keep one entry, with the access that covers both (such as readwrite)"
        yield subject.in_spec(TWICE, f"'{name}' is used by an entry above", fix, path)
    elif use.service:
        yield from _service_problems(subject, targets, use.service, use.access, path)
    else:
        yield from _resource_problems(subject, targets, name, use.access, path)


def _service_problems(
    subject: Subject[ServiceConfig], targets: Targets, name: str, access: str, path: str
) -> Iterator[Diagnostic]:
    if name == subject.name:
        yield subject.in_spec(USES_ITSELF, f"'{name}' uses itself", "remove the entry", f"{path}.service")
    elif name in targets.elsewhere:
        yield subject.in_spec(
            OTHER_CLOUD,
            f"'{name}' is on another cloud than '{subject.name}'",
            "call it by its public address, as any caller does",
            f"{path}.service",
        )
    elif name not in targets.services:
        fix = (
            f"'{name}' is a resource: write resource: {name}"
            if name in targets.resources
            else suggestion(name, sorted(targets.services))
        )
        yield subject.in_spec(UNKNOWN_TARGET, f"there is no service '{name}'", fix, f"{path}.service")
    elif access not in targets.services[name]:
        offered = targets.services[name]
        own = [item.name for item in targets.provided.values() if item.service == name]
        fix = (
            suggestion(access, offered)
            if offered
            else f"use its resources: {', '.join(own) or 'it has none'}"
        )
        yield subject.in_spec(
            NO_SUCH_ACCESS, f"service '{name}' does not offer '{access}'", fix, f"{path}.access"
        )


def _resource_problems(
    subject: Subject[ServiceConfig], targets: Targets, name: str, access: str, path: str
) -> Iterator[Diagnostic]:
    key = f"{path}.resource"
    provided = targets.provided.get(name)
    if provided and name in targets.existing:
        yield subject.in_spec(
            AMBIGUOUS,
            f"'{name}' is both an existing resource and one of service '{provided.service}'",
            "rename the existing one in the stack's settings",
            key,
        )
        return
    if provided and provided.service == subject.name:
        fix = "remove the entry: the pattern binds it already"
        yield subject.in_spec(USES_ITSELF, f"'{name}' belongs to '{subject.name}' itself", fix, key)
        return
    kind = provided.kind if provided else targets.existing.get(name)
    if kind is None:
        if name in targets.services:
            fix = f"'{name}' is a service: write service: {name}, access: invoke"
        else:
            near = nearest(name, targets.resources)
            known = ", ".join(targets.resources) or "none"
            guess = f"did you mean '{near}'? " if near else ""
            fix = f"{guess}known: {known}; declare others under the stack's `existing`"
        yield subject.in_spec(UNKNOWN_TARGET, f"there is no resource '{name}'", fix, key)
    elif kind not in KINDS[subject.cloud]:
        fix = "use a resource of the service's own cloud"
        yield subject.in_spec(OTHER_CLOUD, f"'{name}' ({kind}) is not on {subject.cloud}", fix, key)
    elif access not in (offered := (provided and provided.access) or ACCESS[kind]):
        yield subject.in_spec(
            NO_SUCH_ACCESS,
            f"{kind} '{name}' does not offer '{access}'",
            # What is right for the kind is no slip of the pen.
            f"allowed: {', '.join(offered)}" if access in ACCESS[kind] else suggestion(access, offered),
            f"{path}.access",
        )


def _edge(subject: Subject[ServiceConfig], targets: Targets, use: Use, path: str) -> Edge:
    location = subject.spec.source.location(path)
    if use.service:
        return Edge(use.service, SERVICE, use.access, location, port=targets.ports[use.service])
    name = str(use.resource)
    provided = targets.provided.get(name)
    if provided:
        return Edge(name, provided.kind, use.access, location, provided.service)
    return Edge(name, targets.existing[name], use.access, location)


def cycles(subjects: Sequence[Subject[ServiceConfig]]) -> Iterator[Diagnostic]:
    """One finding for each circle, at the first of its services by name.

    A circle through resources cannot be deployed; one of calls alone can, and is a warning.
    """
    by_name = {subject.name: subject for subject in subjects}
    following = {
        # Where a service both calls another one and uses its resources, the resources decide.
        subject.name: {
            edge.provider or edge.name: edge
            for edge in sorted(subject.edges, key=lambda edge: edge.provider)
            if _leads_on(edge, by_name)
        }
        for subject in subjects
    }
    for circle in _circles({name: sorted(edges) for name, edges in following.items()}):
        pairs = list(zip(circle, [*circle[1:], circle[0]], strict=True))
        edges = [following[one][other] for one, other in pairs]
        only_calls = all(edge.kind == SERVICE for edge in edges)
        subject = by_name[circle[0]]
        path = next(
            f"uses.{index}"
            for index, use in enumerate(subject.document.uses)
            if edges[0].name in (use.service, use.resource)
        )
        yield subject.in_spec(
            CYCLE,
            f"{' → '.join([*circle, circle[0]])}",
            "let one of them hand over by a queue in place of a call"
            if only_calls
            else "move the shared resource into a third service, or into the stack's `existing`",
            path,
            Severity.WARNING if only_calls else Severity.ERROR,
        )


def _leads_on(edge: Edge, names: Mapping[str, object]) -> bool:
    return (edge.kind == SERVICE and edge.name in names) or bool(edge.provider)


def _circles(graph: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Circles found by a walk from every node in order, each once, from its smallest name on."""
    circles: dict[frozenset[str], list[str]] = {}
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        path: list[str] = [start]
        choices = [iter(graph[start])]
        while path:
            name = next(choices[-1], None)
            if name is None:
                done.add(path.pop())
                choices.pop()
            elif name in path:
                circle = path[path.index(name) :]
                first = circle.index(min(circle))
                circles.setdefault(frozenset(circle), circle[first:] + circle[:first])
            elif name not in done:
                path.append(name)
                choices.append(iter(graph[name]))
    return list(circles.values())
