"""`sm offline`"""

from pathlib import Path
from typing import Annotated

import typer

from skymason.cli.options import HERE

CONTEXT = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def command(
    words: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="A command and its arguments.")],
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep", help="Folder of the cloud and the state [default: .skymason/offline/<stack>]."
        ),
    ] = None,
    cwd: Annotated[Path, typer.Option("--cwd", "-C", help="Run the command in this folder.")] = HERE,
) -> int:
    """Run any command, in any folder, with the offline cloud attached.

    For every Pulumi program in any language: `sm offline -- pulumi up`. The command gets a file backend and a
    Pulumi home of its own, unless PULUMI_BACKEND_URL names one, so your login and your selected stack stay as
    they are. A stack that does not exist yet is created. The exit code is the command's.
    """
    from skymason.cli import codes
    from skymason.cli.place import folder_at
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location
    from skymason.driver.passthrough import run_offline

    if words[0].startswith("-"):
        text = f"there is no option {words[0]}, and no command begins with a dash"
        fix = "options of sm first, then the command: sm offline --cwd FOLDER -- pulumi preview"
        raise DiagnosticError([Diagnostic(codes.WRONG_USAGE, text, fix, Location("sm offline"))])
    try:
        return run_offline(words, folder_at(cwd), keep)
    except FileNotFoundError as missing:
        text = f"there is no program '{missing}' on the PATH"
        fix = "give the command as you would type it: sm offline -- pulumi preview"
        finding = Diagnostic(codes.NO_SUCH_PROGRAM, text, fix, Location("sm offline"))
        raise DiagnosticError([finding]) from None
