"""`sm up`, `plan`, `preview`, `refresh`, `destroy`, `outputs` where there is no Pulumi CLI."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skymason import engine_cli
from skymason.cli import deploy
from skymason.cli.checks import Checked
from skymason.diagnostics import Diagnostic, Location, Severity
from skymason.patterns.checks.image import NOT_BUILT

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_cli(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No Pulumi CLI anywhere, and no way to install one."""
    monkeypatch.setenv("PATH", str(tiny / "nothing"))
    monkeypatch.setattr(engine_cli, "_install", lambda *_: "no network")
    return tiny


REASON = (
    "engine: in-process (no Pulumi CLI on the PATH, and installing it failed (no network); "
    "`sm up --retry-install` tries again)"
)


def test_up_says_which_engine_runs_and_what_it_did(sm: Run) -> None:
    code, out, err = sm("up")
    assert code == 0
    assert err.splitlines() == [REASON, "evaluating the program in this process"]
    head, _, engine, cloud, state, *_ = out.splitlines()
    assert head.startswith("tiny, stack dev: deployed in ")
    assert head.endswith(" s, 1 created")
    assert engine.startswith("  engine  in-process (no Pulumi CLI on the PATH, and ")
    assert cloud == "  cloud   offline cloud: no account, nothing leaves this machine"
    assert state == "  state   .skymason/plans/dev.json"
    assert "  token  [secret]" in out


def test_up_again_changes_nothing_and_does_not_install_again(sm: Run) -> None:
    sm("up")
    code, out, err = sm("up")
    assert code == 0
    assert " s, no changes, 1 resource" in out
    assert "installing it failed on 2" in err.splitlines()[0]


def test_stacks_are_apart(sm: Run) -> None:
    sm("up")
    assert json.loads(sm("up", "--stack", "prod", "--json")[1])["counts"] == {"create": 3}
    assert json.loads(sm("destroy", "--json")[1])["counts"] == {"delete": 1}
    assert json.loads(sm("preview", "--stack", "prod", "--json")[1])["counts"] == {"same": 3}


def test_a_program_that_fails(sm: Run, tiny: Path) -> None:
    (tiny / "__main__.py").write_text("import pulumi\n\nraise ValueError('no owner')\n")
    for command in ("plan", "up", "preview"):
        code, out, err = sm(command)
        assert (code, out) == (1, "")
        assert "__main__.py:3\n  ValueError: no owner\n" in err
        assert "Traceback" not in err


def test_preview_that_expects_no_changes(sm: Run) -> None:
    code, out, _ = sm("preview", "--expect-no-changes")
    assert code == 1
    assert "error SM4110 stack dev\n  1 resource would change, and none was expected to\n" in out


def test_outputs(sm: Run) -> None:
    sm("up")
    code, out, err = sm("outputs")
    assert (code, err) == (0, "")
    token, url = out.splitlines()
    assert token == "token  [secret]"
    assert url.startswith("url    https://sqs.eu-central-1.amazonaws.com/123456789012/q0-")
    assert json.loads(sm("outputs", "--json")[1])["token"] == "[secret]"


def test_no_outputs(sm: Run, tiny: Path) -> None:
    (tiny / "__main__.py").write_text("from pulumi_aws import sqs\nsqs.Queue('q')\n")
    sm("up")
    assert sm("outputs") == (0, "no outputs\n", "")


def test_outputs_of_a_real_stack_need_a_cli(sm: Run) -> None:
    code, _, err = sm("outputs", "--cloud", "real")
    assert (code, err.splitlines()[0]) == (1, "error SM4106 stack dev")


def test_a_damaged_plan_is_named(sm: Run, tiny: Path) -> None:
    sm("up")
    (tiny / ".skymason/plans/dev.json").write_text("{")
    for command in ("up", "plan", "outputs", "destroy"):
        code, _, err = sm(command)
        assert code == 1
        assert "error SM4107 .skymason/plans/dev.json\n" in err


def test_retry_install_tries_again(sm: Run, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[float] = []

    def install(folder: Path, limit: float) -> str:
        tries.append(limit)
        return "no network"

    monkeypatch.setattr(engine_cli, "_install", install)
    sm("up")
    sm("up")
    sm("up", "--retry-install")
    assert tries == [engine_cli.FIRST_TRY_SECONDS, engine_cli.RETRY_SECONDS]


class Terminal:
    """Standard input of a person who types one line."""

    def __init__(self, line: str) -> None:
        self.line = line

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.line


@pytest.mark.parametrize(("answer", "code"), [("dev\n", 0), ("yes\n", 2), ("", 2)])
def test_a_real_cloud_is_changed_only_when_the_stack_is_named(
    sm: Run, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    from skymason.driver.model import CloudKind, Operation, Outcome, Request, Result

    asked: list[Request] = []

    def perform(project: object, request: Request, **_: object) -> Outcome:
        asked.append(request)
        words = ("tiny", "dev", request.operation, CloudKind.REAL, "pulumi 3", "x", Result.SUCCEEDED)
        return Outcome(*words)

    monkeypatch.setattr(deploy, "perform", perform)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    said = sm("up", "--cloud", "real")
    assert said[0] == code
    assert "Type the stack's name to up dev: " in said[2]
    done = [request.operation for request in asked]
    assert done == [Operation.PREVIEW, Operation.UP] if code == 0 else [Operation.PREVIEW]
    asked.clear()
    sm("destroy", "--cloud", "real")
    assert (asked[0].operation, asked[0].dry) == (Operation.DESTROY, True)


def test_a_failed_preview_of_a_real_cloud_ends_there(sm: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from skymason.driver.model import CloudKind, Operation, Outcome, Result

    failed = Outcome("tiny", "dev", Operation.PREVIEW, CloudKind.REAL, "pulumi 3", "x", Result.FAILED)
    monkeypatch.setattr(deploy, "perform", lambda *_, **__: failed)
    monkeypatch.setattr("sys.stdin", Terminal("dev\n"))
    code, out, err = sm("up", "--cloud", "real")
    assert (code, out) == (1, "")
    assert "Type the stack's name" not in err


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with a new service, of which there is no image yet."""
    place = Location("services/basket.yaml", 8)
    warning = Diagnostic(
        NOT_BUILT, "no image yet", "push it", place, "image.digest", severity=Severity.WARNING
    )
    monkeypatch.setattr(deploy, "check", lambda *_: Checked(1, (warning,)))


def test_a_service_without_an_image_is_deployed_for_its_repository(
    sm: Run, unbuilt: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skymason.driver.model import CloudKind, Operation, Outcome, Result

    done = Outcome("tiny", "dev", Operation.UP, CloudKind.REAL, "pulumi 3", "x", Result.SUCCEEDED)
    monkeypatch.setattr(deploy, "perform", lambda *_, **__: done)
    code, _, err = sm("up", "--cloud", "real", "--yes")
    assert code == 0
    assert err.startswith("1 warning about settings and services: `")


def test_the_offline_cloud_takes_it_and_says_that_there_are_warnings(sm: Run, unbuilt: None) -> None:
    code, _, err = sm("up")
    assert code == 0
    assert err.splitlines()[0].startswith("1 warning about settings and services: `")
    assert err.splitlines()[0].endswith("sm validate --stack dev`")
