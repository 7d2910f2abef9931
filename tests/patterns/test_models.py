import pytest

from skymason.patterns.fields import keys, walk
from skymason.patterns.models import model_of
from skymason.patterns.models.service import Service

PATTERNS = ("web_api", "background_worker", "data_api", "event_processor")


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_key_says_what_it_means(pattern: str) -> None:
    model = model_of(pattern)
    assert model is not None
    assert [path for path, field in walk(model) if not field.description] == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_nothing_is_guessed(pattern: str) -> None:
    model = model_of(pattern)
    assert model is not None
    assert model.model_config["strict"]
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"]


def test_keys_that_a_layer_can_set() -> None:
    model = model_of("web_api")
    assert model is not None
    found = keys(model)
    assert {"ingress.waf.mode", "ports", "tasks", "escape"} <= set(found)
    assert not any("[]" in key for key in found)


def test_sections_of_a_spec() -> None:
    assert list(Service.model_fields) == [
        "service",
        "pattern",
        "cloud",
        "image",
        "overrides",
        "environments",
        "uses",
    ]
