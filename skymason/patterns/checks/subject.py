"""What a check gets: one service after merging, and the means to report on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from skymason.diagnostics import Code, Diagnostic, Location, Severity
from skymason.patterns.facts import StackFacts
from skymason.patterns.merge import Merged, at
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.service import Service
from skymason.patterns.resolved import Edge
from skymason.patterns.specs import ServiceSpec

Config = TypeVar("Config", bound=ServiceConfig, covariant=True)


@dataclass(frozen=True)
class Subject(Generic[Config]):
    """One service.

    config: the pattern's model, in which values that are wrong in themselves are replaced by the pattern's.
    plain: the same as plain data. mended: dotted keys of those values. doubtful: findings that rest on one.
    """

    spec: ServiceSpec
    document: Service
    config: Config
    plain: dict[str, Any]
    merged: Merged
    facts: StackFacts
    cloud: str
    edges: tuple[Edge, ...] = ()
    mended: tuple[str, ...] = ()
    doubtful: set[Diagnostic] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.document.service.name

    def location(self, key: str) -> tuple[Location, str]:
        """Where a key stands in the service's own file, and as what; else the line of `pattern:`."""
        owner = self.merged.owner(key)
        if owner is not None and owner.own:
            return owner.location(key), owner.path(key)
        return self.spec.source.location("pattern"), key

    def is_own(self, key: str) -> bool:
        """Whether the service itself set a key, or something inside it."""
        owner = self.merged.owner(key)
        return owner is not None and owner.own

    def finding(
        self,
        code: Code,
        message: str,
        fix: str,
        *keys: str,
        severity: Severity = Severity.ERROR,
        secret: bool = False,
    ) -> Diagnostic:
        """A finding about dotted keys of the pattern, the first of them the one to change.

        It is placed at the first key that the service itself set. secret: leave the values out.
        """
        placed = next((key for key in keys if self.is_own(key)), keys[0])
        location, path = self.location(placed)
        set_by = tuple(dict.fromkeys(self._set_by(key, secret) for key in keys))
        found = Diagnostic(code, message, fix, location, path, set_by, severity)
        if any(overlap(key, wrong) for key in keys for wrong in self.mended):
            self.doubtful.add(found)
        return found

    def in_spec(
        self, code: Code, message: str, fix: str, path: str, severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        """A finding about what is no key of the pattern: `service`, `uses` and so on."""
        return Diagnostic(code, message, fix, self.spec.source.location(path), path, severity=severity)

    def _set_by(self, key: str, secret: bool) -> str:
        """`spot = true: service (services/orders.yaml:14), over false by pattern default`."""
        owner = self.merged.owner(key)
        if owner is None:
            return (
                f"{key}: model default" if secret else f"{key} = {_shown(at(self.plain, key))}: model default"
            )
        value = at(self.plain, key)
        place = f"{owner.name} ({owner.location(key)})"
        if secret or isinstance(value, dict | list):
            return f"{key}: {place}"
        before = [
            (source.name, given)
            for source, given in self.merged.history.get(key, ())
            if owner.own and not source.own and given != value
        ]
        beaten = f", over {_shown(before[-1][1])} by {before[-1][0]}" if before else ""
        return f"{key} = {_shown(value)}: {place}{beaten}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False)


Check = Callable[[Any], Iterator[Diagnostic]]
StackCheck = Callable[[list[Subject[ServiceConfig]], StackFacts], Iterator[Diagnostic]]

CHECKS: list[tuple[type[ServiceConfig], Check]] = []
STACK_CHECKS: list[StackCheck] = []


def check(model: type[ServiceConfig]) -> Callable[[Check], Check]:
    """Register a check of every service whose pattern has the keys of `model`."""

    def register(function: Check) -> Check:
        CHECKS.append((model, function))
        return function

    return register


def stack_check(function: StackCheck) -> StackCheck:
    """Register a check over all services of a stack."""
    STACK_CHECKS.append(function)
    return function


def run(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    """Everything that the checks of its pattern find in one service."""
    for model, function in CHECKS:
        if isinstance(subject.config, model):
            yield from (found for found in function(subject) if found not in subject.doubtful)


def run_stack(subjects: list[Subject[ServiceConfig]], facts: StackFacts) -> Iterator[Diagnostic]:
    """Everything that is found between services."""
    for function in STACK_CHECKS:
        for found in function(subjects, facts):
            if not any(found in subject.doubtful for subject in subjects):
                yield found


def overlap(one: str, other: str) -> bool:
    """Whether one dotted key is, or lies within, the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
