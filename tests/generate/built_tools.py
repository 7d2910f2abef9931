"""Tools that tests run, built where they are not there."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BINARIES = {
    "helm": ("helm.sh/helm/v3/cmd/helm", "v3.21.4"),
    "actionlint": ("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12"),
}
"""Name → Go package and version."""


@cache
def tool(name: str) -> Path:
    """A tool of the pinned version from `.skymason/tools`, built there once; else the one on the PATH.

    Skips the test, with the reason, where it can neither be found nor built.
    """
    package, version = BINARIES[name]
    folder = ROOT / ".skymason" / "tools" / f"{name}-{version}"
    if (folder / name).is_file():
        return folder / name
    reason = f"{name} is not on the PATH, and there is no Go to build it with"
    if shutil.which("go"):
        built = subprocess.run(
            ["go", "install", f"{package}@{version}"],
            env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"},
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode == 0:
            return folder / name
        reason = f"{name} cannot be built: {(built.stderr.strip().splitlines() or ['no reason given'])[-1]}"
    found = shutil.which(name)
    if found:
        return Path(found)
    pytest.skip(reason)
