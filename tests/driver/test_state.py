"""Reading a stack's state."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.driver import cli, state
from skymason.driver.kept import keep, state_path
from skymason.driver.model import CloudKind
from skymason.driver.project import Project
from skymason.driver.state import age, read_state
from skymason.plan.model import Plan, PlannedResource

URN = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::q"
RESOURCE = {"urn": URN, "type": "aws:sqs/queue:Queue", "custom": True, "id": "x", "inputs": {}}
DEPLOYMENT = {
    "manifest": {"time": "2026-01-02T03:04:05.123456789Z"},
    "resources": [RESOURCE],
    "pending_operations": [{"resource": RESOURCE, "type": "creating"}],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "shop")


def write(project: Project, latest: object) -> None:
    file = state_path(project, "dev")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))


def test_the_engines_state(project: Project) -> None:
    write(project, DEPLOYMENT)
    found = read_state(project, "dev", CloudKind.OFFLINE)
    assert found.plan is not None
    assert [item.urn for item in found.plan.resources] == [URN]
    assert found.updated == datetime(2026, 1, 2, 3, 4, 5, 123456, UTC)
    assert found.pending == ((URN, "creating"),)
    assert found.place == ".skymason/offline/dev"


@pytest.mark.parametrize(
    "latest", [None, {}, {"manifest": {"time": "0001-01-01T00:00:00Z"}, "resources": []}]
)
def test_a_stack_that_was_never_deployed(project: Project, latest: object) -> None:
    write(project, latest)
    found = read_state(project, "dev", CloudKind.OFFLINE)
    assert (found.plan, found.updated, found.pending) == (None, None, ())


def test_a_kept_plan(project: Project) -> None:
    assert read_state(project, "dev", CloudKind.OFFLINE).plan is None
    keep(project, Plan("shop", "dev", "in-process", False, (PlannedResource(URN, "t", "q"),)))
    found = read_state(project, "dev", CloudKind.OFFLINE)
    assert found.plan is not None
    assert found.updated is not None
    assert datetime.now(UTC) - found.updated < timedelta(minutes=1)
    assert found.place == ".skymason/plans/dev.json"


def test_a_real_stack_is_exported(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []

    def ask(project: object, stack: str, *words: str) -> str:
        asked.append((stack, *words))
        return json.dumps({"version": 3, "deployment": DEPLOYMENT})

    monkeypatch.setattr(state, "ask", ask)
    found = read_state(project, "dev", CloudKind.REAL)
    assert asked == [("dev", "stack", "export")]
    assert (found.place, len(found.pending)) == ("the backend you are logged in to", 1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7_200, "2 hours ago"),
        (86_400, "1 day ago"),
        (864_000, "10 days ago"),
    ],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert age(now - timedelta(seconds=seconds), now) == words


def script(folder: Path, text: str) -> Path:
    """A Pulumi CLI that only answers its version and this."""
    program = folder / "pulumi"
    program.write_text(f'#!/bin/sh\nif [ "$1" = version ]; then echo v3.1.0; exit; fi\n{text}\n')
    program.chmod(0o755)
    return program


def test_questions_to_the_cli(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, 'echo "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert cli.ask(project, "dev", "stack", "output") == "stack output --non-interactive --stack dev\n"
    script(tmp_path, "echo noise >&2; echo 'error: no stack named dev' >&2; exit 1")
    with pytest.raises(DiagnosticError) as raised:
        cli.ask(project, "dev", "stack", "output")
    assert raised.value.diagnostics[0].as_text().splitlines()[:2] == [
        "error SM4104 stack dev",
        "  no stack named dev",
    ]
    script(tmp_path, "exit 1")
    with pytest.raises(DiagnosticError, match="the Pulumi CLI failed"):
        cli.ask(project, "dev", "stack", "output")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DiagnosticError, match="SM4106"):
        cli.ask(project, "dev", "stack", "output")
