"""`sm destroy`"""

from typing import Annotated

import typer

from skymason.cli.deploy import run
from skymason.cli.options import HERE, Cwd, Json, Stack, Where, Yes
from skymason.driver.model import CloudKind, Operation, Request


def command(
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be deleted.")] = False,
    json: Json = False,
    yes: Yes = False,
    cwd: Cwd = HERE,
) -> int:
    """Delete every resource of a stack.

    In the offline cloud protected resources go too; in a real one protection has to be taken away first.
    """
    return run(Request(Operation.DESTROY, stack, cloud, dry=dry_run), cwd, json=json, yes=yes)
