"""Checkers of single shapes."""

from typing import Any

import pytest

from skymason.offline import wire
from skymason.offline.shapes import (
    ANYTHING,
    AnyOf,
    Choice,
    Entries,
    Items,
    Marked,
    Problem,
    Scalar,
    Shape,
    Suggestion,
)
from skymason.plan.model import UNKNOWN

STRING, NUMBER, INTEGER, BOOLEAN = (Scalar(name) for name in ("string", "number", "integer", "boolean"))
COLOUR = Choice(("red", "green"), "Colour")
ASSET = Marked((wire.ASSET,), "an asset")


def found(shape: Shape, value: Any) -> list[Problem]:
    problems: list[Problem] = []
    shape.check(value, "p", problems)
    return problems


@pytest.mark.parametrize(
    ("shape", "right", "wrong"),
    [
        (STRING, ["", "a"], [1, True, [], {}, 1.5]),
        (NUMBER, [1, 1.5], ["1", True, []]),
        (INTEGER, [1, -3], [1.5, "1", False]),
        (BOOLEAN, [True, False], ["true", 0, 1]),
        (COLOUR, ["red"], ["blue", 3, True, ["red"]]),
        (Items(STRING), [[], ["a"]], ["a", {}, ["a", 1]]),
        (Entries(INTEGER), [{}, {"a": 1}], [[], "a", {"a": "1"}]),
        (ASSET, [{wire.SIGNATURE: wire.ASSET}], [{}, "text", {wire.SIGNATURE: wire.ARCHIVE}]),
        (AnyOf((INTEGER, STRING)), [1, "80%"], [True, [], {}]),
        (ANYTHING, [1, "a", None, {}], []),
    ],
)
def test_what_shapes_accept(shape: Shape, right: list[Any], wrong: list[Any]) -> None:
    assert [value for value in [*right, UNKNOWN] if found(shape, value)] == []
    assert [value for value in wrong if not found(shape, value)] == []


def test_a_wrong_type_says_what_it_is_and_what_it_must_be() -> None:
    assert found(INTEGER, "3") == [
        Problem("type", "p", "is a string, must be a whole number", "give a whole number")
    ]
    assert found(ASSET, {})[0].message == "is an object, must be an asset"
    assert found(STRING, {wire.SIGNATURE: wire.RESOURCE})[0].message == "is a resource, must be a string"
    assert found(AnyOf((INTEGER, STRING)), [])[0].fix == "give a whole number or a string"
    assert found(STRING, None)[0].message == "is null, must be a string"


def test_a_wrong_choice_names_the_nearest_and_never_the_value() -> None:
    (problem,) = found(COLOUR, "gren")
    assert problem == Problem(
        "enum", "p", "is not a value of Colour", "did you mean 'green'? allowed: red, green"
    )


def test_long_lists_are_cut() -> None:
    many = Choice(tuple(f"value{n:03}" for n in range(40)), "Many")
    assert found(many, "zzz")[0].fix.endswith("value023 and 16 more")


@pytest.mark.parametrize(("value", "wrong"), [("tcp", 0), ("TCP", 0), ("-1", 0), ("icpm", 0), ("tagget", 1)])
def test_suggestions_refuse_misspellings_only(value: str, wrong: int) -> None:
    assert len(found(Suggestion(("tcp", "icmp", "target"), "ProtocolType"), value)) == wrong


def test_suggestions_are_text() -> None:
    assert found(Suggestion(("tcp",), "ProtocolType"), [])[0].kind == "type"


def test_a_union_reports_the_member_that_fits_best() -> None:
    union = AnyOf((Items(INTEGER), Items(STRING)))
    assert [problem.path for problem in found(union, ["a", "b", 3])] == ["p[2]"]


def test_paths_lead_to_the_place() -> None:
    assert [problem.path for problem in found(Entries(Items(STRING)), {"a.b": ["x", 1]})] == ['p["a.b"][1]']
