"""Reads a stack's outputs where they are kept, without running anything."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes
from skymason.driver.kept import deployed, outputs_of
from skymason.driver.model import CloudKind
from skymason.driver.project import Project


def read_outputs(project: Project, stack: str, cloud: CloudKind) -> dict[str, Any] | None:
    """Outputs with secrets hidden, None where nothing is deployed. Raises DiagnosticError: unreadable."""
    if cloud is CloudKind.OFFLINE:
        plan = deployed(project, stack)
        return None if plan is None else outputs_of(plan)
    return _real(project, stack)


def _real(project: Project, stack: str) -> dict[str, Any]:
    from skymason.engine_cli import find

    engine = find(project.root, install=False)
    place = Location(f"stack {stack}")
    if not engine.found:
        fix = "install it: https://www.pulumi.com/docs/install/"
        raise DiagnosticError([Diagnostic(codes.NEEDS_CLI, engine.reason, fix, place)])
    said = subprocess.run(
        [engine.executable, "stack", "output", "--json", "--non-interactive", "--stack", stack],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        lines = said.stderr.strip().splitlines() or ["the Pulumi CLI failed"]
        text = lines[-1].removeprefix("error: ")
        fix = "log in to the backend that has it (`pulumi login`), or name another stack"
        raise DiagnosticError([Diagnostic(codes.NO_STACK, text, fix, place)])
    return dict(json.loads(said.stdout))
