"""Which backend keeps the state of real stacks, found as the Pulumi CLI finds it. Pure but for one file.

Source: Pulumi documentation, 'Managing state and backends': the variable, the project's file, the last login;
a token alone means Pulumi's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

PULUMI_CLOUD = "https://api.pulumi.com"


class Backend(NamedTuple):
    """address: empty where none is chosen. source: where it is set."""

    address: str
    source: str


def backend_of(environ: Mapping[str, str], home: Path, description: Mapping[str, Any]) -> Backend:
    """description: what Pulumi.yaml says."""
    own = description.get("backend")
    named = own.get("url") if isinstance(own, Mapping) else None
    candidates = (
        (environ.get("PULUMI_BACKEND_URL"), "PULUMI_BACKEND_URL"),
        (named, "Pulumi.yaml"),
        (login(environ, home).get("current"), "pulumi login"),
        (PULUMI_CLOUD if environ.get("PULUMI_ACCESS_TOKEN") else "", "PULUMI_ACCESS_TOKEN"),
    )
    return next((Backend(str(address), source) for address, source in candidates if address), Backend("", ""))


def login(environ: Mapping[str, str], home: Path) -> Mapping[str, Any]:
    """What `pulumi login` kept; empty where nobody has signed in."""
    folder = environ.get("PULUMI_CREDENTIALS_PATH") or environ.get("PULUMI_HOME")
    file = (Path(folder) if folder else home / ".pulumi") / "credentials.json"
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
