"""The project's files, the settings of its stacks, and what earlier runs left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from skymason.diagnostics import Diagnostic, DiagnosticError, Severity
from skymason.doctor.model import Case, Finding, fail, ok, warn
from skymason.driver import recover
from skymason.driver.attach import BACKEND
from skymason.driver.project import open_project
from skymason.engine_cli import failure_file

FILES = (
    ("infrastructure-patterns.yaml", "no patterns: services cannot be described"),
    ("services", "no services: `sm create-microservice` makes the first one"),
    ("__main__.py", "no program: there is nothing to deploy"),
    ("requirements.txt", "no pinned packages: another machine may get other versions"),
)
"""What a project holds beside Pulumi.yaml, and what it means where that is missing."""


def files(case: Case) -> Iterator[Finding]:
    """Whether this is a project, and a whole one."""
    if case.root is None:
        fix = "change to a project's folder, or name it with --cwd"
        yield warn("no Pulumi.yaml here nor above: only the machine is examined", fix)
        return
    try:
        project = open_project(case.root)
    except DiagnosticError as error:
        yield _of(error.diagnostics, "sm validate")
        return
    there = [name for name, _ in FILES if (case.root / name).exists()]
    yield ok(f"project {project.name} in {case.root}: {', '.join(['Pulumi.yaml', *there])}")
    for name, meaning in FILES:
        if name not in there:
            yield warn(meaning, f"add {name}, if the project is to have it")


def stacks(case: Case) -> Iterator[Finding]:
    """The settings of every stack."""
    from skymason.settings import check_stack

    if case.root is None:
        return
    if not case.stacks:
        yield fail("no stack: no file Pulumi.<stack>.yaml", "create Pulumi.dev.yaml next to Pulumi.yaml")
    for stack in case.stacks:
        found = check_stack(case.root, stack)
        if found:
            yield _of(found, f"sm validate --stack {stack}", stack)
        else:
            item = case.settings[stack]
            yield ok(f"{stack}: {item.cloud or 'no cloud'}, {item.region or 'no region'}")


def _of(found: Sequence[Diagnostic], command: str, stack: str = "") -> Finding:
    """Diagnostics as one finding: the first one, and how many more."""
    errors = [item for item in found if item.severity is Severity.ERROR]
    first = (errors or found)[0]
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    text = f"{f'{stack}: ' if stack else ''}{first.code.id} {first.location} {first.message}{more}"
    make = fail if errors else warn
    return make(text, f"{command} lists all; {first.fix}" if more else first.fix)


def left_behind(case: Case) -> Iterator[Finding]:
    """Locks, pending operations and folders of offline stacks, and a failed install."""
    if case.root is None:
        return
    kept = case.root / ".skymason"
    found = list(_left(case, case.root, kept))
    yield from found
    if not found:
        size = sum(path.stat().st_size for path in kept.rglob("*") if path.is_file()) if kept.is_dir() else 0
        yield ok(f"nothing; .skymason holds {size / 1e6:.1f} MB" if size else "nothing")


def _left(case: Case, root: Path, kept: Path) -> Iterator[Finding]:
    try:
        name = open_project(root).name
    except DiagnosticError:
        return
    offline = kept / "offline"
    for place in sorted(offline.iterdir()) if offline.is_dir() else ():
        stack, backend = place.name, place / BACKEND
        if stack not in case.stacks:
            yield warn(
                f"an offline cloud of stack '{stack}', which is gone", f"rm -r .skymason/offline/{stack}"
            )
            continue
        for lock in recover.locks(backend, name, stack):
            if lock.alive:
                yield warn(
                    f"an update of offline stack {stack} is running: {lock.owner}", "wait until it ends"
                )
            else:
                fix = f"nothing: the next `sm up --stack {stack}` removes it"
                yield warn(f"a stale lock on offline stack {stack} of {lock.owner}", fix)
        try:
            pending = recover.pending_operations(recover.state_file(backend, name, stack))
        except DiagnosticError as error:
            yield _of(error.diagnostics, "sm up")
            continue
        if pending:
            fix = f"nothing: the next `sm up --stack {stack}` finds out what became of them"
            yield warn(f"offline stack {stack} has {len(pending)} operations of unknown outcome", fix)
    if failure_file(root).exists():
        fix = "sm up --retry-install"
        yield warn("an install of the Pulumi CLI failed, and is not tried again by itself", fix)
