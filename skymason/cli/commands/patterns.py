"""`sm patterns`"""

from enum import StrEnum
from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json


class CloudName(StrEnum):
    """A cloud that patterns are written for."""

    AWS = "aws"
    AZURE = "azure"


def command(
    name: Annotated[str | None, typer.Argument(help="One pattern; left out, all of them in short.")] = None,
    cloud: Annotated[
        CloudName | None, typer.Option("--cloud", help="Show one cloud alone.", show_default="all")
    ] = None,
    every_key: Annotated[
        bool, typer.Option("--all", help="Also show the keys that every pattern has.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Show what patterns there are, what each creates, its keys and what it costs.

    Of one pattern: when to use it and when not, what it creates on each cloud, its keys with their default in
    each environment and the layer that sets it, what is locked and why, combinations that cannot be, and the
    monthly cost by list prices. Reads the project's infrastructure-patterns.yaml; outside of a project, the
    patterns that are shipped.
    """
    from skymason.cli.patterns import as_json, chosen, library_at, show, show_all

    library = library_at(cwd)
    names = chosen(library, name)
    clouds = [str(cloud)] if cloud else [str(item) for item in CloudName]
    if json:
        print(as_json(library, names, clouds))
    elif name is None:
        print(show_all(library, clouds))
    else:
        print(show(library, name, clouds, every_key=every_key))
    return 0
