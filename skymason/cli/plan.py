"""What the next `up` would change: evaluated in process and compared with what is deployed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from skymason.cli import codes
from skymason.cli.checks import check, resolve
from skymason.cli.place import project_at, stack_of
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, to_text
from skymason.driver.changes import changes_between
from skymason.driver.inprocess import evaluated
from skymason.driver.kept import deployed
from skymason.driver.model import Change, ChangeKind
from skymason.driver.project import Project
from skymason.driver.summary import change_lines, counted, marked, sentence, table
from skymason.plan.escaped import mark_escaped
from skymason.plan.model import Plan

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Planned:
    """What would change. against: what it was compared with, in words. seconds: whole time taken."""

    project: str
    stack: str
    against: str
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float

    @property
    def headline(self) -> str:
        return f"{self.project}, stack {self.stack}: {sentence(counted(self.changes), dry=True)}"


def plan(folder: Path, stack: str, against: str) -> Planned:
    """Check, evaluate and compare. Raises DiagnosticError with everything that stops it."""
    began = time.monotonic()
    project = project_at(folder)
    stack_of(project, stack)
    checked = check(project, stack)
    before, words = _before(project, stack, against)
    after = evaluated(project, stack, preview=True)
    if checked is not None:
        after = mark_escaped(after, resolve(project, stack)[1].services)
    return Planned(
        project.name,
        stack,
        words,
        changes_between(before, after),
        checked.diagnostics if checked else (),
        time.monotonic() - began,
    )


def _before(project: Project, stack: str, against: str) -> tuple[Plan | None, str]:
    if against == KEPT:
        found = deployed(project, stack)
        return found, "what is deployed in the offline cloud" if found else "an empty offline cloud"
    return _from_file(Path(against)), against


def _from_file(file: Path) -> Plan:
    """A plan, a preview or a state, told apart by its keys. Raises DiagnosticError, SM5006."""
    from skymason.plan.engine import from_preview, from_state

    fix = "give a plan that `sm` keeps, or JSON of `pulumi preview --json` or `pulumi stack export`"
    try:
        text = file.read_text()
        data = json.loads(text)
        if "deployment" in data:
            return from_state(data)
        if "steps" in data:
            return from_preview(data)
        return Plan.from_json(text)
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        why = f"{type(problem).__name__}: {problem}"
    raise DiagnosticError([Diagnostic(codes.NOT_A_PLAN, why, fix, Location(str(file)))])


def as_text(found: Planned) -> str:
    """For people: findings, the table of components, each change with its properties and reason."""
    parts = [to_text(found.diagnostics), f"{found.headline} (against {found.against}; {found.seconds:.1f} s)"]
    if found.changes:
        parts.append(table(found.changes, dry=True))
    parts.append(change_lines(found.changes))
    return "\n\n".join(part for part in parts if part)


def as_json(found: Planned) -> str:
    """One document; unchanged resources are counted, not listed."""
    document = {
        "project": found.project,
        "stack": found.stack,
        "against": found.against,
        "counts": {str(kind): number for kind, number in counted(found.changes).items()},
        "changes": [item.as_dict() for item in found.changes if item.kind is not ChangeKind.SAME],
        "diagnostics": [item.as_dict() for item in found.diagnostics],
        "seconds": round(found.seconds, 2),
    }
    return json.dumps(document, indent=2)


def as_markdown(found: Planned) -> str:
    """For a pull request: one table, replacements and deletions first."""
    order = [ChangeKind.REPLACE, ChangeKind.DELETE, ChangeKind.UPDATE, ChangeKind.CREATE]
    lines = [f"### {found.headline}", ""]
    shown = [change for kind in order for change in found.changes if change.kind is kind]
    if shown:
        lines += ["| change | resource | type | properties | replaced because of |", "|---|---|---|---|---|"]
    for change in shown:
        paths = change.properties if change.kind is not ChangeKind.CREATE else change.escaped
        properties = ", ".join(f"`{marked(path, change.escaped)}`" for path in paths)
        reasons = ", ".join(f"`{reason}`" for reason in change.reasons)
        where = "/".join((*change.components, change.name))
        lines.append(f"| {change.kind} | {where} | `{change.type}` | {properties} | {reasons} |")
    lines += ["", *(f"- {item.as_text().splitlines()[0]}" for item in found.diagnostics)]
    return "\n".join(lines).rstrip()
