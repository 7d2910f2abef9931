"""`sm create-microservice`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd


def command(
    name: Annotated[str, typer.Argument(help="Name of the service.")],
    pattern: Annotated[str, typer.Option("--pattern", "-p", help="What kind of service it is.")],
    cloud: Annotated[str, typer.Option("--cloud", "-c", help="aws or azure.")] = "aws",
    language: Annotated[str, typer.Option("--language", "-l", help="python or typescript.")] = "python",
    owner: Annotated[str, typer.Option("--owner", help="Team that answers for it.")] = "",
    tier: Annotated[str, typer.Option("--tier", help="How much it matters that it answers.")] = "standard",
    uses: Annotated[
        list[str] | None,
        typer.Option("--uses", metavar="NAME:ACCESS", help="What it calls, reads or writes."),
    ] = None,
    directory: Annotated[str, typer.Option("--directory", "-d", help="Folder of the service.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    cwd: Cwd = HERE,
) -> int:
    """Create a microservice: its spec, a running application with tests, and its workflow."""
    from skymason.cli.place import project_at
    from skymason.generate.render import render
    from skymason.generate.request import ServiceRequest, Use
    from skymason.generate.write import write

    root = project_at(cwd).root
    used = tuple(Use(*use.split(":", 1)) for use in uses or [])
    request = ServiceRequest(name, pattern, cloud, language, owner or "platform-team", tier, used, directory)
    files = render(request, root)
    if not dry_run:
        write(files, root)
    print("\n".join(map(str, files)))
    return 0
