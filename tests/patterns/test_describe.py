"""Patterns as data: keys, their defaults and layers, and what else is said of a pattern."""

import pytest

from skymason.patterns.describe import (
    MODEL_DEFAULT,
    Knob,
    describe,
    environments_of,
    in_words,
    knobs,
    plain,
    typed_keys,
    where_it_holds,
)
from skymason.patterns.library import shipped
from skymason.patterns.models.catalogue import Lock
from skymason.patterns.models.common import Exposure
from skymason.patterns.models.web_api import Route

LIBRARY = shipped()


def knob(pattern: str, key: str, cloud: str = "aws") -> Knob:
    return next(item for item in knobs(LIBRARY, pattern, cloud) if item.key == key)


def test_a_pattern() -> None:
    found = describe(LIBRARY, "data_api", "azure")
    assert (found.name, found.cloud, found.extends) == ("data_api", "azure", "web_api")
    assert found.environments == ("dev", "staging", "prod")
    assert found.purpose == "An HTTP service with a PostgreSQL database and a cache of its own."
    assert found.deployable["aws"] is True
    assert set(found.creates) == set(found.deployable) == {"aws", "azure"}
    assert found.offers == ("`invoke`", "resource `<service>-database`", "resource `<service>-cache`")
    assert {lock.key for lock in found.locks} >= {"container.read_only_root", "ingress.waf.enabled"}
    assert {"spot", "singleton"} in [set(item.when) for item in found.conflicts]


def test_environments_are_the_usual_ones_first() -> None:
    assert environments_of(LIBRARY) == ("dev", "staging", "prod")


def test_values_layers_and_exceptions() -> None:
    found = knob("web_api", "scaling.min")
    assert found.values == {"dev": 1, "staging": 2, "prod": 3}
    assert {name: layer.name for name, layer in found.layers.items()} == {
        "dev": "pattern environment dev",
        "staging": "pattern environment staging",
        "prod": "pattern default",
    }
    assert found.default == 3
    assert list(found.exceptions.items()) == [("staging", 2), ("dev", 1)]
    assert knob("web_api", "scaling.scale_down_seconds").exceptions == {}


@pytest.mark.parametrize(
    ("pattern", "key", "group", "specific"),
    [
        ("web_api", "scaling.min", "common", True),
        ("web_api", "container.user", "common", False),
        ("web_api", "ingress.exposure", "own", True),
        ("web_api", "ingress.hosts", "own", False),
        ("data_api", "ingress.exposure", "inherited", True),
        ("data_api", "database.runtime", "own", True),
    ],
)
def test_groups(pattern: str, key: str, group: str, specific: bool) -> None:
    found = knob(pattern, key)
    assert (found.group, found.specific) == (group, specific)


def test_what_the_model_gives_and_what_only_the_service_can() -> None:
    found = knob("web_api", "ingress.routes")
    assert found.default == [{"path": "/", "port": "http"}]
    assert {layer.name for layer in found.layers.values()} == {MODEL_DEFAULT}
    required = knob("web_api", "image.repository")
    assert (required.required, required.default, required.layers) == (True, None, {})
    assert knob("web_api", "tasks[].command").values == {}


@pytest.mark.parametrize(
    ("pattern", "key", "words"),
    [
        ("web_api", "scaling.min", "number, 1…1000"),
        ("web_api", "ingress.exposure", "`public` or `internal` or `both`"),
        ("web_api", "ingress.hosts", "list of text"),
        ("web_api", "container.environment", "map"),
        ("web_api", "spot", "true or false"),
        ("web_api", "tasks", "list of section"),
        ("web_api", "alarms.p95_seconds", "number, …60"),
    ],
)
def test_types_in_words(pattern: str, key: str, words: str) -> None:
    assert knob(pattern, key).type == words


def test_plain_values_and_their_words() -> None:
    assert plain([Route(), Exposure.BOTH, "a"]) == [{"path": "/", "port": "http"}, "both", "a"]
    assert [in_words(value) for value in ("a", True, 3, ["x"], {"k": "ä"})] == [
        "a",
        "true",
        "3",
        '["x"]',
        '{"k": "ä"}',
    ]


def test_where_locks_hold() -> None:
    def said(**more: list[str]) -> str:
        return where_it_holds(Lock(key="a.b", value=True, reason="r", **more))

    assert said() == ""
    assert said(except_environments=["dev", "staging"]) == " (except in dev, staging)"
    assert said(clouds=["aws"]) == " (only on AWS)"
    assert (
        said(except_environments=["dev"], clouds=["aws", "azure"])
        == " (except in dev; only on AWS and Azure)"
    )


def test_unknown_patterns() -> None:
    with pytest.raises(KeyError):
        describe(LIBRARY, "nothing", "aws")
    with pytest.raises(ValueError, match="no typed keys for the pattern 'nothing'"):
        typed_keys("nothing")
