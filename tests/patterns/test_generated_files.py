import json
from typing import Any

import jsonschema
import pytest
from spec_table import DIGEST, ROOT, engine, spec_text

from skymason.patterns import checks, schema
from skymason.yaml_source import load_yaml, parse_yaml

GENERATED = schema.generated(ROOT)


@pytest.mark.parametrize("path", GENERATED)
def test_it_is_current(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == GENERATED[path](), f"run: sm schema ({path})"


def test_writing(tmp_path: Any) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "docs").mkdir()
    patterns = ROOT / "infrastructure-patterns.yaml"
    (tmp_path / patterns.name).write_text(patterns.read_text())
    schema.main(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("*/*")) == sorted(GENERATED)


@pytest.fixture(scope="module")
def of_specs() -> Any:
    validator = jsonschema.Draft202012Validator
    made = schema.service_schema(engine().library)
    validator.check_schema(made)
    return validator(made)


@pytest.fixture(scope="module")
def of_patterns() -> Any:
    validator = jsonschema.Draft202012Validator
    made = schema.catalogue_schema(engine().library)
    validator.check_schema(made)
    return validator(made)


@pytest.mark.parametrize("path", sorted((ROOT / "services").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_services_follow_the_schema_that_they_name(of_specs: Any, path: Any) -> None:
    assert path.read_text().startswith("# yaml-language-server: $schema=../schemas/service.schema.json\n")
    assert list(of_specs.iter_errors(load_yaml(path, ROOT).data)) == []


def test_the_patterns_follow_theirs(of_patterns: Any) -> None:
    path = ROOT / "infrastructure-patterns.yaml"
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=schemas/infrastructure-patterns.schema.json\n")
    assert list(of_patterns.iter_errors(load_yaml(path, ROOT).data)) == []


@pytest.mark.parametrize(
    ("pattern", "overrides", "valid"),
    [
        ("web_api", "scaling: {max: 3, requests_per_target: null}", True),
        ("web_api", "scaling: null", True),
        ("web_api", "scaling: {mxa: 3}", False),
        ("web_api", 'scaling: {max: "3"}', False),
        ("web_api", "queue: {fifo: true}", False),
        ("background_worker", "queue: {fifo: true}", True),
        ("data_api", "database: {engine_version: '9'}", False),
        ("data_api", "ingress: {hosts: [a.example.com]}\ndatabase: {read_replicas: 2}", True),
        ("web_api", "ports: [{name: http, port: 80}]", True),
        ("web_api", "ports: [{name: http}]", False),  # lists are replaced, so what is in them is whole
        ("event_processor", "stream: {kind: kafka}", False),
        ("web_api", "escape: {public-alb: {idle_timeout: 5}}", True),
        ("lambda", "{}", False),
    ],
)
def test_the_schema_knows_the_keys_of_the_pattern(
    of_specs: Any, pattern: str, overrides: str, valid: bool
) -> None:
    data = parse_yaml(spec_text(overrides, pattern=pattern), "x.yaml").data
    assert of_specs.is_valid(data) is valid
    moved = {**data, "overrides": {}, "environments": {"prod": data["overrides"]}}
    assert of_specs.is_valid(moved) is valid


@pytest.mark.parametrize(
    ("key", "value", "valid"),
    [
        ("defaults", {"scaling": {"max": 3}}, True),
        ("defaults", {"scaling": {"mxa": 3}}, False),
        ("environments", {"qa": {"queue": {}}}, False),
        ("cloud_environments", {"aws": {"dev": {"spot": "yes"}}}, False),
        ("clouds", {"aws": {"ingress": {"waf": None}}}, True),
    ],
)
def test_the_schema_knows_the_keys_of_layers(of_patterns: Any, key: str, value: Any, valid: bool) -> None:
    data = load_yaml(ROOT / "infrastructure-patterns.yaml", ROOT).data
    data["patterns"]["web_api"][key] = value
    assert of_patterns.is_valid(data) is valid


def test_schemas_hold_no_reference_to_nothing() -> None:
    for made in (schema.service_schema(engine().library), schema.catalogue_schema(engine().library)):
        text = json.dumps(made)
        wanted = {part.partition('"')[0] for part in text.split('"#/$defs/')[1:]}
        assert wanted <= set(made["$defs"])


def test_the_reference_names_every_pattern_key_and_code() -> None:
    checks.register_all()
    patterns, diagnostics = GENERATED["docs/patterns.md"](), GENERATED["docs/diagnostics.md"]()
    for text in (
        "## `event_processor`",
        "`ingress.waf.mode`",
        "`database.final_snapshot: true` (except in dev)",
    ):
        assert text in patterns
    assert "| SM2301 | Message may be handed out twice |" in diagnostics
    assert DIGEST not in patterns


def test_a_pattern_without_typed_keys_has_no_schema() -> None:
    with pytest.raises(ValueError, match="no typed keys for the pattern 'nothing'"):
        schema._model("nothing")
