"""Templates of computed values."""

import re
from typing import Any

import pytest

from skymason.offline.templates import Context, random_text, render, uuid_text
from skymason.plan.model import UNKNOWN

CONTEXT = Context(
    words={"id": "vpc-1", "region": "eu-central-1"},
    inputs={"name": "x", "list": [{"a": 3}], "later": UNKNOWN},
    seed="urn",
    extra={"zones": ["a", "b"]},
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain", "plain"),
        ("{id} in {region}", "vpc-1 in eu-central-1"),
        ("{in.name}-{in.list[0].a}", "x-3"),
        ("{in.list[0].a}", 3),
        ("{in.list}", [{"a": 3}]),
        ("{in.missing}", None),
        ("a{in.missing}b", "ab"),
        ("{in.later}", UNKNOWN),
        ("a-{in.later}", UNKNOWN),
        ("{zones}", ["a", "b"]),
        ('{"Version": "1", "Statement": []}', '{"Version": "1", "Statement": []}'),
        (7, 7),
        ({"a": ["{id}", True]}, {"a": ["vpc-1", True]}),
    ],
)
def test_render(template: Any, expected: Any) -> None:
    assert render(template, CONTEXT) == expected


def test_random_parts_are_the_same_for_a_seed_and_differ_by_label() -> None:
    first = render("{hex:17}{digits:5}{upper:4}{letters:3}{uuid}", CONTEXT)
    assert re.fullmatch(r"[0-9a-f]{17}\d{5}[A-Z0-9]{4}[a-z]{3}[0-9a-f-]{36}", first)
    assert first == render("{hex:17}{digits:5}{upper:4}{letters:3}{uuid}", CONTEXT)
    assert render("{hex:17:a}", CONTEXT) != render("{hex:17:b}", CONTEXT)
    assert random_text("hex", 17, "one") != random_text("hex", 17, "two")
    assert uuid_text("one", "a") != uuid_text("one", "b")


def test_an_unknown_word_is_an_error_of_the_table() -> None:
    with pytest.raises(KeyError, match=r"a template names \{nonsense\}"):
        render("{nonsense}", CONTEXT)
