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
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Check again when a file changes, until Ctrl-C.")
    ] = False,
    cwd: Cwd = HERE,
) -> int:
    """Check settings, patterns and services, and list everything that is wrong.

    Each finding has a code, file and line, the layer that set the value, and a fix. Nothing is evaluated or
    deployed. Exits with 1 where there is an error; warnings alone are fine.

    With --watch findings of the files that changed come first, and as JSON each run is one line. Ctrl-C ends
    it with exit code 0.
    """
    from skymason import __version__
    from skymason.cli import codes
    from skymason.cli.place import project_at
    from skymason.cli.validation import validate
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location, to_json, to_sarif, to_text

    if watch:
        from skymason.cli.watch import watch as keep_watching

        if format is Format.SARIF:
            text = "SARIF is a document of one run, and --watch makes many"
            fix = "leave out --watch, or give --format json"
            raise DiagnosticError([Diagnostic(codes.WRONG_USAGE, text, fix, Location("sm validate"))])
        root = project_at(cwd).root
        return keep_watching(
            lambda: validate(root, stack, every_stack=all_stacks),
            root,
            as_json=format is Format.JSON,
            every_stack=all_stacks,
        )
    found = validate(cwd, stack, every_stack=all_stacks)
    if format is Format.JSON:
        print(to_json(found.diagnostics))
    elif format is Format.SARIF:
        print(to_sarif(found.diagnostics, __version__))
    elif found.diagnostics:
        print(to_text(found.diagnostics))
    if format is Format.TEXT:
        print(found.verdict(every_stack=all_stacks), file=sys.stderr)
    return 1 if found.failed else 0
