"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skymason.driver.model import CloudKind

Stack = Annotated[str, typer.Option("--stack", "-s", help="The stack; its settings are Pulumi.<stack>.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Cwd = Annotated[
    Path, typer.Option("--cwd", "-C", help="Work in this folder, or the nearest project above it.")
]
Where = Annotated[
    CloudKind, typer.Option("--cloud", help="The offline cloud, or a real one with your credentials.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a real cloud is changed.")]
Retry = Annotated[
    bool, typer.Option("--retry-install", help="Try again to install the Pulumi CLI after a failure.")
]

HERE = Path()
"""Default of --cwd: the working directory."""
