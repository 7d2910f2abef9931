"""`sm create-microservice`"""

import sys
from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name: small letters, digits and dashes.")
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            "-p",
            help="web_api, background_worker, data_api or event_processor; `sm patterns` tells them apart.",
        ),
    ] = None,
    cloud: Annotated[
        str | None,
        typer.Option("--cloud", "-c", help="aws or azure [default: the stacks', else of your credentials]."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="python or typescript [default: python].")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Team that answers for it [default: the stacks' owner].")
    ] = None,
    tier: Annotated[
        str | None, typer.Option("--tier", help="critical, standard or best_effort [default: standard].")
    ] = None,
    uses: Annotated[
        list[str] | None,
        typer.Option(
            "--uses",
            metavar="NAME:ACCESS",
            help="What it uses, such as wallet:invoke or product-images:read; can be repeated.",
        ),
    ] = None,
    directory: Annotated[
        str | None,
        typer.Option("--directory", "-d", help="Folder from the project's root [default: apps/NAME]."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; show the files as a diff and as a tree.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what is missing takes its default.")
    ] = False,
    cwd: Cwd = HERE,
) -> int:
    """Create a microservice: its spec, a running application with tests, and its workflow.

    Writes services/NAME.yaml, a service folder and .github/workflows/NAME.yml, all of them or none. The spec
    is checked with the project's other services in all stacks before anything is written. No file is ever
    overwritten: run again with the same words it changes nothing, with others it shows the difference and
    exits with 1. On a terminal it asks for what is missing.
    """
    from skymason.cli import asking
    from skymason.cli.create import create
    from skymason.cli.exits import USAGE
    from skymason.cli.place import project_at
    from skymason.cli.wanted import Wanted

    wanted = Wanted(name, pattern, cloud, language, owner, tier, uses or (), directory)
    try:
        return create(project_at(cwd).root, wanted, dry_run=dry_run, may_ask=asking.may_ask() and not yes)
    except asking.NoAnswerError:
        print("nothing was done", file=sys.stderr)
        return USAGE
