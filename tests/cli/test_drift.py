"""`sm drift` where there is no Pulumi CLI; tests/driver/test_engine.py has it on the engine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skymason import engine_cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_cli(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tiny / "nothing"))
    monkeypatch.setattr(engine_cli, "_install", lambda *_: "no network")
    return tiny


def change_behind_the_back(root: Path, *changes: dict[str, Any], stack: str = "prod") -> None:
    (root / f".skymason/offline/{stack}/cloud/drift.json").write_text(json.dumps(changes))


def test_nothing_deployed(sm: Run) -> None:
    code, out, _ = sm("drift")
    assert (code, out.splitlines()[0]) == (0, "tiny, stack dev: nothing is deployed")


def test_drift_is_found_taken_in_and_mended(sm: Run, tiny: Path) -> None:
    sm("up", "--stack", "prod")
    assert sm("drift", "--stack", "prod")[0] == 0
    change_behind_the_back(
        tiny, {"name": "q1", "set": {"visibilityTimeoutSeconds": 99}}, {"name": "q2", "delete": True}
    )
    for _ in range(2):  # looking changes nothing
        code, out, _ = sm("drift", "--stack", "prod")
        assert code == 3
        assert out.splitlines()[3:7] == [
            "  property: as deployed → as it is in the cloud",
            "  - gone     aws:sqs/queue:Queue q2",
            "  ~ changed  aws:sqs/queue:Queue q1",
            "      visibilityTimeoutSeconds: 33 → 99",
        ]
    assert json.loads(sm("refresh", "--stack", "prod", "--json")[1])["counts"] == {
        "update": 1, "delete": 1, "same": 1,
    }  # fmt: skip
    assert sm("drift", "--stack", "prod")[0] == 0
    mended = json.loads(sm("up", "--stack", "prod", "--json")[1])
    assert mended["counts"] == {"create": 1, "update": 1, "same": 1}
    assert sm("drift", "--stack", "prod")[0] == 0


def test_drift_does_not_ask_whether_the_program_is_sound(sm: Run, tiny: Path) -> None:
    sm("up")
    (tiny / "__main__.py").write_text("raise ValueError\n")
    assert json.loads(sm("drift", "--json")[1])["counts"] == {"changed": 0, "gone": 0, "same": 1}
