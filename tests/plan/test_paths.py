"""Property paths: written, looked up, compared."""

import pytest

from skymason.plan.model import UNKNOWN
from skymason.plan.paths import Change, changes, child, covers, head, hidden_by, lookup

VALUE = {"spec": {"containers": [{"env": "x"}], "labels": {"a.b/c": 1, "plain": 2}}, "later": UNKNOWN}


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("", "a", "a"),
        ("a", "b", "a.b"),
        ("a", 0, "a[0]"),
        ("a", "b.c/d", 'a["b.c/d"]'),
        ("", "b c", '["b c"]'),
    ],
)
def test_child(path: str, key: str | int, expected: str) -> None:
    assert child(path, key) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.containers[0].env", "x"),
        ('spec.labels["a.b/c"]', 1),
        ("spec.labels.plain", 2),
        ("spec.containers[1]", None),
        ("spec.none.deeper", None),
        ("later", UNKNOWN),
        ("later.deeper[0]", UNKNOWN),
        ("spec[0]", None),
    ],
)
def test_lookup(path: str, expected: object) -> None:
    assert lookup(VALUE, path) == expected


@pytest.mark.parametrize(
    ("path", "expected"), [("a.b", "a"), ("a[0].b", "a"), ('["a.b"].c', "a.b"), ("", "")]
)
def test_head(path: str, expected: str) -> None:
    assert head(path) == expected


def test_changes_are_the_outermost_paths_that_differ() -> None:
    old = {"same": 1, "gone": 2, "list": [1, 2, 3], "map": {"a": 1, "b": {"c": 1}}, "null": None, "kind": [1]}
    new = {"same": 1, "new": {"x": 1}, "list": [1, 5], "map": {"a": 1, "b": {"c": 2}}, "kind": {"a": 1}}
    assert list(changes(old, new)) == [
        Change("gone", "delete"),
        Change("kind", "update"),
        Change("list[1]", "update"),
        Change("list[2]", "delete"),
        Change("map.b.c", "update"),
        Change("new", "add"),
    ]
    assert list(changes([1], [1, 2])) == [Change("[1]", "add")]


def test_an_unknown_new_value_is_a_change_even_of_an_unknown() -> None:
    assert list(changes({"a": UNKNOWN}, {"a": UNKNOWN})) == [Change("a", "update")]
    assert list(changes({"a": UNKNOWN}, {"a": 1})) == [Change("a", "update")]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "anything[3]", True),
        ("spec", "spec", True),
        ("spec", "spec.selector", True),
        ("spec.selector", "spec", True),
        ("spec", "specification", False),
        ("spec.selector", "spec.template", False),
        ("spec.containers[*].image", "spec.containers[2].image", True),
        ("spec.containers.image", "spec.containers[2].image", True),
        ("spec.containers[*].image", "spec.containers[2].env", False),
        ("subnetIds", "subnetIds[1]", True),
        ("subnetIds[1]", "subnetIds[1]", True),
        ("subnetIds[1]", "subnetIds[2]", False),
    ],
)
def test_covers(pattern: str, path: str, expected: bool) -> None:
    assert covers(pattern, path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("tags", True), ("tags.a", True), ("tags[0]", True), ("tagsAll", False), ("other", False)],
)
def test_ignored_changes_hide_what_they_name_and_below(path: str, expected: bool) -> None:
    assert hidden_by(path, ["tags"]) is expected
    assert hidden_by(path, ["*"]) is True
    assert hidden_by("tags", ["tags.a"]) is False
