"""Plans from what the engine prints."""

import json
from typing import Any

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.plan.engine import from_preview, from_state
from skymason.plan.model import UNKNOWN, ResourceOptions, SourceLine

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
QUEUE = "urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs"
DEFAULT = "urn:pulumi:dev::shop::pulumi:providers:aws::default_7_51_1"
MINE = "urn:pulumi:dev::shop::pulumi:providers:aws::mine"
MARK, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


def secret(**content: str) -> dict[str, Any]:
    return {MARK: SECRET, **content}


def queue(**more: Any) -> dict[str, Any]:
    return {
        "urn": QUEUE,
        "type": "aws:sqs/queue:Queue",
        "custom": True,
        "parent": STACK,
        "inputs": {
            "__defaults": ["name"],
            "name": "jobs-1",
            "none": None,
            "tags": {"__defaults": [], "a": "b"},
        },
        **more,
    }


def state(*resources: dict[str, Any], outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    stack = {"urn": STACK, "type": "pulumi:pulumi:Stack", "outputs": outputs or {}}
    return {"version": 3, "deployment": {"resources": [stack, *resources]}}


def preview(*steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"steps": [{"op": op, "urn": item["urn"], "newState": item} for op, item in steps]}


def test_a_state_becomes_a_plan() -> None:
    full = queue(
        id="https://q",
        outputs={"arn": "arn:q", "url": "https://q"},
        dependencies=["urn:b", "urn:a"],
        propertyDependencies={"tags": ["urn:b", "urn:a"], "name": None},
        protect=True,
        retainOnDelete=True,
        ignoreChanges=["tags"],
        aliases=["urn:old"],
        provider=f"{MINE}::id",
        deletedWith="urn:c",
        additionalSecretOutputs=["url"],
        sourcePosition="project:///components/queue.py#12,4",
    )
    plan = from_state(state(full, outputs={"url": "https://q"}))
    assert (plan.project, plan.stack, plan.engine, plan.preview) == ("shop", "dev", "state", False)
    assert plan.outputs == {"url": "https://q"}
    (found,) = plan.resources
    assert (found.name, found.id, found.parent, found.custom) == ("jobs", "https://q", "", True)
    assert found.inputs == {"name": "jobs-1", "tags": {"a": "b"}}
    assert found.outputs == {"arn": "arn:q", "url": "https://q"}
    assert found.dependencies == ("urn:a", "urn:b")
    assert found.property_dependencies == {"name": (), "tags": ("urn:a", "urn:b")}
    assert found.secrets == ("url",)
    assert found.source == SourceLine("components/queue.py", 12)
    assert found.options == ResourceOptions(
        protect=True,
        retain_on_delete=True,
        ignore_changes=("tags",),
        aliases=("urn:old",),
        provider=f"{MINE}::id",
        deleted_with="urn:c",
    )


def test_secrets_are_read_where_they_can_be() -> None:
    inputs = {"a": secret(plaintext='"hush"'), "b": {"c": [secret(ciphertext="v1:x")]}}
    plan = from_state(state(queue(inputs=inputs), outputs={"token": secret(plaintext='{"a": 1}')}))
    (found,) = plan.resources
    assert found.inputs == {"a": "hush", "b": {"c": ["[secret]"]}}
    assert found.secrets == ("a", "b.c[0]")
    assert (plan.outputs, plan.secret_outputs) == ({"token": {"a": 1}}, ("token",))


def test_what_the_engine_adds_or_only_reads_is_left_out() -> None:
    default = {"urn": DEFAULT, "type": "pulumi:providers:aws", "custom": True}
    mine = {
        "urn": MINE,
        "type": "pulumi:providers:aws",
        "custom": True,
        "inputs": {"region": "x", "version": "7"},
    }
    read = queue(external=True)
    pending = queue(urn=f"{QUEUE}-old", delete=True)
    plan = from_state(state(default, mine, read, pending))
    assert [(item.name, item.inputs) for item in plan.resources] == [("mine", {"region": "x"})]
    plan = from_state(state(queue(provider=f"{DEFAULT}::id")))
    assert plan.resources[0].options.provider == ""


def test_a_preview_becomes_a_plan() -> None:
    new = queue(inputs={"a": UNKNOWN, "b": ["[secret]"], "c": 1})
    child = {**new, "urn": QUEUE + "-child", "parent": QUEUE, "inputs": None}
    gone = {**new, "urn": QUEUE + "-gone"}
    steps = preview(
        ("create", {"urn": STACK, "type": "pulumi:pulumi:Stack"}),
        ("create-replacement", new), ("replace", new), ("same", child), ("delete", gone), ("read", gone),
    )  # fmt: skip
    steps["steps"].append({"op": "delete", "urn": QUEUE, "newState": None})
    plan = from_preview(json.dumps(steps))
    assert (plan.engine, plan.preview) == ("preview", True)
    first, second = plan.resources
    assert (first.name, first.unknowns, first.secrets, first.id) == ("jobs", ("a",), ("b[0]",), "")
    assert (second.name, second.parent, second.inputs) == ("jobs-child", QUEUE, {})


@pytest.mark.parametrize(
    ("position", "frames", "expected"),
    [
        ("project:///a.py#3", [], SourceLine("a.py", 3)),
        (
            "project:///../lib/x.py#3",
            ["project:///.venv/lib/y.py#1", "project:///b.py#7"],
            SourceLine("b.py", 7),
        ),
        ("project:///../lib/x.py#3", [None], None),
        (None, [], None),
        ("file:///a.py#3", [], None),
        ("project:///a.py", [], None),
    ],
)
def test_source_lines_are_the_programs_own(
    position: str | None, frames: list[str | None], expected: SourceLine | None
) -> None:
    trace = [{"sourcePosition": frame} if frame else {} for frame in frames]
    (found,) = from_state(state(queue(sourcePosition=position, stackTrace=trace))).resources
    assert found.source == expected


@pytest.mark.parametrize("text", ["", "[]", '{"deployment": {}}', "not JSON"])
def test_other_texts_are_refused_as_previews(text: str) -> None:
    with pytest.raises(DiagnosticError) as error:
        from_preview(text)
    (found,) = error.value.diagnostics
    assert (found.code.id, found.message) == (
        "SM3031",
        "this is not what `pulumi preview --json` prints: it has no 'steps'",
    )


def test_other_texts_are_refused_as_states() -> None:
    with pytest.raises(DiagnosticError, match="pulumi stack export"):
        from_state({"steps": []})


def test_empty_documents_are_empty_plans() -> None:
    assert from_state({"deployment": {}}).resources == ()
    assert from_preview({"steps": None}).resources == ()


def test_the_hash_of_content_that_is_there_is_left_out() -> None:
    mark, asset = "4dabf18193072939515e22adb298388d", "c44067f5952c0a294b673a41bacd8c17"
    code = {"assets": {"a.py": {mark: asset, "text": "x", "hash": "1"}}, mark: "archive", "hash": "2"}
    state = {"urn": "urn:pulumi:dev::p::t:m:T::a", "type": "t:m:T", "custom": True, "inputs": {"code": code}}
    (found,) = from_state({"deployment": {"resources": [state]}}).resources
    assert found.inputs == {"code": {"assets": {"a.py": {mark: asset, "text": "x"}}, mark: "archive"}}
