"""Reading outputs, with and without secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from skymason.driver import outputs
from skymason.driver.kept import keep, state_path
from skymason.driver.model import CloudKind
from skymason.driver.outputs import StackOutputs, read_outputs
from skymason.driver.project import Project
from skymason.plan.model import Plan, PlannedResource

HIDDEN = {"url": "https://x", "token": "[secret]", "deep": {"list": ["[secret]"]}}
SHOWN = {"url": "https://x", "token": "hush", "deep": {"list": ["hush"]}}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, "shop")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Questions to the CLI: its words, and where it was asked."""
    found: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    def ask(project: object, stack: str, *words: str, **place: Any) -> str:
        found.append((words, place))
        return json.dumps(SHOWN if "--show-secrets" in words else HIDDEN)

    monkeypatch.setattr(outputs, "ask", ask)
    return found


def test_of_a_real_stack(project: Project, asked: list[Any]) -> None:
    found = read_outputs(project, "dev", CloudKind.REAL)
    assert found == StackOutputs(HIDDEN, frozenset({"token", "deep"}))
    assert [words for words, _ in asked] == [("stack", "output", "--json")]
    shown = read_outputs(project, "dev", CloudKind.REAL, show_secrets=True)
    assert shown == StackOutputs(SHOWN, frozenset({"token", "deep"}))


def test_of_a_kept_plan(project: Project, asked: list[Any]) -> None:
    assert read_outputs(project, "dev", CloudKind.OFFLINE) is None
    resource = PlannedResource("urn:pulumi:dev::shop::t::q", "t", "q")
    keep(project, Plan("shop", "dev", "in-process", False, (resource,), SHOWN, ("token", "deep.list[0]")))
    found = read_outputs(project, "dev", CloudKind.OFFLINE)
    assert found is not None
    assert found.values == {"url": "https://x", "token": "[secret]", "deep": "[secret]"}
    assert found.secrets == {"token", "deep"}
    shown = read_outputs(project, "dev", CloudKind.OFFLINE, show_secrets=True)
    assert shown is not None
    assert shown.values == SHOWN
    assert asked == []


def test_secrets_of_the_engines_state_are_read_by_the_cli(
    project: Project, asked: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "v1:x:y",
    }
    stack = {
        "urn": "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev",
        "type": "pulumi:pulumi:Stack",
        "outputs": {"url": "https://x", "token": secret},
    }
    file = state_path(project, "dev")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [stack]}}}))
    found = read_outputs(project, "dev", CloudKind.OFFLINE)
    assert found == StackOutputs({"url": "https://x", "token": "[secret]"}, frozenset({"token"}))
    assert asked == []
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "the user's own")
    shown = read_outputs(project, "dev", CloudKind.OFFLINE, show_secrets=True)
    assert shown == StackOutputs(SHOWN, frozenset({"token"}))
    ((words, place),) = asked
    assert words == ("stack", "output", "--json", "--show-secrets")
    assert place["folder"] == project.root / ".skymason/offline/dev/project"
    assert (
        place["environment"]["PULUMI_BACKEND_URL"]
        == (project.root / ".skymason/offline/dev/backend").as_uri()
    )
    assert "PULUMI_ACCESS_TOKEN" not in place["environment"]
