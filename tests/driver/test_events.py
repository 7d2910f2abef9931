"""From the engine's events, as the CLI writes them, to the tally."""

import io
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent

from skymason.driver.events import EventReader
from skymason.driver.model import ChangeKind
from skymason.driver.progress import PlainDisplay
from skymason.driver.tally import Tally
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import HIDDEN, LATER

TYPE = "aws:s3/bucket:Bucket"
URN = f"urn:pulumi:dev::shop::{TYPE}::logs"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


class Heard:
    """A reader with what it wrote."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.tally = Tally(lambda: 0.0)
        self.reader = EventReader(self.tally, PlainDisplay(self.tally, self.stream))

    def __call__(self, kind: str, **body: Any) -> None:
        self.reader(EngineEvent.from_json({"sequence": 1, "timestamp": 1, kind: body}))

    def step(self, op: str, *, end: str = "resOutputsEvent", **more: Any) -> None:
        state = {"type": TYPE, "urn": URN, "id": "x", "parent": STACK, "provider": "", "custom": True}
        metadata = {"op": op, "urn": URN, "type": TYPE, "provider": "", "new": state, **more}
        self("resourcePreEvent", metadata=metadata)
        self(end, metadata=metadata)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_created_resource(heard: Heard) -> None:
    heard.step("create")
    (change,) = heard.tally.changes()
    assert (change.kind, change.name, change.type, change.properties) == (ChangeKind.CREATE, "logs", TYPE, ())
    assert heard.stream.getvalue() == f"   0.0 s  created    {TYPE} logs\n"


def test_an_update_tells_its_properties_and_a_replacement_its_reasons(heard: Heard) -> None:
    heard.step("update", diffs=["tags"], detailedDiff={"tags.owner": {"diffKind": "update"}})
    assert heard.tally.changes()[0].properties == ("tags.owner",)
    heard.step("replace", diffs=["bucket"], keys=["bucket"])
    (change,) = heard.tally.changes()
    assert (change.kind, change.reasons) == (ChangeKind.REPLACE, ("bucket",))


def test_a_failed_operation(heard: Heard) -> None:
    heard.step("create", end="resOpFailedEvent")
    assert [step.failed for step in heard.tally.steps()] == [True]
    assert heard.stream.getvalue() == f"   0.0 s  failed     {TYPE} logs\n"


@pytest.mark.parametrize(
    ("found", "kind", "properties"),
    [
        ({"op": "same"}, ChangeKind.SAME, ()),
        ({"op": "update", "diffs": ["acl"]}, ChangeKind.UPDATE, ("acl",)),
        ({"op": "delete", "new": None}, ChangeKind.DELETE, ()),
    ],
)
def test_a_refresh_tells_at_its_end_what_drifted(
    heard: Heard, found: dict[str, Any], kind: ChangeKind, properties: tuple[str, ...]
) -> None:
    state = {"type": TYPE, "urn": URN, "id": "x", "parent": STACK, "provider": "", "custom": True}
    step = {"urn": URN, "type": TYPE, "provider": "", "old": state, "new": state}
    heard("resourcePreEvent", metadata={**step, "op": "refresh"})
    heard("resOutputsEvent", metadata={**step, **found})
    (change,) = heard.tally.changes()
    assert (change.kind, change.properties) == (kind, properties)


def test_outputs_of_the_stack_come_without_secrets_and_unknowns(heard: Heard) -> None:
    secret = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "[secret]",
    }
    state = {"type": "pulumi:pulumi:Stack", "urn": STACK, "id": "", "parent": "", "provider": ""}
    outputs = {"a": "1", "deep": {"list": [secret]}, "later": UNKNOWN}
    metadata = {
        "op": "create",
        "urn": STACK,
        "type": "pulumi:pulumi:Stack",
        "new": {**state, "outputs": outputs},
    }
    heard("resOutputsEvent", metadata=metadata)
    assert heard.tally.outputs == {"a": "1", "deep": {"list": [HIDDEN]}, "later": LATER}


def test_messages_lose_their_colours_and_keep_their_severity(heard: Heard) -> None:
    text = "<{%fg 1%}>error:<{%reset%}> no such key\n"
    heard("diagnosticEvent", urn=URN, message=text, severity="error", color="never")
    heard("diagnosticEvent", message="working …", severity="info", ephemeral=True, color="never")
    heard("diagnosticEvent", message="chatter", severity="debug", color="never")
    heard("diagnosticEvent", message="update failed", severity="error", color="never")
    assert heard.tally.messages == [
        ("error", URN, "error: no such key"),
        ("debug", "", "chatter"),
        ("error", "", "update failed"),
    ]
    assert heard.stream.getvalue() == "   0.0 s  error: error: no such key\n"


@pytest.mark.parametrize(("level", "severity"), [("mandatory", "error"), ("advisory", "warning")])
def test_policies_are_findings(heard: Heard, level: str, severity: str) -> None:
    heard("policyEvent", resourceUrn=URN, policyName="no-public", message="is public", enforcementLevel=level)
    assert heard.tally.messages == [(severity, URN, "no-public: is public")]


def test_other_events_change_nothing(heard: Heard) -> None:
    heard("summaryEvent", maybeCorrupt=False, durationSeconds=1, resourceChanges={})
    heard("preludeEvent", config={})
    assert (heard.tally.changes(), heard.tally.messages) == ((), [])


SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "[secret]",
}


def state(inputs: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    base = {"type": TYPE, "urn": URN, "id": "x", "parent": STACK, "provider": "", "custom": True}
    return {**base, "inputs": inputs, "outputs": outputs or {}}


def test_values_before_and_after_of_a_step(heard: Heard) -> None:
    heard.step(
        "replace",
        old=state({"acl": "a", "tags": {"x": "1"}, "key": SECRET, "list": [1]}, {"arn": "old"}),
        new=state({"acl": "b", "tags": {"x": "2"}, "key": SECRET, "list": [1, 2]}, {"arn": "new"}),
        detailedDiff={
            "acl": {"diffKind": "update-replace", "inputDiff": True},
            "tags.x": {"diffKind": "update", "inputDiff": True},
            "key": {"diffKind": "update", "inputDiff": True},
            "list[1]": {"diffKind": "add", "inputDiff": True},
            "arn": {"diffKind": "update", "inputDiff": False},
            "other": {"diffKind": "update", "inputDiff": False},
        },
    )
    (change,) = heard.tally.changes()
    assert [(item.path, item.kind, item.before, item.after, item.forces) for item in change.details] == [
        ("acl", "update", "a", "b", True),
        ("arn", "update", "old", "new", False),
        ("key", "update", HIDDEN, HIDDEN, False),
        ("list[1]", "add", None, 2, False),
        ("other", "update", HIDDEN, HIDDEN, False),
        ("tags.x", "update", "1", "2", False),
    ]


def test_a_step_that_makes_or_deletes_has_no_values(heard: Heard) -> None:
    heard.step("create", new=state({"acl": "b"}))
    assert heard.tally.changes()[0].details == ()


def test_outputs_that_come_or_go(heard: Heard) -> None:
    heard.step(
        "update",
        old=state({}, {"gone": 1}),
        new=state({}, {"come": 2}),
        detailedDiff={"gone": {"diffKind": "delete"}, "come": {"diffKind": "add"}},
    )
    found = [(item.path, item.kind, item.before, item.after) for item in heard.tally.changes()[0].details]
    assert found == [("come", "add", None, 2), ("gone", "delete", 1, None)]
