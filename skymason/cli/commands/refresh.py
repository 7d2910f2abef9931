"""`sm refresh`"""

from typing import Annotated

import typer

from skymason.cli.deploy import run
from skymason.cli.options import HERE, Cwd, Json, Stack, Where, Yes
from skymason.driver.model import CloudKind, Operation, Request


def command(
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what drifted.")] = False,
    json: Json = False,
    yes: Yes = False,
    cwd: Cwd = HERE,
) -> int:
    """Read the cloud's present state into the stack, and show what drifted.

    The next `up` puts back what the program says. `sm drift` looks only, and exits with 3 for a difference.
    """
    return run(Request(Operation.REFRESH, stack, cloud, dry=dry_run), cwd, json=json, yes=yes)
