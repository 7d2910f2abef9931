"""`sm doctor`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Json


def command(
    online: Annotated[
        bool, typer.Option("--online", help="Also ask the backend and a cloud, over the network.")
    ] = False,
    json: Json = False,
    cwd: Cwd = HERE,
) -> int:
    """Check what this machine and project have: tools, settings, backend, credentials, quotas.

    Each finding is ok, warn or fail, with what was found and its fix. What only a real cloud needs is a
    warning: the offline cloud works without. Nothing is changed, no secret is shown, and nothing goes to the
    network without --online. Outside of a project the machine alone is examined.
    """
    from skymason.cli.doctor import as_json, as_text
    from skymason.cli.place import folder_at
    from skymason.doctor.checks import examine, failed
    from skymason.doctor.model import Case, Machine
    from skymason.driver.project import find_root

    results = list(examine(Case(Machine(), find_root(folder_at(cwd)), online)))
    print(as_json(results) if json else as_text(results))
    return 1 if failed(results) else 0
