"""Stands in for the engine where there is no CLI: evaluates the program in this process.

Twice, as the engine would run it: as a preview, with everything unknown that a first deployment cannot know,
and as a deployment. The plan of the deployment is kept; the next run is compared with it.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes
from skymason.driver.changes import changes_between, unchanged
from skymason.driver.kept import forget, keep, kept, outputs_of
from skymason.driver.model import Change, CloudKind, Operation, Outcome, Request, Result
from skymason.driver.project import Project
from skymason.driver.tally import Tally
from skymason.engine_cli import EngineCli
from skymason.plan.model import Plan


def run(project: Project, request: Request, engine: EngineCli, tally: Tally) -> Outcome:
    """Run one operation. Raises DiagnosticError with everything that the program or the cloud says no to."""
    before = kept(project, request.stack)
    after: Plan | None = before
    changes: tuple[Change, ...]
    match request.operation:
        case Operation.UP | Operation.PREVIEW:
            evaluated(project, request.stack, preview=True)
            after = evaluated(project, request.stack, preview=False)
            changes = changes_between(before, after)
        case Operation.REFRESH:  # nobody but this driver changes a kept plan
            changes = unchanged(before)
        case Operation.DESTROY:
            changes = changes_between(before, None)
    if request.writes:
        if request.operation is Operation.DESTROY:
            forget(project, request.stack)
        elif after is not None:
            keep(project, after)
    return Outcome(
        project=project.name,
        stack=request.stack,
        operation=request.operation,
        cloud=CloudKind.OFFLINE,
        engine=engine.name,
        reason=engine.reason,
        result=Result.SUCCEEDED,
        changes=changes,
        outputs=outputs_of(after) if after else {},
        state=project.shown(project.kept_plan(request.stack)),
        seconds=tally.seconds,
    )


def evaluated(project: Project, stack: str, *, preview: bool) -> Plan:
    """The plan of the project's program. Raises DiagnosticError, SM4102 for the program's own errors."""
    from skymason.plan.evaluate import evaluate_project

    try:
        return evaluate_project(project.root, stack, preview=preview)
    except DiagnosticError:
        raise
    except (Exception, SystemExit) as error:
        place = _place(error, project.root) or Location(f"stack {stack}")
        text = f"{type(error).__name__}: {error}"
        fix = "mend the program; SM_DEBUG=1 shows the whole traceback"
        raise DiagnosticError([Diagnostic(codes.PROGRAM, text, fix, place)]) from error


def _place(error: BaseException, root: Path) -> Location | None:
    """The innermost line of the project's own code."""
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            found = Location(path.relative_to(root).as_posix(), frame.lineno or 0)
    return found
