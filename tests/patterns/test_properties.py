"""What must hold for any input."""

import string
from collections.abc import Sequence
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spec_table import DIGEST, engine, spec
from spec_table import settings as stack_settings

from skymason.diagnostics import Diagnostic, DiagnosticError, has_errors
from skymason.patterns.fields import keys, walk
from skymason.patterns.merge import LayerSource, at, merge
from skymason.patterns.models import model_of
from skymason.patterns.specs import parse_spec
from skymason.yaml_source import SourceMap, parse_yaml

PATTERNS = ("web_api", "background_worker", "data_api", "event_processor")
ENVIRONMENTS = ("dev", "staging", "prod", "qa")
SOURCE = SourceMap("x.yaml", {})
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-10, 10**6), st.floats(), st.text(string.printable, max_size=8)
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(string.ascii_lowercase, min_size=1, max_size=4), inner, max_size=3),
    ),
    max_leaves=8,
)
NAMES = ("a", "b", "c")
leaves = st.one_of(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=2), st.booleans())
# Layers of one model: a key is a map in all of them, or in none.
shaped = st.fixed_dictionaries(
    {},
    optional={
        "x": st.dictionaries(st.sampled_from(NAMES), leaves),
        "y": st.fixed_dictionaries({}, optional={"z": st.dictionaries(st.sampled_from(NAMES), leaves)}),
        "s": leaves,
    },
)


def merged(*layers: dict[str, Any]) -> dict[str, Any]:
    return merge(LayerSource(str(index), layer, SOURCE) for index, layer in enumerate(layers)).config


@given(shaped, shaped, shaped)
def test_merging_is_associative(one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]) -> None:
    whole = merged(one, two, three)
    assert merged(merged(one, two), three) == whole
    assert merged(one, merged(two, three)) == whole


@given(shaped)
def test_merging_with_nothing_or_itself_changes_nothing(layer: dict[str, Any]) -> None:
    assert merged(layer, {}) == merged({}, layer) == merged(layer, layer) == layer


@given(st.dictionaries(st.text(string.ascii_lowercase, min_size=1), trees, max_size=4), shaped)
def test_every_value_has_an_owner_and_a_history_that_ends_with_it(
    low: dict[str, Any], high: dict[str, Any]
) -> None:
    result = merge([LayerSource("low", low, SOURCE), LayerSource("high", high, SOURCE)])
    for key, source in result.owners.items():
        attempts = result.history[key]
        assert attempts[-1][0] is source
        assert repr(at(result.config, key)) == repr(attempts[-1][1])


def dotted(pattern: str) -> list[str]:
    model = model_of(pattern)
    assert model is not None
    return keys(model)


KEYS = {pattern: dotted(pattern) for pattern in PATTERNS}


def nested(values: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as maps in maps; of two that exclude each other, the first one stays."""
    data: dict[str, Any] = {}
    for key, value in values.items():
        *above, last = key.split(".")
        target: Any = data
        for name in above:
            target = target.setdefault(name, {}) if isinstance(target, dict) else None
        if isinstance(target, dict):
            target.setdefault(last, value)
    return data


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """A spec with values of any kind at real and invented keys of its pattern."""
    pattern = draw(st.sampled_from(PATTERNS))
    names = st.one_of(st.sampled_from(KEYS[pattern]), st.text(string.ascii_lowercase, min_size=1, max_size=6))
    layer = st.dictionaries(names, trees, max_size=5).map(nested)
    return {
        "service": {
            "name": "orders",
            "owner": "team-a",
            "tier": draw(st.sampled_from(["critical", "standard"])),
        },
        "pattern": pattern,
        "image": {"repository": "orders", "digest": DIGEST},
        "overrides": draw(layer),
        "environments": draw(st.dictionaries(st.sampled_from(ENVIRONMENTS), layer, max_size=2)),
        "uses": draw(st.lists(trees, max_size=2)),
    }


@FEW
@given(specs(), st.sampled_from(ENVIRONMENTS), st.sampled_from(["aws", "azure"]))
def test_no_spec_crashes_the_engine_and_locks_never_move(
    data: dict[str, Any], environment: str, cloud: str
) -> None:
    parsed = parse_spec(SourceMap("services/orders.yaml", data))
    stack = stack_settings(environment) if cloud == "aws" else None
    resolution = engine().resolve([parsed], environment, cloud, stack)
    for found in resolution.diagnostics:
        assert found.code.id.startswith("SM2")
        assert found.message
        assert found.fix
        assert found.location.path == "services/orders.yaml"
    for service in resolution.services:
        for lock, _ in engine().library.locks(service.pattern, cloud, environment):
            assert at(service.config, lock.key) == lock.value
        model = model_of(service.pattern)
        assert model is not None
        assert model.model_validate(service.config).model_dump(mode="json") == service.config


@FEW
@given(st.dictionaries(st.text(max_size=6), trees, max_size=5))
def test_anything_at_all_as_a_spec(data: dict[str, Any]) -> None:
    resolution = engine().resolve([parse_spec(SourceMap("services/x.yaml", data))], "prod", "aws", None)
    assert has_errors(resolution.diagnostics)
    assert resolution.services == []


def leaf_keys(pattern: str) -> list[str]:
    model = model_of(pattern)
    assert model is not None
    sections = {path.rpartition(".")[0] for path, _ in walk(model)}
    # `escape` takes anything where the resources of a pattern are not known.
    return [key for key in KEYS[pattern] if key not in {*sections, "escape"}]


LEAVES = {pattern: leaf_keys(pattern) for pattern in PATTERNS}


@FEW
@given(
    st.sampled_from(PATTERNS).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(LEAVES[name])))
)
def test_a_wrong_value_anywhere_gets_a_code_at_its_key(case: tuple[str, str]) -> None:
    pattern, key = case
    wrong = nested({key: {"no": {"such": ["value"]}}})
    text = yaml.safe_dump(
        {
            "service": {"name": "orders", "owner": "a"},
            "pattern": pattern,
            "image": {"repository": "orders", "digest": DIGEST},
            "overrides": wrong,
        }
    )
    found = engine().resolve([spec(text)], "prod", "aws", None).diagnostics
    assert any(item.key.startswith(f"overrides.{key}") and item.location.line for item in found)


def read(text: str) -> tuple[SourceMap | None, Sequence[Diagnostic]]:
    try:
        return parse_yaml(text, "x.yaml"), ()
    except DiagnosticError as error:
        return None, error.diagnostics


@settings(max_examples=150, deadline=None)
@given(st.text(string.printable + "äß€😀\x00\x85\u2028", max_size=60))
def test_any_text_is_yaml_or_a_diagnostic(text: str) -> None:
    source, found = read(text)
    if source is None:
        assert found
    else:
        assert all(isinstance(name, str) for name in source.data)
        assert set(source.lines) >= set(source.data)
    for item in found:
        assert item.code.id.startswith("SM19")
        assert 0 <= item.location.line <= max(len(text.splitlines()), 1)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=5), trees, max_size=5))
def test_what_is_written_is_read_with_a_line_for_every_key(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, sort_keys=False)
    source = parse_yaml(text, "x.yaml")
    assert list(source.data) == list(data)
    lines = text.splitlines()
    for key in data:
        assert lines[source.line_of(key) - 1].strip("? ").startswith((key, f"'{key}'", f'"{key}"'))
