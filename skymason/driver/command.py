"""The Pulumi CLI as the Automation API calls it: in a process group of its own, guarded against Ctrl-C."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from threading import Thread
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error

from skymason.driver.interrupt import Interrupts


class GuardedCommand(PulumiCommand):  # type: ignore[misc]
    """Runs the CLI so that only `Interrupts` decides which signal reaches it.

    root: folder that holds bin/pulumi, None for the PATH. without: names of environment variables that the
    CLI must not see. last: what the latest call printed, also where it failed.
    """

    def __init__(self, root: Path | None, interrupts: Interrupts, without: Collection[str] = ()) -> None:
        super().__init__(root=str(root) if root else None)
        self.last = CommandResult("", "", 0)
        self._interrupts = interrupts
        self._without = frozenset(without)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """Run `pulumi ARGS` in the folder `cwd`. Raises a CommandError for an exit code other than 0."""
        kept = {key: value for key, value in os.environ.items() if key not in self._without}
        environment = {**kept, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        if Path(self.command).is_absolute():
            folders = [str(Path(self.command).parent), environment.get("PATH", "")]
            environment["PATH"] = os.pathsep.join(folders)
        process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=environment,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        )
        self._interrupts.watch(process)
        try:
            said: tuple[list[str], list[str]] = ([], [])
            readers = [
                Thread(target=_read, args=(process.stdout, said[0], on_output), daemon=True),
                Thread(target=_read, args=(process.stderr, said[1], on_error), daemon=True),
            ]
            for reader in readers:
                reader.start()
            code = process.wait()
            for reader in readers:
                reader.join()
        finally:
            self._interrupts.watch(None)
        self.last = CommandResult("\n".join(said[0]), "\n".join(said[1]), code)
        if code:
            raise create_command_error(self.last)
        return self.last


def _read(stream: IO[str] | None, lines: list[str], tell: Callable[[str], object] | None) -> None:
    assert stream is not None
    with stream:
        for line in stream:
            text = line.rstrip()
            lines.append(text)
            if tell:
                tell(text)
