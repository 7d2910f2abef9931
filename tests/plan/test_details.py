"""Properties that change, with their values."""

import json
from typing import Any

from skymason.plan.details import PropertyChange, Side, details
from skymason.plan.model import UNKNOWN


def lines(
    old: dict[str, Any],
    new: dict[str, Any],
    *,
    secrets: tuple[str, ...] = (),
    **more: Any,
) -> list[tuple[str, str, Any, Any]]:
    found = details(Side(old, secrets), Side(new, secrets), **more)
    return [(item.path, item.kind, item.before, item.after) for item in found]


def test_values_before_and_after() -> None:
    assert lines({"a": 1, "b": {"c": 2}, "d": None, "gone": 1}, {"a": 1, "b": {"c": 3}, "new": [1]}) == [
        ("b.c", "update", 2, 3),
        ("gone", "delete", 1, None),
        ("new", "add", None, [1]),
    ]
    assert lines({"a": None}, {"a": None}) == []


def test_items_of_a_list_are_told_apart_by_name() -> None:
    old = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    new = [{"name": "C", "value": "3"}, {"name": "A", "value": "1"}, {"name": "B", "value": "9"}]
    assert lines({"env": old}, {"env": new}) == [
        ("env[B].value", "update", "2", "9"),
        ("env[C]", "add", None, {"name": "C", "value": "3"}),
    ]
    assert lines({"env": old}, {"env": old[::-1]}) == [("env", "update", ["A", "B"], ["B", "A"])]
    twice = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    assert lines({"env": twice}, {"env": twice[:1]}) == [
        ("env[1]", "delete", {"name": "A", "value": "2"}, None)
    ]


def test_items_without_names_are_aligned() -> None:
    assert lines({"zones": ["a", "b"]}, {"zones": ["x", "a", "b"]}) == [("zones[0]", "add", None, "x")]
    assert lines({"zones": ["a", "b"]}, {"zones": ["b"]}) == [("zones[0]", "delete", "a", None)]
    assert lines({"zones": [{"q": 1}]}, {"zones": [{"q": 2}]}) == [("zones[0].q", "update", 1, 2)]
    assert lines({"zones": []}, {"zones": ["b"]}) == [("zones[0]", "add", None, "b")]


def test_a_json_document_is_looked_into() -> None:
    old = {"Statement": [{"Sid": "Read", "Action": ["s3:Get"]}, {"Sid": "List", "Action": "s3:List"}]}
    new = {"Statement": [{"Sid": "Read", "Action": ["s3:Get", "s3:Put"]}]}
    assert lines({"policy": json.dumps(old)}, {"policy": json.dumps(new)}) == [
        ("policy.Statement[Read].Action[1]", "add", None, "s3:Put"),
        ("policy.Statement[List]", "delete", {"Sid": "List", "Action": "s3:List"}, None),
    ]
    assert lines({"policy": '{"a":1}'}, {"policy": '{"a": 1}'}) == [
        ("policy", "update", '{"a":1}', '{"a": 1}')
    ]
    for other in ('["a"]', "{no json"):
        assert lines({"policy": '{"a":1}'}, {"policy": other}) == [("policy", "update", '{"a":1}', other)]


def test_secrets_are_never_shown_wherever_they_are() -> None:
    assert lines({"p": "old"}, {"p": "new"}, secrets=("p",)) == [("p", "update", "[secret]", "[secret]")]
    assert lines({}, {"p": "new"}, secrets=("p",)) == [("p", "add", None, "[secret]")]
    assert lines({"p": "old"}, {}, secrets=("p",)) == [("p", "delete", "[secret]", None)]
    assert lines({"p": {"q": "old"}}, {"p": {"q": "new"}}, secrets=("p",)) == [
        ("p", "update", "[secret]", "[secret]")
    ]
    assert lines({}, {"p": {"q": "new", "r": ["s"]}}, secrets=("p.q",)) == [
        ("p", "add", None, {"q": "[secret]", "r": ["s"]})
    ]
    assert lines({"p": '{"a": "old"}'}, {"p": '{"a": "new"}'}, secrets=("p",)) == [
        ("p", "update", "[secret]", "[secret]")
    ]
    assert lines({"l": [{"q": "old"}]}, {"l": [{"q": "new"}]}, secrets=("l[0].q",)) == [
        ("l[0].q", "update", "[secret]", "[secret]")
    ]
    text = json.dumps([item.as_dict() for item in details(Side({"p": "old"}, ("p",)), Side({"p": "new"}))])
    assert "old" not in text
    assert "new" not in text


def test_a_secret_that_cannot_be_read_is_no_change() -> None:
    assert lines({"p": "[secret]"}, {"p": "new"}, secrets=("p",)) == []


def test_unknown_values() -> None:
    def causes(property: str) -> tuple[str, ...]:
        return (f"urn of {property}",)

    found = details(
        Side({"vpcId": "v", "known": 1, "text": "a"}),
        Side({"vpcId": UNKNOWN, "known": 2, "text": f"arn:{UNKNOWN}", "map": {"a": [UNKNOWN]}}),
        causes=causes,
    )
    assert found == (
        PropertyChange("known", "update", 1, 2),
        PropertyChange("map", "add", None, {"a": ["[known after deployment]"]}, causes=("urn of map",)),
        PropertyChange("text", "update", "a", "arn:[known after deployment]", causes=("urn of text",)),
        PropertyChange("vpcId", "update", "v", "[known after deployment]", causes=("urn of vpcId",)),
    )
    assert lines({"a": UNKNOWN}, {"a": UNKNOWN}) == [
        ("a", "update", "[known after deployment]", "[known after deployment]")
    ]
    assert len(lines({"a": [UNKNOWN, "x"]}, {"a": [UNKNOWN, "y"]})) == 2


def test_what_forces_a_replacement_and_what_is_ignored() -> None:
    found = details(
        Side({"l": [{"name": "x", "cidr": 1}], "tags": {"a": 1}, "ignored": 1}),
        Side({"l": [{"name": "x", "cidr": 2}], "tags": {"a": 2}, "ignored": 2}),
        forcing=("l[*].cidr",),
        ignored=("ignored",),
    )
    assert [(item.path, item.forces) for item in found] == [("l[x].cidr", True), ("tags.a", False)]


def test_as_plain_data() -> None:
    assert PropertyChange("a", "add", None, 1).as_dict() == {
        "path": "a", "kind": "add", "after": 1, "forces_replacement": False, "causes": [],
    }  # fmt: skip
    assert PropertyChange("a", "delete", 1, None, True, ("urn",)).as_dict() == {
        "path": "a", "kind": "delete", "before": 1, "forces_replacement": True, "causes": ["urn"],
    }  # fmt: skip
