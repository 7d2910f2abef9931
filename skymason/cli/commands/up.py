"""`sm up`"""

from skymason.cli.deploy import run
from skymason.cli.options import HERE, Cwd, Json, Retry, Stack, Where, Yes
from skymason.driver.model import CloudKind, Operation, Request


def command(
    stack: Stack = "dev",
    cloud: Where = CloudKind.OFFLINE,
    json: Json = False,
    yes: Yes = False,
    retry_install: Retry = False,
    cwd: Cwd = HERE,
) -> int:
    """Deploy a stack, to the offline cloud or a real one.

    Checks the project first, shows progress, and ends with resources by component, outputs, and what to do
    next. Run again, it changes nothing. Where there is no Pulumi CLI and none can be installed, the program
    is evaluated in process, as a preview and as a deployment, and the plan is kept.

    A real cloud is changed only after the changes were shown and the stack's name was typed, or with --yes.
    A missing backend, passphrase or sign-in is told before anything starts. Replicas of a service whose
    image was never built are not waited for.
    """
    request = Request(Operation.UP, stack, cloud)
    return run(request, cwd, json=json, yes=yes, retry_install=retry_install)
