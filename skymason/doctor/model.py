"""What a check finds, and what it may look at."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skymason.engine_cli import EngineCli
    from skymason.settings import Settings

ANSWER_SECONDS = 5
"""How long a program, or an address with --online, may take to answer."""


class Status(StrEnum):
    """How it is. Only a failure makes the exit code 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found. fix: what to do about it, empty where it is ok."""

    status: Status
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address said. date: of its own clock, None where it does not say. status: 0 for no answer, with
    the reason in `problem`."""

    status: int
    date: datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class Machine:
    """This machine, as far as checks look at it; tests put another one in its place."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)
    python: tuple[int, int, int] = sys.version_info[:3]
    executable: str = sys.executable
    system: str = field(default_factory=platform.system)
    find: Callable[[str], str | None] = shutil.which
    run: Callable[[Sequence[str]], str | None] = field(default=lambda words: output_of(words))
    installed: Callable[[str], str | None] = field(default=lambda name: version_of(name))
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    free_bytes: Callable[[Path], int] = field(default=lambda path: shutil.disk_usage(path).free)
    fetch: Callable[[str], Answer] = field(default=lambda address: fetch(address))


@dataclass(frozen=True)
class Case:
    """What is examined. root: the project, None outside of one. online: whether addresses may be asked."""

    machine: Machine
    root: Path | None
    online: bool = False

    @property
    def environ(self) -> Mapping[str, str]:
        return self.machine.environ

    @property
    def stacks(self) -> list[str]:
        from skymason.driver.project import stacks_of

        return stacks_of(self.root) if self.root else []

    @cached_property
    def engine(self) -> EngineCli:
        """The Pulumi CLI, if there is one; none is installed for this."""
        from skymason.engine_cli import find

        return find(self.root or Path(), install=False)

    @cached_property
    def settings(self) -> dict[str, Settings]:
        """Of the stacks whose settings can be read; what is wrong with the others is a finding of its own."""
        from skymason.diagnostics import DiagnosticError
        from skymason.settings import load_stack

        found = {}
        for stack in self.stacks:
            try:
                found[stack] = load_stack(self.root or Path(), stack)
            except DiagnosticError:
                continue
        return found

    def uses(self, cloud: str) -> list[str]:
        """Stacks that deploy to a cloud."""
        return [name for name, item in self.settings.items() if item.cloud == cloud]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. name: for `--json` and tests. look: what finds; never raises for what it may meet."""

    name: str
    title: str
    group: str
    look: Callable[[Case], Iterator[Finding]]


def ok(found: str) -> Finding:
    return Finding(Status.OK, found)


def warn(found: str, fix: str) -> Finding:
    return Finding(Status.WARN, found, fix)


def fail(found: str, fix: str) -> Finding:
    return Finding(Status.FAIL, found, fix)


def output_of(words: Sequence[str]) -> str | None:
    """What a program prints, None where it does not run, fails or takes too long."""
    try:
        said = subprocess.run(
            list(words),
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return said.stdout.strip()


def version_of(distribution: str) -> str | None:
    """Version of an installed Python package, None for none."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def fetch(address: str) -> Answer:
    """Ask an address for its headers. Only called with --online."""
    from email.utils import parsedate_to_datetime
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    headers: Any
    try:
        with urlopen(Request(address, method="HEAD"), timeout=ANSWER_SECONDS) as reply:  # noqa: S310
            status, headers = reply.status, reply.headers
    except HTTPError as refusal:
        status, headers = refusal.code, refusal.headers
    except (URLError, OSError, ValueError) as problem:
        return Answer(0, problem=str(getattr(problem, "reason", problem)))
    try:
        date = parsedate_to_datetime(headers["Date"]) if headers["Date"] else None
    except ValueError:
        date = None
    return Answer(status, date)
