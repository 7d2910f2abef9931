"""`sm drift`"""

from skymason.cli.options import HERE, Cwd, Json, Stack, Where
from skymason.driver.model import CloudKind


def command(
    stack: Stack = "dev", cloud: Where = CloudKind.OFFLINE, json: Json = False, cwd: Cwd = HERE
) -> int:
    """Show what was changed in the cloud behind the program's back.

    Compares the stack's state with the cloud, resource by resource and property by property, and changes
    neither. Exits with 0 where nothing drifted, 3 where something did, and 1 where the comparison failed.
    """
    from skymason.cli.deploy import prepared, say
    from skymason.driver.colours import paint_for
    from skymason.driver.drift import as_json, as_text, exit_code, look, request_for

    project, engine = prepared(request_for(stack, cloud), cwd, check_files=False)
    say(f"engine: {engine.name} ({engine.reason})")
    outcome = look(project, stack, cloud, engine=engine)
    print(as_json(outcome) if json else as_text(outcome, paint_for()))
    return exit_code(outcome)
