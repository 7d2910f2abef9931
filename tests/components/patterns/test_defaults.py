"""Defaults of a pattern under the arguments of its component."""

from typing import Any

import pytest
from web_apis import IMAGE, PLATFORM, SERVICE, build

from components.patterns.defaults import filled, with_defaults
from skymason.patterns.engine import pattern_defaults


@pytest.mark.parametrize(
    ("defaults", "given", "expected"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
    ],
)
def test_filled(defaults: Any, given: Any, expected: Any) -> None:
    assert filled(defaults, given) == expected


def known(environment: str, **changed: Any) -> dict[str, Any]:
    platform = {**PLATFORM, "environment": environment}
    return with_defaults(
        "web_api", "aws", {"platform": platform, "service": SERVICE, "image": IMAGE, **changed}
    )


def test_every_key_of_the_pattern_is_there() -> None:
    made = known("prod", ingress={"exposure": "internal"})
    defaults = pattern_defaults("web_api", "aws", "prod")
    assert made["ingress"] == {**defaults["ingress"], "exposure": "internal"}
    assert {key: made[key] for key in defaults if key not in ("ingress", "image")} == {
        key: value for key, value in defaults.items() if key not in ("ingress", "image")
    }


def test_they_are_those_of_the_environment() -> None:
    assert known("prod")["scaling"]["min"] == 3
    assert known("dev")["scaling"]["min"] == 1


def test_what_the_engine_has_resolved_stays_as_it_is() -> None:
    resolved = {**known("prod"), "scaling": {**known("prod")["scaling"], "requests_per_target": None}}
    assert with_defaults("web_api", "aws", resolved) == resolved


def test_where_the_environment_is_not_known_the_stack_names_it() -> None:
    def program() -> None:
        import pulumi

        platform = {**PLATFORM, "environment": pulumi.Output.from_input("dev")}
        made = with_defaults("web_api", "aws", {"platform": platform, "service": SERVICE, "image": IMAGE})
        assert made["scaling"]["min"] == 3, "the stack is called test: production's defaults"

    build(program)
