"""The published list of what `escape` can set is current, and says what the SDK says."""

import fnmatch
import json
from collections.abc import Awaitable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ForwardRef, Optional, Union

import pytest
from web_apis import make

from components.patterns import escape_schema
from components.patterns.escape_schema import COMPONENTS, EVERYTHING, FOLDER, general, json_type, text


@pytest.fixture(scope="module", params=sorted(COMPONENTS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_each_file_is_current(name: str) -> None:
    published = (FOLDER / f"{name}.json").read_text()
    assert published == text(COMPONENTS[name], EVERYTHING[name]), (
        "run: python -m components.patterns.escape_schema"
    )


def test_no_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(COMPONENTS)


def test_properties_have_the_types_of_the_sdk() -> None:
    schema = json.loads((FOLDER / "aws.web_api.json").read_text())
    balancer = schema["public-alb"]
    assert balancer["type"] == "aws:lb/loadBalancer:LoadBalancer"
    expected = {
        "idle_timeout": "integer",
        "internal": "boolean",
        "name": "string",
        "access_logs": "object",
        "subnets": "array",
        "tags": "object",
    }
    assert expected.items() <= balancer["properties"].items()
    assert schema["public-alarm-5xx"]["properties"]["threshold"] == "number"
    assert schema["deployment"]["properties"] == {"metadata": "object", "spec": "object"}
    assert schema["scaled-object"]["properties"] == {"metadata": "object", "spec": "any"}


def test_every_resource_of_a_service_is_in_it() -> None:
    schema = json.loads((FOLDER / "aws.web_api.json").read_text())
    built = make(
        ingress={"exposure": "both", "hosts": ["a.example.com", "*.b.example.com"]},
        tasks=[
            {"name": "migrate", "command": ["m"]},
            {"name": "t", "command": ["t"], "schedule": "0 3 * * *"},
        ],
        alarms={"no_traffic_minutes": 10},
    )
    for item in built.deployed.resources:
        if item.custom and not item.type.startswith("pulumi:providers:"):
            short = item.name.removeprefix("orders-")
            key = short if short in schema else next(key for key in schema if fnmatch.fnmatch(short, key))
            assert schema[key]["type"] == item.type


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, "string"),
        (Optional[int], "integer"),  # noqa: UP045
        (float | None, "number"),
        (Union[bool, Awaitable[bool], ForwardRef("Output[T]"), None], "boolean"),  # noqa: UP007
        (Sequence[str], "array"),
        (Mapping[str, str], "object"),
        (ForwardRef("SpecArgs"), "object"),
        (Colour, "string"),
        (Union[str, Colour], "string"),  # noqa: UP007
        (Union[str, int], "any"),  # noqa: UP007
        (Any, "any"),
    ],
)
def test_json_type(annotation: Any, expected: str) -> None:
    assert json_type(annotation) == expected


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        ("deployment", "deployment"),
        ("public-tg-any-port", "public-tg-*"),
        ("public-egress-64999", "public-egress-*"),
        ("certificate-anyhost-example-com", "certificate-*"),
    ],
)
def test_general(short: str, expected: str) -> None:
    assert general(short) == expected


def test_writing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escape_schema, "FOLDER", tmp_path / "escape")
    escape_schema.write()
    assert (tmp_path / "escape" / "aws.web_api.json").read_text() == (FOLDER / "aws.web_api.json").read_text()
