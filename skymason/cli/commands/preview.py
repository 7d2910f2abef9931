"""`sm preview`"""

from typing import Annotated

import typer

from skymason.cli.deploy import run
from skymason.cli.options import HERE, Cwd, Json, Retry, Stack, Where
from skymason.driver.model import CloudKind, Operation, Request


def command(
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="Exit with 1 where anything would change.")
    ] = False,
    json: Json = False,
    retry_install: Retry = False,
    cwd: Cwd = HERE,
) -> int:
    """Show what `up` would change, by the engine that would run it.

    `sm plan` answers the same in process, faster, and says why a resource would be replaced.
    """
    request = Request(Operation.PREVIEW, stack, cloud, expect_no_changes=expect_no_changes)
    return run(request, cwd, json=json, retry_install=retry_install)
