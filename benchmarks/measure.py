"""Runs a command as a child and measures what it took, with everything that it started."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took.

    wall, cpu: seconds; cpu counts all processes that were waited for. memory: MiB, the peak of the largest
    process among them, as the kernel keeps it. code: exit code. output, errors: what it printed.
    """

    wall: float
    cpu: float
    memory: float
    code: int
    output: str
    errors: str


def measure(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """One run of a command. A run that fails is a result too: its code is not 0."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        # Linux counts in KiB, macOS in bytes.
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        return Cost(
            wall=wall,
            cpu=used.ru_utime + used.ru_stime,
            memory=used.ru_maxrss / unit,
            code=child.returncode,
            output=out.read().decode(errors="replace"),
            errors=err.read().decode(errors="replace"),
        )


def best(runs: Sequence[Cost]) -> Cost:
    """The run with the shortest time. Noise of the machine only ever adds to it. A failed run wins always,
    so that it is seen."""
    return min(runs, key=lambda run: (run.code == 0, run.wall))
