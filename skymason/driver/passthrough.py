"""Runs any command with the offline cloud attached, in any folder, for any Pulumi program."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from skymason.driver import recover
from skymason.driver.attach import BACKEND, NOT_FOR_OFFLINE, attach
from skymason.driver.project import Project, find_root, open_project, stacks_of
from skymason.driver.sidefile import side_folder, write_side
from skymason.engine_cli import ignored_folder

_WITH_SETTINGS = frozenset({"up", "update", "preview", "refresh", "destroy", "watch"})
"""Commands of the CLI that take --config-file."""
_WITH_STACK = _WITH_SETTINGS | {"config", "stack", "state", "import", "cancel"}
"""Commands of the CLI that need a stack to be there."""
_SALT = re.compile(r"^encryptionsalt:.*\n?", re.MULTILINE)
_NEW_STACK = "dev"
"""Name of the stack where a project has none yet."""


def run_offline(words: Sequence[str], folder: Path, keep: Path | None) -> int:
    """Run a command and return its exit code; a command that a signal ended counts as 128 + its number.

    folder: working directory of the command. keep: where the cloud and the state are kept; left out, in the
    project's ignored folder, where `sm up` keeps them too. Raises FileNotFoundError for an unknown command.
    """
    inside = folder / (_option(words, "--cwd", "-C") or "")  # the CLI's own option
    root = find_root(inside) or inside.resolve()
    project = open_project(root) if (root / "Pulumi.yaml").is_file() else Project(root, root.name)
    stack = _stack(words, project)
    environment = {key: value for key, value in os.environ.items() if key not in NOT_FOR_OFFLINE}
    environment |= {"PULUMI_STACK": stack, "PATH": _search_path(project, environment)}
    program = shutil.which(words[0], path=environment["PATH"])
    if program is None:
        raise FileNotFoundError(words[0])
    if keep is None:
        ignored_folder(root)
    place = keep.resolve() if keep else project.offline_folder(stack)
    with attach(place) as variables, _settings_untouched(project):
        environment |= variables
        command = [program, *words[1:]]
        if Path(program).name == "pulumi" and (root / "Pulumi.yaml").is_file():
            command = _for_pulumi(command, project, stack, place, environment)
        return _wait(subprocess.Popen(command, cwd=folder, env=environment))


def _wait(process: subprocess.Popen[bytes]) -> int:
    """The terminal sends Ctrl-C to the command too, which decides what it means."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code


def _stack(words: Sequence[str], project: Project) -> str:
    """The stack that a command names, else the project's only one, else one called dev."""
    chosen = _option(words, "--stack", "-s") or os.environ.get("PULUMI_STACK")
    if chosen:
        return chosen.rpartition("/")[2]
    known = stacks_of(project.root)
    return known[0] if len(known) == 1 else _NEW_STACK


def _option(words: Sequence[str], long: str, short: str) -> str:
    """The value of an option of the command, '' where it is not given."""
    for index, word in enumerate(words):
        if word in (long, short) and index + 1 < len(words):
            return words[index + 1]
        if word.startswith(f"{long}="):
            return word.partition("=")[2]
    return ""


def _search_path(project: Project, environment: Mapping[str, str]) -> str:
    """The PATH, with the project's own CLI behind everything else."""
    own = project.root / ".skymason" / "pulumi" / "bin"
    return os.pathsep.join(part for part in (environment.get("PATH", ""), str(own)) if part)


def _for_pulumi(
    command: list[str], project: Project, stack: str, place: Path, environment: Mapping[str, str]
) -> list[str]:
    """Create the stack where it is not there, and give the CLI settings that it may write to."""
    settings = write_side(project, stack, place)
    side = side_folder(place)
    operation = next((word for word in command[1:] if word in _WITH_STACK), "")
    there = recover.state_file(place / BACKEND, project.name, stack).exists()
    if operation and not there and "init" not in command:
        words = [command[0], "stack", "init", stack, "--no-select", "--non-interactive"]
        subprocess.run(words, cwd=side, env=dict(environment), check=False, capture_output=True)
    given = any(word.startswith("--config-file") for word in command)
    if operation not in _WITH_SETTINGS or given:
        return command
    return [*command, "--config-file", str(settings)]


@contextmanager
def _settings_untouched(project: Project) -> Iterator[None]:
    """Take the salt of an offline stack's secrets out of the project's settings again, if it got there.

    The CLI writes it on `stack init`, `config set` and `stack export`; a real backend would take it for its
    own.
    """
    before = {file: file.read_text() for file in _stack_files(project)}
    try:
        yield
    finally:
        for file in _stack_files(project):
            text = file.read_text()
            clean = _SALT.sub("", text)
            if clean == text or _SALT.search(before.get(file, "")):
                continue
            if clean.strip() or file in before:
                file.write_text(clean)
            else:
                file.unlink()


def _stack_files(project: Project) -> list[Path]:
    return [project.stack_file(name) for name in project.stacks]
