"""Physical names within a limit, and parts of logical names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.names import account_wide, physical_name, slug


@pytest.fixture(autouse=True)
def _stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.get_project", lambda: "skymason")
    monkeypatch.setattr("pulumi.get_stack", lambda: "test")


def test_autonaming_is_left_alone_where_it_fits() -> None:
    assert physical_name("a" * 24, 32) is None


def test_a_long_name_is_cut_and_told_apart() -> None:
    first = physical_name("a" * 25, 32)
    assert re.fullmatch(r"a{24}-[0-9a-f]{7}", first or "")
    assert physical_name("a" * 25, 32) == first
    assert physical_name("a" * 26, 32) != first
    assert physical_name("a" * 25, 32, 8080) != first


def test_a_name_is_not_cut_at_a_dash() -> None:
    assert re.fullmatch(r"a{23}-[0-9a-f]{7}", physical_name("a" * 23 + "-public", 32) or "")


def test_stacks_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    here = physical_name("a" * 30, 32)
    monkeypatch.setattr("pulumi.get_stack", lambda: "other")
    assert physical_name("a" * 30, 32) != here


@given(st.from_regex(r"[a-z][a-z0-9-]{0,80}", fullmatch=True))
def test_a_name_is_never_too_long(logical: str) -> None:
    name = physical_name(logical, 32)
    assert name is None or (len(name) <= 32 and "--" not in name[-9:])


def test_what_is_named_for_an_account_carries_project_and_stack_once() -> None:
    assert account_wide("orders") == "skymason-test-orders"
    assert account_wide("skymason-dev-orders") == "skymason-dev-orders"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders.example.com/", "orders-example-com"),
        ("orders.example.com/v1", "orders-example-com-v1"),
        ("0.0.0.0/0", "0-0-0-0-0"),
        ("default/", "default"),
    ],
)
def test_plain_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text(min_size=1, max_size=60))
def test_a_slug_is_a_part_of_a_name(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))
    assert len(slug(text)) <= 47


def test_texts_that_would_read_alike_get_different_slugs() -> None:
    texts = ["/a_b", "/a-b", "/A-b", "/a--b", "*.example.com", "*-example.com", "a" * 50, "a" * 51]
    assert len({slug(text) for text in texts}) == len(texts)
