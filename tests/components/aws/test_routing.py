"""Listener rules: conditions, and priorities that no neighbour moves."""

import pulumi
import pytest
from blocks import build
from hypothesis import given
from hypothesis import strategies as st

from components.aws.routing import ANY, PRIORITIES, conditions, ports_of, priorities

HOST = {"host_header": {"values": ["a.example.com"]}}


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        (ANY, "/", [{"path_pattern": {"values": ["/*"]}}]),
        (ANY, "/v1", [{"path_pattern": {"values": ["/v1", "/v1/*"]}}]),
        ("a.example.com", "/", [HOST]),
        ("a.example.com", "/v1/", [HOST, {"path_pattern": {"values": ["/v1", "/v1/*"]}}]),
    ],
)
def test_conditions(host: str, path: str, expected: list) -> None:
    assert conditions(host, path) == expected


def test_an_unknown_host_is_a_host() -> None:
    def program() -> None:
        host = pulumi.Output.from_input("a.example.com")
        assert conditions(host, "/") == [{"host_header": {"values": [host]}}]
        assert priorities({"main": host}, ["/"]).keys() == {("main", "/")}

    build(program)


def test_routes_get_their_defaults() -> None:
    routes = [{}, {"path": "/v1"}, {"port": "admin"}]
    assert ports_of(routes) == [("/", "http"), ("/v1", "http"), ("/", "admin")]


paths = st.lists(st.from_regex(r"/[a-z/]{0,130}", fullmatch=True), min_size=1, max_size=8, unique=True)
hosts = st.lists(st.sampled_from(["a.x.com", "b.x.com", "*.x.com", "*.b.x.com", "c.x.com"]), unique=True)


@given(hosts, paths)
def test_priorities_are_distinct_and_the_more_specific_rule_comes_first(
    hosts: list[str], paths: list[str]
) -> None:
    found = priorities({host: host for host in hosts}, paths)
    assert len(set(found.values())) == len(found) == len(hosts) * len(paths)
    assert all(1 <= number <= PRIORITIES for number in found.values())
    for host in hosts:
        for path in paths:
            for other in hosts:
                if other.startswith("*") and not host.startswith("*"):
                    assert all(found[host, path] < found[other, second] for second in paths)
            for longer in paths:
                if len(path.rstrip("/")) < len(longer.rstrip("/")) <= 127:
                    assert found[host, longer] < found[host, path]


def test_a_new_rule_leaves_the_others_where_they_are() -> None:
    before = priorities({"a": "a.x.com"}, ["/", "/v1"])
    after = priorities({"a": "a.x.com", "b": "b.x.com"}, ["/", "/health", "/v1"])
    assert {key: after[key] for key in before} == before


def test_rules_that_meet_take_the_next_number() -> None:
    many = [f"/{first}{second}" for first in "abcdefghijklmnop" for second in "abcdefghijklmnop"]
    assert len(set(priorities({"a": "a.x.com"}, many).values())) == 256
