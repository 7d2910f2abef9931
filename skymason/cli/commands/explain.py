"""`sm explain`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json


def command(
    key: Annotated[
        str, typer.Argument(help="A dotted key, such as scaling.max, or a section for all below it.")
    ],
    service: Annotated[str, typer.Option("--service", help="The service.")],
    env: Annotated[
        str, typer.Option("--env", "--stack", "-e", help="The stack, which is the environment.")
    ] = "dev",
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Show which layer set a key of a service.

    Lists all layers that gave a value, in the order in which they are merged; the last one wins.
    """
    from skymason.cli.checks import explain
    from skymason.cli.explain import as_json, as_text
    from skymason.cli.place import project_at, stack_of

    project = project_at(cwd)
    found = explain(project, stack_of(project, env), service, key)
    print(as_json(found) if json else as_text(found, service, env))
    return 0
