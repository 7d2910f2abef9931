"""What drift looks like, as text and JSON, and its exit codes."""

import json
from dataclasses import replace

import pytest

from skymason.cli import exits
from skymason.diagnostics import Diagnostic, Location
from skymason.driver import codes, drift
from skymason.driver.model import Change, ChangeKind, CloudKind, Operation, Outcome, Result
from skymason.plan.details import PropertyChange

QUEUE = "aws:sqs/queue:Queue"


def change(kind: ChangeKind, name: str, **more: object) -> Change:
    return Change(kind, f"urn:pulumi:dev::shop::{QUEUE}::{name}", QUEUE, name, **more)  # type: ignore[arg-type]


SAME = change(ChangeKind.SAME, "same")
TIMEOUT = PropertyChange("visibilityTimeoutSeconds", "update", 30, 99)
CHANGED = change(ChangeKind.UPDATE, "a", properties=("visibilityTimeoutSeconds",), details=(TIMEOUT,))
GONE = change(ChangeKind.DELETE, "b")
OUTCOME = Outcome(
    "shop", "dev", Operation.REFRESH, CloudKind.OFFLINE, "pulumi 3", "there", Result.SUCCEEDED,
    (SAME, CHANGED, GONE), state=".skymason/offline/dev", seconds=1.25,
)  # fmt: skip


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["pytest"])


def test_drift_for_people() -> None:
    assert drift.as_text(OUTCOME).splitlines() == [
        "shop, stack dev: 2 resources drifted, 1 as deployed",
        "offline cloud compared with .skymason/offline/dev, in 1.2 s",
        "",
        "  property: as deployed → as it is in the cloud",
        "  - gone     aws:sqs/queue:Queue b",
        "  ~ changed  aws:sqs/queue:Queue a",
        "      visibilityTimeoutSeconds: 30 → 99",
        "",
        "Next",
        "  sm refresh --stack dev && sm up --stack dev  put back what the program says",
        "  sm refresh --stack dev                       accept what is there; then make the program say the same",
    ]


def test_no_drift_and_nothing_deployed() -> None:
    calm = replace(OUTCOME, changes=(SAME,))
    assert drift.as_text(calm).splitlines()[0] == "shop, stack dev: nothing drifted, 1 resource"
    assert (
        drift.as_text(replace(OUTCOME, changes=())).splitlines()[0] == "shop, stack dev: nothing is deployed"
    )


def test_a_failure_says_why() -> None:
    finding = Diagnostic(codes.FAILED, "no", "yes", Location("stack dev"))
    failed = replace(OUTCOME, changes=(), result=Result.FAILED, diagnostics=(finding,))
    assert drift.as_text(failed).splitlines() == [
        "shop, stack dev: failed in 1.2 s",
        "offline cloud compared with .skymason/offline/dev, in 1.2 s",
        "",
        "error SM4101 stack dev",
        "  no",
        "  fix: yes",
    ]


def test_drift_as_json() -> None:
    found = json.loads(drift.as_json(OUTCOME))
    assert (found["version"], found["drifted"]) == (1, True)
    assert found["counts"] == {"changed": 1, "gone": 1, "same": 1}
    gone, changed = found["drift"]
    assert (gone["kind"], gone["name"], gone["details"]) == ("gone", "b", [])
    assert changed == {
        "kind": "changed",
        "urn": CHANGED.urn,
        "type": QUEUE,
        "name": "a",
        "components": [],
        "properties": ["visibilityTimeoutSeconds"],
        "details": [TIMEOUT.as_dict()],
    }


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (OUTCOME, exits.DIFFERENT),
        (replace(OUTCOME, changes=(SAME,)), exits.FINE),
        (replace(OUTCOME, result=Result.FAILED), exits.FINDINGS),
        (replace(OUTCOME, result=Result.INTERRUPTED), exits.INTERRUPTED),
    ],
)
def test_exit_codes(outcome: Outcome, code: int) -> None:
    assert drift.exit_code(outcome) == code


def test_the_next_step_of_a_real_cloud_names_it() -> None:
    assert "sm refresh --stack dev --cloud real && sm up" in drift.as_text(
        replace(OUTCOME, cloud=CloudKind.REAL)
    )
