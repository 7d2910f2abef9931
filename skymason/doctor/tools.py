"""Programs and packages on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skymason.doctor.model import Case, Finding, fail, ok, warn

NEEDED_PYTHON = (3, 11)
TESTED_CLI = (3, 260, 0)
"""Oldest Pulumi CLI that the tests run with."""
LANGUAGE_HOST = "pulumi-language-python"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)\s*==\s*([^\s;#]+)")


def python(case: Case) -> Iterator[Finding]:
    """The Python that runs `sm`."""
    version = ".".join(map(str, case.machine.python))
    if case.machine.python[:2] < NEEDED_PYTHON:
        needed = ".".join(map(str, NEEDED_PYTHON))
        yield fail(f"Python {version}, and {needed} or newer is needed", f"make up PYTHON=python{needed}")
        return
    yield ok(f"{version} at {case.machine.executable}")
    if case.root and (case.root / ".venv").is_dir():
        home = (case.root / ".venv").resolve()
        if home not in Path(case.machine.executable).absolute().parents:
            yield warn(
                f"the project has a .venv, and this is not its Python: {case.machine.executable}",
                "run .venv/bin/sm, or: source .venv/bin/activate",
            )


def packages(case: Case) -> Iterator[Finding]:
    """Installed packages against what requirements.txt pins."""
    file = case.root / "requirements.txt" if case.root else None
    if file is None or not file.is_file():
        yield ok("no requirements.txt here to compare with")
        return
    pins = [match for line in file.read_text(encoding="utf-8").splitlines() if (match := _PIN.match(line))]
    fix = f"{case.machine.executable} -m pip install -r requirements.txt"
    right = 0
    for match in pins:
        name, wanted = match.groups()
        version = case.machine.installed(name)
        if version is None:
            yield fail(f"{name} is not installed; requirements.txt pins {wanted}", fix)
        elif version != wanted:
            yield warn(f"{name} {version} is installed; requirements.txt pins {wanted}", fix)
        else:
            right += 1
    if right == len(pins):
        yield ok(f"all {right} are as requirements.txt pins them")


def pulumi(case: Case) -> Iterator[Finding]:
    """The Pulumi CLI, and its version against the SDK's."""
    engine = case.engine
    sdk = case.machine.installed("pulumi") or ""
    if not engine.found:
        fix = "`sm up` installs it in .skymason/pulumi; or https://www.pulumi.com/docs/install/"
        yield warn(f"{engine.reason}; the offline cloud works without, by evaluation in process", fix)
        return
    version = _numbers(engine.version)
    where = f"{engine.reason}, SDK {sdk}"
    if _numbers(sdk)[:1] not in ((), version[:1]):
        yield fail(f"{where}: another major version", "install the CLI of the SDK's major version")
    elif version < TESTED_CLI:
        oldest = ".".join(map(str, TESTED_CLI))
        yield warn(f"{where}: older than {oldest}, the oldest that is tested", "update the CLI")
    else:
        yield ok(where)


def language_host(case: Case) -> Iterator[Finding]:
    """What runs Python programs for the CLI; it comes with it."""
    engine = case.engine
    if not engine.found:
        yield ok("comes with the CLI")
        return
    beside = engine.root / "bin" / LANGUAGE_HOST if engine.root else None
    place = str(beside) if beside and beside.is_file() else case.machine.find(LANGUAGE_HOST)
    if place is None:
        fix = "install the CLI again, with everything that is in its archive"
        yield fail(f"{LANGUAGE_HOST} is not on the PATH", fix)
    else:
        yield ok(place)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that some part needs. arguments: that print its version. least: its oldest major version
    that serves."""

    name: str
    arguments: tuple[str, ...]
    needed_for: str
    fix: str
    least: int = 0


OPTIONAL = (
    Program("git", ("--version",), "`sm plan --against main`", "https://git-scm.com/downloads", 2),
    Program("node", ("--version",), "services in TypeScript", "https://nodejs.org, 20 or newer", 20),
    Program("npm", ("--version",), "services in TypeScript", "it comes with Node.js"),
    Program("docker", ("--version",), "building images", "https://docs.docker.com/get-docker/"),
    Program(
        "helm",
        ("version", "--short"),
        "installing services' charts",
        "https://helm.sh/docs/intro/install/",
        3,
    ),
)
"""Programs that generated services use; `sm` itself runs without all of them."""


def optional(case: Case) -> Iterator[Finding]:
    """Programs that only some work needs."""
    for program in OPTIONAL:
        if case.machine.find(program.name) is None:
            yield warn(f"{program.name} is not on the PATH; needed for {program.needed_for}", program.fix)
            continue
        said = case.machine.run([program.name, *program.arguments])
        if said is None:
            broken = f"{program.name} is there and does not run; needed for {program.needed_for}"
            yield warn(broken, program.fix)
            continue
        version = ".".join(map(str, _numbers(said)))
        if program.least and _numbers(said)[:1] < (program.least,):
            old = f"{program.name} {version} is old; {program.least} or newer is needed"
            yield warn(f"{old} for {program.needed_for}", program.fix)
        else:
            yield ok(f"{program.name} {version}".rstrip())


def _numbers(text: str) -> tuple[int, ...]:
    """The first version in a text; () where there is none."""
    match = re.search(r"\d+(\.\d+)*", text)
    return tuple(map(int, match[0].split("."))) if match else ()
