"""`sm schema`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 if one is stale.")
    ] = False,
    cwd: Cwd = HERE,
) -> int:
    """Write the JSON Schemas that editors use, or check that they are current.

    With them all that is generated from the code: the reference of patterns, of diagnostics and of commands.
    """
    from skymason.cli import codes
    from skymason.cli.generated import stale, write
    from skymason.cli.place import project_at
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location

    root = project_at(cwd).root
    if not check:
        changed = write(root)
        print("\n".join(f"wrote {path}" for path in changed) or "everything is current")
        return 0
    found = stale(root)
    if found:
        text = "differs from what the code says"
        raise DiagnosticError(
            [Diagnostic(codes.STALE_FILES, text, "run `sm schema`", Location(path)) for path in found]
        )
    print("everything is current")
    return 0
