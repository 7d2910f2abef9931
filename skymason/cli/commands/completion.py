"""`sm completion`"""

from typing import Annotated

import typer

from skymason.cli.shells import Shell


def command(
    shell: Annotated[Shell, typer.Argument(help="The shell.")],
    install: Annotated[
        bool, typer.Option("--install", help="Write the script where the shell looks for it.")
    ] = False,
) -> int:
    """Print the script with which a shell completes command lines of sm.

    Completes commands and options, and what the project holds: stacks, services, patterns, keys, owners and
    what a service may use. Your shell's start-up files are never changed; where it needs a line in one,
    --install says which.
    """
    import os
    from pathlib import Path

    from skymason.cli import codes
    from skymason.cli.shells import SCRIPTS, place_of
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location

    if not install:
        print(SCRIPTS[shell], end="")
        return 0
    place = place_of(shell, os.environ, Path.home())
    try:
        place.file.parent.mkdir(parents=True, exist_ok=True)
        place.file.write_text(SCRIPTS[shell], encoding="utf-8")
    except OSError as problem:
        why = f"it cannot be written: {problem.strerror or type(problem).__name__}"
        fix = f"sm completion {shell} > FILE, and read FILE when the shell starts"
        found = Diagnostic(codes.NOT_WRITTEN, why, fix, Location(str(place.file)))
        raise DiagnosticError([found]) from None
    print(f"wrote {place.file}\n{place.hint}")
    return 0
