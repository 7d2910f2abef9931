"""Run any Pulumi program, in any language, against the offline cloud: the environment that attaches it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from skymason.offline import sdk

STATE = "state"
PACKAGES = "SKYMASON_OFFLINE_PACKAGES"
"""More packages to stand in for, separated by commas. Without an installed SDK they take any inputs."""


@contextmanager
def attached(folder: Path, packages: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """Start the stand-in providers in this process; the variables that make a command use them.

    folder: where the cloud is kept, and the engine's state with it unless PULUMI_BACKEND_URL is set already.
    packages: more packages to stand in for, beside those of the product and those in
    SKYMASON_OFFLINE_PACKAGES. The variables are put over the command's own environment; they hold for as long
    as the context is open. Raises DiagnosticError, SM4010, where no port can be opened.
    """
    from skymason.offline.cloud import Cloud
    from skymason.offline.servers import Servers

    named = [name.strip() for name in os.environ.get(PACKAGES, "").split(",") if name.strip()]
    servers = Servers(Cloud(folder), list(dict.fromkeys([*sdk.PACKAGES, *named, *packages])))
    servers.start()
    try:
        yield environment(folder, servers.ports)
    finally:
        servers.stop()


def environment(folder: Path, ports: dict[str, int]) -> dict[str, str]:
    """The variables for servers that listen on `ports`. What the user has set already is left as it is."""
    variables = {
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{package}:{port}" for package, port in sorted(ports.items())),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    defaults = {
        # The file backend writes the whole state after each step: minutes for a large stack, for nothing
        # here.
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_EXPERIMENTAL": "true",
    }
    if "PULUMI_BACKEND_URL" not in os.environ:
        state = folder.resolve() / STATE
        state.mkdir(parents=True, exist_ok=True)
        defaults["PULUMI_BACKEND_URL"] = state.as_uri()
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & set(os.environ):
        defaults["PULUMI_CONFIG_PASSPHRASE"] = ""
    return variables | {key: value for key, value in defaults.items() if key not in os.environ}
