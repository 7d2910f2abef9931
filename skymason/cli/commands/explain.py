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
    from json import dumps

    from skymason.cli.explain import explain, explain_text

    found = explain(cwd, key, service, env)
    print(dumps(found, indent=2) if json else explain_text(found, service, env))
    return 0
