"""What the next `up` would change: evaluated in process and compared with what is deployed, or was."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from skymason.cli import codes
from skymason.cli.checks import check, resolve
from skymason.cli.place import project_at, stack_of
from skymason.cli.services import of_service
from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver.changes import changes_between
from skymason.driver.inprocess import evaluated
from skymason.driver.kept import deployed
from skymason.driver.model import Change
from skymason.driver.observed import cloud_with
from skymason.driver.project import Project
from skymason.driver.revision import evaluated_at
from skymason.driver.summary import counted, sentence
from skymason.offline.cloud import Cloud
from skymason.plan.escaped import mark_escaped
from skymason.plan.model import Plan

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Planned:
    """What would change.

    against: what it was compared with, in words. revision: the commit, where it was one of the project's
    history. service: the only one that is shown, '' for all. seconds: whole time taken.
    """

    project: str
    stack: str
    against: str
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float
    revision: str = ""
    service: str = ""

    @property
    def headline(self) -> str:
        of = f", service {self.service}" if self.service else ""
        return f"{self.project}, stack {self.stack}{of}: {sentence(counted(self.changes), dry=True)}"


@dataclass(frozen=True, slots=True)
class Before:
    """What is compared with. cloud: one that holds what is deployed there, None for the stack's own."""

    plan: Plan | None
    words: str
    revision: str = ""
    cloud: Cloud | None = None


def plan(folder: Path, stack: str, against: str = KEPT, service: str = "") -> Planned:
    """Check, evaluate and compare. Raises DiagnosticError with everything that stops it."""
    began = time.monotonic()
    project = project_at(folder)
    stack_of(project, stack)
    checked = check(project, stack)
    with _before(project, stack, against) as before:
        after = evaluated(project, stack, preview=True, cloud=before.cloud)
    if checked is not None:
        after = mark_escaped(after, resolve(project, stack)[1].services)
    changes = changes_between(before.plan, after)
    if service:
        changes = of_service(changes, service, (before.plan, after))
    return Planned(
        project.name,
        stack,
        before.words,
        changes,
        checked.diagnostics if checked else (),
        time.monotonic() - began,
        before.revision,
        service,
    )


@contextmanager
def _before(project: Project, stack: str, against: str) -> Iterator[Before]:
    """What to compare with: the kept state, a file, or a revision of the project, in this order."""
    if against == KEPT:
        found = deployed(project, stack)
        words = "what is deployed in the offline cloud" if found else "an empty offline cloud"
        yield Before(found, words)
    elif Path(against).is_file() or against.endswith(".json"):
        given = _from_file(Path(against))
        # What a preview says of outputs is too little to go on from.
        yield Before(given, against, cloud=None if given.preview else cloud_with(given))
    else:
        if sys.stderr.isatty():
            print(f"evaluating {against} beside the checkout …", file=sys.stderr, flush=True)
        with evaluated_at(project, stack, against) as found_at:
            yield Before(found_at.plan, found_at.words, found_at.commit, Cloud(found_at.cloud))


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
