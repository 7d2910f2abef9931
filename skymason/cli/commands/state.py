"""`sm state`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json, Stack, Where
from skymason.driver.model import CloudKind


def command(
    resource: Annotated[
        str,
        typer.Argument(help="Show this one with its properties: its name, id or URN.", metavar="[resource]"),
    ] = "",
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    service: Annotated[str, typer.Option("--service", help="List resources of this service only.")] = "",
    type: Annotated[
        str,
        typer.Option(
            "--type", help="List resources of a type only; a part of its name will do, such as queue."
        ),
    ] = "",
    all_stacks: Annotated[
        bool, typer.Option("--all-stacks", help="List the stacks, with what is deployed in each.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Show what is deployed in a stack: resources, last update, what is pending.

    With a RESOURCE, all its properties. Reads the stack's state and runs nothing; secret values are hidden.
    """
    from skymason.cli import codes
    from skymason.cli import state as view
    from skymason.cli.place import project_at, stack_of
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location
    from skymason.driver.colours import paint_for
    from skymason.driver.state import read_state

    project = project_at(cwd)
    if (resource and (service or type)) or (all_stacks and (resource or service or type)):
        text = "a resource, filters and --all-stacks exclude each other"
        place = Location("sm state")
        raise DiagnosticError([Diagnostic(codes.WRONG_USAGE, text, "give one of them", place)])
    if all_stacks:
        states = [read_state(project, name, cloud) for name in project.stacks]
        print(view.stacks_as_json(states) if json else view.stacks_as_text(project.name, states))
        return 0
    stack_of(project, stack)
    found = read_state(project, stack, cloud)
    if resource:
        one = view.find(found, resource)
        print(view.resource_as_json(one) if json else view.resource_as_text(one, found, paint_for()))
    else:
        listed = view.chosen(found, service=service, type=type)
        as_text = view.list_as_text(project.name, found, listed, paint_for())
        print(view.list_as_json(project.name, found, listed) if json else as_text)
    return 0
