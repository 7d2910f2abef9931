"""`sm validate`"""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Stack


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def command(
    stack: Stack = "dev",
    all_stacks: Annotated[bool, typer.Option("--all-stacks", help="Check every stack there is.")] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="How findings are written.")] = Format.TEXT,
    cwd: Cwd = HERE,
) -> int:
    """Check settings, patterns and services, and list everything that is wrong.

    Each finding has a code, file and line, the layer that set the value, and a fix. Nothing is evaluated or
    deployed. Exits with 1 where there is an error; warnings alone are fine.
    """
    from skymason import __version__
    from skymason.cli.checks import examine
    from skymason.cli.place import project_at, stack_of
    from skymason.diagnostics import (
        Diagnostic,
        DiagnosticError,
        has_errors,
        ordered,
        to_json,
        to_sarif,
        to_text,
    )
    from skymason.driver.summary import number

    found: list[Diagnostic] = []
    services = 0
    stacks: list[str] = [stack]
    try:
        project = project_at(cwd)
        stacks = (all_stacks and project.stacks) or [stack_of(project, stack)]
        for name in stacks:
            checked = examine(project, name)
            found += checked.diagnostics
            services = max(services, checked.services)
    except DiagnosticError as error:
        found += error.diagnostics
    diagnostics = ordered(found)
    if format is Format.JSON:
        print(to_json(diagnostics))
    elif format is Format.SARIF:
        print(to_sarif(diagnostics, __version__))
    elif diagnostics:
        print(to_text(diagnostics))
    if format is Format.TEXT:
        errors = sum(item.severity == "error" for item in diagnostics)
        where = number(len(stacks), "stack") if all_stacks else f"stack {stack}"
        verdict = number(errors, "error") if errors else f"nothing wrong with {number(services, 'service')}"
        warnings = number(len(diagnostics) - errors, "warning")
        print(f"{where}: {verdict}, {warnings}", file=sys.stderr)
    return 1 if has_errors(diagnostics) else 0
