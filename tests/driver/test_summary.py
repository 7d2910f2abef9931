"""The summary after an operation: its exact words, and the same as JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from skymason.diagnostics import Diagnostic, Location
from skymason.driver import codes
from skymason.driver.model import (
    Change,
    ChangeKind,
    CloudKind,
    Operation,
    Outcome,
    Request,
    Result,
)
from skymason.driver.summary import as_json, as_text, sentence, table
from skymason.plan.paths import HIDDEN


def change(kind: ChangeKind, name: str, *components: str, **more: tuple[str, ...]) -> Change:
    return Change(kind, f"urn:{name}", "aws:s3/bucket:Bucket", name, components, **more)


CHANGES = (
    change(ChangeKind.CREATE, "vpc", "platform", "network"),
    change(ChangeKind.CREATE, "subnet", "platform", "network"),
    change(ChangeKind.SAME, "key", "platform", "keys"),
    change(ChangeKind.UPDATE, "alarm", "storefront", properties=("threshold", "tags"), escaped=("tags",)),
    change(ChangeKind.CREATE, "loose"),
)
OUTCOME = Outcome(
    project="skymason",
    stack="dev",
    operation=Operation.UP,
    cloud=CloudKind.OFFLINE,
    engine="pulumi 3.260.0",
    reason="Pulumi CLI 3.260.0 on the PATH",
    result=Result.SUCCEEDED,
    changes=CHANGES,
    outputs={"vpc_id": "vpc-1", "kubeconfig": HIDDEN, "zones": ["a", "b"]},
    state=".skymason/offline/dev",
    seconds=4.26,
)
UP = Request(Operation.UP, "dev")


def test_the_whole_text() -> None:
    assert (
        as_text(OUTCOME, UP)
        == """\
skymason, stack dev: deployed in 4.3 s, 3 created, 1 updated, 1 unchanged

  engine  pulumi 3.260.0 (Pulumi CLI 3.260.0 on the PATH)
  cloud   offline cloud: no account, nothing leaves this machine
  state   .skymason/offline/dev

  component   created  updated  unchanged  total
  (none)            1                          1
  platform          2                   1      3
    keys                                1      1
    network         2                          2
  storefront                 1                 1
  total             3        1          1      5

Outputs
  kubeconfig  [secret]
  vpc_id      vpc-1
  zones       a, b

Next
  sm up --stack dev       run it again: what is deployed already stays as it is
  sm plan --stack dev     after an edit: see what would change
  sm outputs --stack dev  show the outputs again
  sm destroy --stack dev  delete everything"""
    )


def test_the_whole_document() -> None:
    document = json.loads(as_json(OUTCOME, UP))
    assert document == {
        "project": "skymason",
        "stack": "dev",
        "operation": "up",
        "dry": False,
        "cloud": "offline",
        "result": "succeeded",
        "engine": {"name": "pulumi 3.260.0", "reason": "Pulumi CLI 3.260.0 on the PATH"},
        "counts": {"create": 3, "update": 1, "same": 1},
        "components": [
            {"component": "", "create": 1},
            {"component": "platform/keys", "same": 1},
            {"component": "platform/network", "create": 2},
            {"component": "storefront", "update": 1},
        ],
        "changes": [item.as_dict() for item in CHANGES if item.kind is not ChangeKind.SAME],
        "outputs": {"kubeconfig": "[secret]", "vpc_id": "vpc-1", "zones": ["a", "b"]},
        "state": ".skymason/offline/dev",
        "seconds": 4.26,
        "diagnostics": [],
        "next": [
            "sm up --stack dev",
            "sm plan --stack dev",
            "sm outputs --stack dev",
            "sm destroy --stack dev",
        ],
    }


def test_a_preview_lists_changes_with_properties_and_what_was_escaped() -> None:
    request = Request(Operation.PREVIEW, "dev")
    text = as_text(replace(OUTCOME, operation=Operation.PREVIEW, outputs={}), request)
    assert "previewed in 4.3 s, 3 to create, 1 to update, 1 unchanged" in text
    assert "  component   create  update  unchanged  total" in text
    assert "  ~ update   aws:s3/bucket:Bucket alarm\n      changes: threshold, tags (escaped)" in text
    assert text.endswith("Next\n  sm up --stack dev  do it")


def test_nothing_changed_needs_one_column() -> None:
    same = replace(OUTCOME, changes=(change(ChangeKind.SAME, "key", "platform"),), outputs={})
    text = as_text(same, UP)
    assert "deployed in 4.3 s, no changes, 1 resource" in text
    assert "  component  total\n  platform       1\n  total          1" in text


@pytest.mark.parametrize(
    ("operation", "dry", "result", "kind", "headline", "last"),
    [
        (
            Operation.DESTROY,
            False,
            Result.SUCCEEDED,
            "delete",
            "destroyed in",
            "sm up --stack dev  deploy it again",
        ),
        (
            Operation.DESTROY,
            True,
            Result.SUCCEEDED,
            "delete",
            "previewed in",
            "sm destroy --stack dev  do it",
        ),
        (
            Operation.REFRESH,
            False,
            Result.SUCCEEDED,
            "update",
            "refreshed in",
            "sm up --stack dev  mend the drift",
        ),
        (
            Operation.REFRESH,
            True,
            Result.SUCCEEDED,
            "update",
            "previewed in",
            "sm refresh --stack dev  do it",
        ),
        (
            Operation.PREVIEW,
            False,
            Result.SUCCEEDED,
            "same",
            "previewed in",
            "sm outputs --stack dev  show the outputs again",
        ),
        (
            Operation.UP,
            False,
            Result.FAILED,
            "same",
            "failed in",
            "sm up --stack dev  run it again: it goes on from what is done",
        ),
        (
            Operation.UP,
            False,
            Result.INTERRUPTED,
            "create",
            "interrupted in",
            "sm up --stack dev  run it again: it goes on from what is done",
        ),
    ],
)
def test_headline_and_next_step(
    operation: Operation, dry: bool, result: Result, kind: str, headline: str, last: str
) -> None:
    outcome = replace(
        OUTCOME, operation=operation, result=result, changes=(change(ChangeKind(kind), "a"),), outputs={}
    )
    text = as_text(outcome, Request(operation, "dev", dry=dry))
    assert f"skymason, stack dev: {headline} 4.3 s" in text
    assert text.endswith(last)


def test_a_real_cloud_is_named_in_every_next_step() -> None:
    real = Request(Operation.UP, "dev", CloudKind.REAL)
    text = as_text(replace(OUTCOME, cloud=CloudKind.REAL), real)
    assert "  cloud   real\n" in text
    assert "  sm destroy --stack dev --cloud real  delete everything" in text


def test_findings_stand_before_the_next_step() -> None:
    finding = Diagnostic(codes.FAILED, "no", "mend it", Location("stack dev"), "logs")
    text = as_text(replace(OUTCOME, result=Result.FAILED, diagnostics=(finding,)), UP)
    assert "error SM4101 stack dev logs\n  no\n  fix: mend it\n\nNext" in text


def test_a_destroyed_stack_shows_no_outputs() -> None:
    gone = replace(OUTCOME, operation=Operation.DESTROY, changes=())
    assert "Outputs" not in as_text(gone, Request(Operation.DESTROY, "dev"))
    assert ", no resources" in as_text(gone, Request(Operation.DESTROY, "dev"))


def test_a_large_stack_has_one_row_for_each_outermost_component() -> None:
    many = [change(ChangeKind.CREATE, f"r{i}", f"s{i:02}", part) for i in range(30) for part in "ab"]
    rows = table(many).splitlines()
    assert len(rows) == 32
    assert rows[1].split() == ["s00", "2", "2"]


def test_a_table_may_leave_out_what_is_not_touched() -> None:
    found = [
        change(ChangeKind.SAME, "r1", "quiet", "a"),
        change(ChangeKind.SAME, "r2", "quiet", "b"),
        change(ChangeKind.SAME, "r3", "shop", "a"),
        change(ChangeKind.UPDATE, "r4", "shop", "b"),
    ]
    assert [line.split() for line in table(found, touched=True).splitlines()] == [
        ["component", "updated", "unchanged", "total"],
        ["shop", "1", "1", "2"],
        ["b", "1", "1"],
        ["total", "1", "3", "4"],
    ]


def test_commands_are_named_as_they_can_be_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(tmp_path / ".venv/bin/sm"), "up"])
    monkeypatch.setenv("PATH", "")
    assert as_text(OUTCOME, UP).splitlines()[-1] == "  .venv/bin/sm destroy --stack dev  delete everything"
    monkeypatch.setattr("sys.argv", ["pytest"])
    assert as_text(OUTCOME, UP).splitlines()[-1] == "  sm destroy --stack dev  delete everything"


def test_sentences() -> None:
    assert sentence({}, dry=False) == "no resources"
    assert sentence({ChangeKind.SAME: 4}, dry=True) == "no changes, 4 resources"
    assert sentence({ChangeKind.DELETE: 4}, dry=True) == "4 to delete"
    assert sentence({ChangeKind.DELETE: 4, ChangeKind.REPLACE: 1}, dry=False) == "4 deleted, 1 replaced"
