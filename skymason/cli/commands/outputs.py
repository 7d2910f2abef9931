"""`sm outputs`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json, Stack, Where
from skymason.driver.model import CloudKind


def command(
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    env_file: Annotated[
        bool,
        typer.Option(
            "--env-file",
            help="Print lines for an .env file: NAME=value, as docker compose and dotenv read them.",
        ),
    ] = False,
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Print secret values too; without it they are hidden.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Show a stack's outputs.

    Those of the last deployment; secret values are hidden, and left out of an env file, unless
    --show-secrets is given. `sm outputs --env-file > .env` names `storefront.role_arn` STOREFRONT_ROLE_ARN.
    """
    from json import dumps

    from skymason.cli import codes
    from skymason.cli.deploy import say
    from skymason.cli.place import project_at, stack_of
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location
    from skymason.driver import env_file as env
    from skymason.driver.outputs import read_outputs
    from skymason.driver.summary import output_lines

    project = project_at(cwd)
    stack_of(project, stack)
    if env_file and json:
        finding = Diagnostic(
            codes.WRONG_USAGE,
            "--env-file and --json are two forms",
            "give one of them",
            Location("sm outputs"),
        )
        raise DiagnosticError([finding])
    found = read_outputs(project, stack, cloud, show_secrets=show_secrets)
    if found is None:
        place = Location(f"stack {stack}")
        text = f"stack {stack} was not deployed to the {cloud} cloud yet"
        fix = f"sm up --stack {stack}"
        raise DiagnosticError([Diagnostic(codes.NOTHING_DEPLOYED, text, fix, place)])
    if env_file:
        hidden = frozenset() if show_secrets else found.secrets
        print(env.render(found.values, hidden), end="")
        inside = env.needs_quotes(found.values, hidden)
        if inside:
            say(f"in quotes, which `docker run --env-file` takes as part of the value: {', '.join(inside)}")
    elif json:
        print(dumps(found.values, indent=2, sort_keys=True))
    elif found.values:
        print(output_lines(found.values))
    else:
        print("no outputs")
    return 0
