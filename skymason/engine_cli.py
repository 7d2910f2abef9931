"""Finds the Pulumi CLI: on the PATH, in the project's ignored folder, or by the SDK's own installer.

An install is tried once, within a time limit; a failure is remembered in the project's ignored folder, so
that the next run does not wait for it again. Where there is no CLI, evaluation in process serves.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FIRST_TRY_SECONDS = 18.0
"""A first `make up` must not hang where there is no network."""
RETRY_SECONDS = 300.0
"""Who asks for a retry has seen that the download is slow, and waits for it."""

_INSTALL = "import sys; from pulumi.automation import PulumiCommand; PulumiCommand.install(root=sys.argv[1])"


@dataclass(frozen=True, slots=True)
class EngineCli:
    """Which engine runs, and why.

    root: folder that holds bin/pulumi, None for the one on the PATH. found: False where there is none.
    reason: one line for people. version: as the CLI prints it, without the v.
    """

    found: bool
    reason: str
    root: Path | None = None
    version: str = ""

    @property
    def executable(self) -> str:
        """What to run; only where it was found."""
        return str(self.root / "bin" / "pulumi") if self.root else "pulumi"

    @property
    def name(self) -> str:
        return f"pulumi {self.version}" if self.found else "in-process"


def failure_file(project: Path) -> Path:
    """Where a failed install is remembered; deleting it makes the next run try again."""
    return project / ".skymason" / "pulumi-install-failed.json"


def find(project: Path, *, retry_install: bool = False, install: bool = True) -> EngineCli:
    """The Pulumi CLI that this project uses.

    retry_install: try an install that failed before once more, with a longer limit. install: False only
    looks for what is there.
    """
    problem = ""
    folder = project / ".skymason" / "pulumi"
    for root, place in ((None, "on the PATH"), (folder, "in .skymason/pulumi")):
        executable = shutil.which("pulumi") if root is None else _executable(root)
        if executable is None:
            continue
        version = _version(executable)
        if version:
            return EngineCli(True, f"Pulumi CLI {version} {place}", root, version)
        problem = f"the Pulumi CLI {place} does not run"
    if not install:
        return EngineCli(False, problem or "no Pulumi CLI on the PATH nor in .skymason/pulumi")
    return _installed(project, folder, retry_install, problem or "no Pulumi CLI on the PATH")


def _installed(project: Path, folder: Path, retry: bool, problem: str) -> EngineCli:
    remembered = failure_file(project)
    again = "`sm up --retry-install` tries again"
    if remembered.exists() and not retry:
        return EngineCli(False, f"{problem}, and installing it {_remembered(remembered)}; {again}")
    failure = _install(folder, RETRY_SECONDS if retry else FIRST_TRY_SECONDS)
    executable = _executable(folder)
    version = _version(executable) if executable and not failure else ""
    if version:
        remembered.unlink(missing_ok=True)
        return EngineCli(True, f"Pulumi CLI {version}, installed in .skymason/pulumi", folder, version)
    failure = failure or "it was installed but does not run"
    ignored_folder(project)
    remembered.write_text(json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "why": failure}))
    return EngineCli(False, f"{problem}, and installing it failed ({failure}); {again}")


def _remembered(file: Path) -> str:
    try:
        data = json.loads(file.read_text())
        return f"failed on {data['at']} ({data['why']})"
    except (ValueError, KeyError, TypeError):
        return "failed before"


def ignored_folder(project: Path) -> Path:
    """The project's `.skymason`, made so that only its owner reads it and version control leaves it alone."""
    folder = project / ".skymason"
    folder.mkdir(mode=0o700, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    return folder


def _executable(root: Path) -> str | None:
    return shutil.which("pulumi", path=str(root / "bin"))


def _version(executable: str) -> str:
    """What the CLI says of itself, '' where it does not run."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        said = subprocess.run(
            [executable, "version"], capture_output=True, text=True, timeout=20, env=environment, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip().removeprefix("v")


def _install(folder: Path, limit: float) -> str:
    """Run the SDK's installer in a process of its own, so that it can be stopped. '' or why it failed."""
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    installer = subprocess.Popen(
        [sys.executable, "-c", _INSTALL, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, errors = installer.communicate(timeout=limit)
    except BaseException as stop:
        os.killpg(installer.pid, signal.SIGKILL)
        installer.wait()
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(stop, subprocess.TimeoutExpired):
            return f"no result within {limit:.0f} s"
        raise
    if installer.returncode == 0:
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    lines = errors.strip().splitlines()
    return _cause(lines[-1]) if lines else f"exit code {installer.returncode}"


def _cause(line: str) -> str:
    """The last line of a traceback without where its exception is defined, or what wraps it."""
    urlopen = re.search(r"<urlopen error (\[Errno -?\d+\] )?(.+)>", line)
    return urlopen[2] if urlopen else re.sub(r"^(\w+\.)+(?=\w+:)", "", line.strip())
