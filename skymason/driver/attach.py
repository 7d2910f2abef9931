"""What a command needs to see so that it works in the offline cloud and on nothing of the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BACKEND = "backend"
"""Folder of the file backend, inside an offline place."""

CLOUD = "cloud"
"""Folder of the offline cloud itself, inside an offline place."""

NOT_FOR_OFFLINE = (
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_API",
    "PULUMI_CONFIG",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_STACK",
)
"""The user's own login and choices, which the offline cloud must neither need nor touch."""


@contextmanager
def attach(place: Path) -> Iterator[dict[str, str]]:
    """Variables that attach the offline cloud kept in `place`, with a backend and a Pulumi home of its own.

    The user's PULUMI_BACKEND_URL is never used: stand-ins would overwrite the state of real resources.
    """
    from skymason.offline.attach import attached

    (place / BACKEND).mkdir(mode=0o700, parents=True, exist_ok=True)
    with attached(place / CLOUD) as variables:
        yield {
            **variables,
            **backend_of(place),
            # The file backend writes the whole state after every step: 58 s instead of 5 for 1,000 resources.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
            # Every provider is attached; the engine would still fetch those that installed packages name.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }


def backend_of(place: Path) -> dict[str, str]:
    """Variables with which the CLI finds the state that is kept in `place`, and no other."""
    return {
        "PULUMI_BACKEND_URL": (place / BACKEND).as_uri(),
        "PULUMI_HOME": str(place / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "offline",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
