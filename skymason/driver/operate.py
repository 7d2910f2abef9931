"""The one entry to deployments: picks the engine and runs the operation."""

from __future__ import annotations

from dataclasses import replace

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes
from skymason.driver.model import CloudKind, Operation, Outcome, Request, Result
from skymason.driver.progress import Display
from skymason.driver.project import Project
from skymason.driver.summary import number
from skymason.driver.tally import Tally
from skymason.engine_cli import EngineCli


def operate(project: Project, request: Request, engine: EngineCli, tally: Tally, display: Display) -> Outcome:
    """Run one operation on one stack, and say what came of it.

    engine: as `skymason.engine_cli.find` found it; without a CLI the offline cloud is evaluated in process,
    and a real one cannot be deployed to. Raises DiagnosticError where the operation cannot begin.
    """
    if engine.found:
        from skymason.driver import local

        with display:
            outcome = local.run(project, request, engine, tally, display)
    else:
        if request.cloud is CloudKind.REAL:
            fix = "install it (https://www.pulumi.com/docs/install/), or leave out --cloud real"
            place = Location(f"stack {request.stack}")
            raise DiagnosticError([Diagnostic(codes.NEEDS_CLI, engine.reason, fix, place)])
        from skymason.driver import inprocess

        with display:
            outcome = inprocess.run(project, request, engine, tally, display)
    return _expected(outcome, request)


def _expected(outcome: Outcome, request: Request) -> Outcome:
    """A preview that must find nothing has failed where it found something."""
    if not request.expect_no_changes or not outcome.changed or outcome.result is not Result.SUCCEEDED:
        return outcome
    place = Location(f"stack {request.stack}")
    text = f"{number(outcome.changed, 'resource')} would change, and none was expected to"
    finding = Diagnostic(codes.CHANGES, text, f"`sm up --stack {request.stack}` makes the changes", place)
    return replace(outcome, result=Result.FAILED, diagnostics=(*outcome.diagnostics, finding))


__all__ = ["CloudKind", "Operation", "Outcome", "Request", "operate"]
