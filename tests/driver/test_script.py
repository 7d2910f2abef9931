"""What the automation scripts share."""

from pathlib import Path

import pytest

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes, script
from skymason.driver.model import CloudKind, Operation, Outcome, Request, Result


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\n")
    return tmp_path


def requests(stack: str, cloud: CloudKind) -> list[Request]:
    return [Request(Operation.UP, stack, cloud), Request(Operation.PREVIEW, stack, cloud)]


def run(project: Path, monkeypatch: pytest.MonkeyPatch, *results: Result) -> tuple[int, list[Request]]:
    """Run both requests with these results; returns the exit code and what was asked."""
    asked: list[Request] = []

    def perform(project: object, request: Request) -> Outcome:
        asked.append(request)
        return Outcome(
            "tiny", request.stack, request.operation, request.cloud, "x", "y", results[len(asked) - 1]
        )

    monkeypatch.setattr(script, "perform", perform)
    return script.run_script("Doc.", project, requests, ["--stack", "qa", "--cloud", "real"]), asked


def test_all_operations_run_in_turn(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, asked = run(project, monkeypatch, Result.SUCCEEDED, Result.SUCCEEDED)
    assert (code, asked) == (0, requests("qa", CloudKind.REAL))


@pytest.mark.parametrize(("result", "code"), [(Result.FAILED, 1), (Result.INTERRUPTED, 130)])
def test_the_first_that_fails_ends_it(
    project: Path, monkeypatch: pytest.MonkeyPatch, result: Result, code: int
) -> None:
    assert run(project, monkeypatch, result) == (code, requests("qa", CloudKind.REAL)[:1])


def test_a_diagnostic_is_printed(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Outcome:
        raise DiagnosticError([Diagnostic(codes.NEEDS_CLI, "none", "install it", Location("stack dev"))])

    monkeypatch.setattr(script, "perform", fail)
    assert script.run_script("Doc.", project, requests, []) == 1
    assert capsys.readouterr().err == "error SM4106 stack dev\n  none\n  fix: install it\n"


def test_drift_by_script(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looked: list[tuple[str, CloudKind]] = []

    def look(project: object, stack: str, cloud: CloudKind) -> Outcome:
        looked.append((stack, cloud))
        return Outcome("tiny", stack, Operation.REFRESH, cloud, "x", "y", Result.SUCCEEDED)

    monkeypatch.setattr(script.drift, "look", look)
    assert script.run_drift("Doc.", project, ["--stack", "qa", "--cloud", "real"]) == 0
    assert looked == [("qa", CloudKind.REAL)]
    assert capsys.readouterr().out.startswith("tiny, stack qa: nothing is deployed\n")
    assert script.run_drift("Doc.", project, ["--json"]) == 0
    assert capsys.readouterr().out.startswith('{\n  "version": 1,\n')

    def fail(*_: object) -> Outcome:
        raise DiagnosticError([Diagnostic(codes.NEEDS_CLI, "none", "install it", Location("stack dev"))])

    monkeypatch.setattr(script.drift, "look", fail)
    assert script.run_drift("Doc.", project, []) == 1
    assert capsys.readouterr().err == "error SM4106 stack dev\n  none\n  fix: install it\n"
