"""Questions to the Pulumi CLI that need no program: outputs and state of a stack."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes
from skymason.driver.project import Project
from skymason.engine_cli import find


def ask(
    project: Project,
    stack: str,
    *words: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What `pulumi WORDS --stack STACK` prints.

    folder: working directory, the project's if left out. environment: left out, the user's own. Raises
    DiagnosticError: no CLI, or what it says no to.
    """
    engine = find(project.root, install=False)
    place = Location(f"stack {stack}")
    if not engine.found:
        fix = "install it: https://www.pulumi.com/docs/install/"
        raise DiagnosticError([Diagnostic(codes.NEEDS_CLI, engine.reason, fix, place)])
    said = subprocess.run(
        [engine.executable, *words, "--non-interactive", "--stack", stack],
        cwd=folder or project.root,
        env={**(os.environ if environment is None else environment), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if said.returncode:
        lines = said.stderr.strip().splitlines() or ["the Pulumi CLI failed"]
        text = lines[-1].removeprefix("error: ")
        fix = "log in to the backend that has it (`pulumi login`), or name another stack"
        raise DiagnosticError([Diagnostic(codes.NO_STACK, text, fix, place)])
    return said.stdout
