"""What `up`, `preview`, `refresh` and `destroy` share: checks, the question, the run, the summary."""

from __future__ import annotations

import sys
from pathlib import Path

from skymason.cli import codes
from skymason.cli.checks import check
from skymason.cli.exits import FINDINGS, FINE, INTERRUPTED, USAGE
from skymason.cli.place import project_at, stack_of
from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver.api import perform
from skymason.driver.colours import paint_for
from skymason.driver.model import CloudKind, Operation, Request, Result
from skymason.driver.project import Project
from skymason.driver.summary import as_json, as_text, command_name, number
from skymason.engine_cli import EngineCli, find

_EXIT = {Result.SUCCEEDED: FINE, Result.FAILED: FINDINGS, Result.INTERRUPTED: INTERRUPTED}


def run(request: Request, folder: Path, *, json: bool, yes: bool = False, retry_install: bool = False) -> int:
    """Run one operation from the command line; returns the exit code."""
    asks = request.cloud is CloudKind.REAL and request.writes and not yes
    if asks and not sys.stdin.isatty():
        text = f"{request.operation} of a real cloud asks first, and there is no terminal to ask on"
        place = Location(f"sm {request.operation}")
        raise DiagnosticError([Diagnostic(codes.WRONG_USAGE, text, "give --yes", place)])
    checks = request.operation is not Operation.DESTROY
    project, engine = prepared(request, folder, check_files=checks, retry_install=retry_install)
    say(f"engine: {engine.name} ({engine.reason})")
    if asks:
        answer = _ask(project, request, engine)
        if answer is not None:
            return answer
    outcome = perform(project, request, engine=engine)
    print(as_json(outcome, request) if json else as_text(outcome, request, paint_for()))
    return _EXIT[outcome.result]


def prepared(
    request: Request, folder: Path, *, check_files: bool, retry_install: bool = False
) -> tuple[Project, EngineCli]:
    """The project and the engine, after everything that can be said against the request before it begins.

    check_files: whether settings, patterns and services matter to it. Raises DiagnosticError.
    """
    project = project_at(folder)
    stack_of(project, request.stack)
    checked = check(project, request.stack) if check_files else None
    found = list(checked.diagnostics) if checked else []
    install = request.cloud is CloudKind.OFFLINE
    engine = find(project.root, retry_install=retry_install, install=install or retry_install)
    if request.cloud is CloudKind.REAL:
        _for_real(project, request, engine)
    if found:
        word = number(len(found), "warning")
        say(f"{word} about settings and services: `{command_name()} validate --stack {request.stack}`")
    return project, engine


def _for_real(project: Project, request: Request, engine: EngineCli) -> None:
    """Refuse what a real cloud would refuse later. Raises DiagnosticError with all of it."""
    from skymason.driver.real import missing

    lacking = missing(project, request.stack) if engine.found else []  # without it nothing else matters
    if lacking:
        raise DiagnosticError(lacking)


def say(text: str) -> None:
    """A line about the run, on stderr: stdout is for results."""
    print(text, file=sys.stderr, flush=True)


def _ask(project: Project, request: Request, engine: EngineCli) -> int | None:
    """Show what would happen to a real cloud and ask. Returns an exit code where it ends here."""
    dry = Request(request.operation, request.stack, request.cloud, dry=True)
    if request.operation is Operation.UP:
        dry = Request(Operation.PREVIEW, request.stack, request.cloud)
    planned = perform(project, dry, engine=engine)
    say(as_text(planned, dry, paint_for(sys.stderr)))
    if planned.result is not Result.SUCCEEDED:
        return _EXIT[planned.result]
    print(
        f"\nType the stack's name to {request.operation} {request.stack}: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    if sys.stdin.readline().strip() == request.stack:
        return None
    say("nothing was done")
    return USAGE
