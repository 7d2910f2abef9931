"""One run of `sm validate`, as data and in the forms that it is printed in."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skymason.cli.checks import examine
from skymason.cli.place import project_at, stack_of
from skymason.diagnostics import Diagnostic, DiagnosticError, has_errors, ordered, to_text
from skymason.driver.summary import number


@dataclass(frozen=True, slots=True)
class Validated:
    """What is wrong with one or all stacks. services: most that one stack has. seconds: time taken."""

    stacks: tuple[str, ...]
    services: int
    diagnostics: tuple[Diagnostic, ...]
    seconds: float

    @property
    def errors(self) -> int:
        return sum(item.severity == "error" for item in self.diagnostics)

    @property
    def failed(self) -> bool:
        return has_errors(self.diagnostics)

    def verdict(self, *, every_stack: bool) -> str:
        """One line for people."""
        where = number(len(self.stacks), "stack") if every_stack else f"stack {self.stacks[0]}"
        wrong = number(self.errors, "error")
        verdict = wrong if self.errors else f"nothing wrong with {number(self.services, 'service')}"
        return f"{where}: {verdict}, {number(len(self.diagnostics) - self.errors, 'warning')}"


def validate(folder: Path, stack: str, *, every_stack: bool) -> Validated:
    """Check one stack, or all there are. Never raises for what a file says, nor for one that is missing."""
    began = time.monotonic()
    found: list[Diagnostic] = []
    services = 0
    stacks: Sequence[str] = [stack]
    try:
        project = project_at(folder)
        stacks = (every_stack and project.stacks) or [stack_of(project, stack)]
        for name in stacks:
            checked = examine(project, name)
            found += checked.diagnostics
            services = max(services, checked.services)
    except DiagnosticError as error:
        found += error.diagnostics
    return Validated(tuple(stacks), services, tuple(ordered(found)), time.monotonic() - began)


def changed_first(diagnostics: Iterable[Diagnostic], changed: Collection[str]) -> list[Diagnostic]:
    """Findings of files that changed, then the others, each in their order. changed: paths from the root."""
    return sorted(ordered(diagnostics), key=lambda item: item.location.path not in changed)


def findings_text(diagnostics: Sequence[Diagnostic], changed: Collection[str]) -> str:
    """Findings of changed files first."""
    mine = [item for item in diagnostics if item.location.path in changed]
    rest = [item for item in diagnostics if item.location.path not in changed]
    return "\n".join(to_text(part) for part in (mine, rest) if part)


def as_line(validated: Validated, changed: Collection[str], at: str) -> str:
    """One run of a watch as one line of JSON."""
    document: dict[str, Any] = {
        "at": at,
        "changed": sorted(changed),
        "stacks": list(validated.stacks),
        "services": validated.services,
        "errors": validated.errors,
        "warnings": len(validated.diagnostics) - validated.errors,
        "seconds": round(validated.seconds, 3),
        "diagnostics": [item.as_dict() for item in changed_first(validated.diagnostics, changed)],
    }
    return json.dumps(document, ensure_ascii=False)
