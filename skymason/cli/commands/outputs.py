"""`sm outputs`"""

from skymason.cli.options import HERE, Cwd, Json, Stack, Where
from skymason.driver.model import CloudKind


def command(
    stack: Stack = "dev", cloud: Where = CloudKind.OFFLINE, json: Json = False, cwd: Cwd = HERE
) -> int:
    """Show a stack's outputs.

    Those of the last deployment; secret values are hidden.
    """
    from json import dumps

    from skymason.cli import codes
    from skymason.cli.place import project_at, stack_of
    from skymason.diagnostics import Diagnostic, DiagnosticError, Location
    from skymason.driver.outputs import read_outputs
    from skymason.driver.summary import output_lines

    project = project_at(cwd)
    stack_of(project, stack)
    found = read_outputs(project, stack, cloud)
    if found is None:
        place = Location(f"stack {stack}")
        text = f"stack {stack} was not deployed to the {cloud} cloud yet"
        fix = f"sm up --stack {stack}"
        raise DiagnosticError([Diagnostic(codes.NOTHING_DEPLOYED, text, fix, place)])
    if json:
        print(dumps(found, indent=2, sort_keys=True))
    elif found:
        print(output_lines(found))
    else:
        print("no outputs")
    return 0
