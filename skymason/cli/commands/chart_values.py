"""`sm chart-values`"""

from typing import Annotated

import typer

from skymason.cli.options import HERE, Cwd, Stack, Where
from skymason.driver.model import CloudKind


def command(
    service: Annotated[str, typer.Argument(help="The service.")],
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    cwd: Cwd = HERE,
) -> int:
    """Print the values of a service's Helm chart that only the deployed stack knows.

    Roles, queues, hosts and target groups, as YAML: `helm upgrade … --values chart/values-dev.yaml --values
    cloud.yaml`.
    """
    import yaml  # type: ignore[import-untyped]

    from skymason.cli.chart import values_of
    from skymason.cli.place import project_at, stack_of

    project = project_at(cwd)
    known = values_of(project, stack_of(project, stack), service, cloud)
    print(yaml.safe_dump({"cloud": known}, sort_keys=False, width=110).rstrip())
    return 0
