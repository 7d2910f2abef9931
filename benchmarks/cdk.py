"""CDK Python in a virtual environment of its own, where it can be had."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.measure import Cost, measure
from benchmarks.projects import ROOT

FOLDER = ROOT / ".skymason" / "bench" / "cdk"
PACKAGES = (
    "aws-cdk-lib==2.275.0",
    "constructs==10.8.1",
    "aws-cdk.lambda-layer-kubectl-v34==2.2.2",
)
INSTALL_SECONDS = 300


class UnavailableError(Exception):
    """CDK cannot be had here; the text says why."""


def python() -> Path:
    """The interpreter that has CDK; installs it, once. Raises UnavailableError."""
    if shutil.which("node") is None:
        raise UnavailableError("there is no Node.js, which CDK runs on")
    interpreter = FOLDER / "bin" / "python"
    stamp = FOLDER / "packages"
    if stamp.is_file() and stamp.read_text() == "\n".join(PACKAGES):
        return interpreter
    print(f"installing CDK into {FOLDER.relative_to(ROOT)} (once) …", file=sys.stderr)
    shutil.rmtree(FOLDER, ignore_errors=True)
    venv.create(FOLDER, with_pip=True)
    command = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"its install took more than {INSTALL_SECONDS} s") from None
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise UnavailableError(f"its install failed: {reason[-1] if reason else 'no reason given'}")
    stamp.write_text("\n".join(PACKAGES))
    return interpreter


def synthesise(interpreter: Path, services: int, folder: Path) -> Cost:
    """One run of the CDK program; its output folder is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    quiet = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1", "CDK_VALIDATION": "false"}
    return measure([interpreter, ROOT / "benchmarks" / "cdk_app.py", str(services), folder], ROOT, quiet)
