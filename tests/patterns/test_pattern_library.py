from pathlib import Path
from typing import Any

import pytest
from spec_table import ROOT, engine, spec, spec_text

from skymason.diagnostics import DiagnosticError
from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.patterns.library import PatternLibrary, shipped
from skymason.patterns.library_checks import check_library
from skymason.patterns.models import class_name, model_of
from skymason.yaml_source import parse_yaml

ENVIRONMENTS = ("dev", "staging", "prod", "qa")


def library(text: str) -> PatternLibrary:
    return PatternLibrary(parse_yaml(text, "infrastructure-patterns.yaml"))


def entry(name: str = "web_api", more: str = "") -> str:
    return (
        "patterns:\n"
        f"  {name}:\n"
        "    description: d\n    when_to_use: u\n    when_not_to_use: n\n"
        f"    creates: {{aws: [x]}}\n    capabilities: [invoke]\n{more}"
    )


def test_the_shipped_file_is_right_everywhere() -> None:
    assert check_library(engine().library, ENVIRONMENTS) == []
    assert engine().library.names == ["web_api", "background_worker", "data_api", "event_processor"]
    assert engine().library.environments == ["dev", "staging"]
    assert shipped() is shipped()


@pytest.mark.parametrize("pattern", ["web_api", "background_worker", "data_api", "event_processor"])
def test_every_pattern_says_what_it_is_for_and_what_it_creates(pattern: str) -> None:
    found = engine().library.entry(pattern)
    assert all((found.description, found.when_to_use, found.when_not_to_use))
    assert set(found.creates) == {"aws", "azure"}
    assert all(len(items) >= 5 or pattern == "background_worker" for items in found.creates.values())


def test_layers_from_low_to_high() -> None:
    merged = engine().library.base("data_api", "aws", "dev")
    history = [
        (source.name, source.path("scaling.min"), value) for source, value in merged.history["scaling.min"]
    ]
    assert history == [
        ("pattern default", "patterns.web_api.defaults.scaling.min", 3),
        ("pattern environment dev", "patterns.web_api.environments.dev.scaling.min", 1),
    ]
    owner = merged.owners["database.instance_class"]
    assert (owner.name, owner.prefix) == (
        "pattern environment dev",
        "patterns.data_api.cloud_environments.aws.dev",
    )
    assert merged.get("container.user") == 10001


def test_a_base_is_a_copy() -> None:
    engine().library.base("web_api", "aws", "prod").config["ports"].clear()
    assert engine().library.base("web_api", "aws", "prod").config["ports"] == [{"name": "http", "port": 8080}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("SM2003", 0, "patterns")]),
        ("patterns: {}", [("SM2005", 1, "patterns")]),
        ("pattrens: {}", [("SM2002", 1, "pattrens"), ("SM2003", 0, "patterns")]),
        (
            entry(more="    locked: [{key: Bad-Key, value: 1, reason: r}]"),
            [("SM2006", 8, "patterns.web_api.locked.0.key")],
        ),
        (
            entry(more="    conflicts: [{when: {spot: true}, message: m, fix: f}]"),
            [("SM2005", 8, "patterns.web_api.conflicts.0.when")],
        ),
        (entry(more="    clouds: {gcp: {}}"), [("SM2006", 8, "patterns.web_api.clouds.gcp")]),
    ],
)
def test_a_file_of_the_wrong_form(text: str, expected: list[tuple[str, int, str]]) -> None:
    with pytest.raises(DiagnosticError) as error:
        library(text)
    found = [(item.code.id, item.location.line, item.key) for item in error.value.diagnostics]
    assert sorted(found) == sorted(expected)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticError) as error:
        PatternLibrary.load(tmp_path)
    assert [item.code.id for item in error.value.diagnostics] == ["SM1901"]


SHIPPED = (ROOT / "infrastructure-patterns.yaml").read_text()


def broken(old: str, new: str) -> list[tuple[str, str, str]]:
    """What is found when a line of the shipped file is another one."""
    assert SHIPPED.count(old) == 1, old
    text = SHIPPED.replace(old, new)
    lines = text.splitlines()
    return [
        (item.code.id, lines[item.location.line - 1].strip(), item.message)
        for item in check_library(library(text), ["prod"])
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        (
            "- key: ingress.access_logs",
            "- key: ingress.acess_logs",
            "SM2014",
            "web_api has no key 'ingress.acess_logs'",
        ),
        (
            "capabilities: [invoke]\n    defaults:\n      probes:",
            "capabilities: [call]\n    defaults:\n      probes:",
            "SM2014",
            "services do not know 'call'",
        ),
        ("extends: web_api", "extends: web_apis", "SM2014", "there is no pattern 'web_apis'"),
        (
            "kind: {aws: sqs_queue, azure: service_bus_queue}",
            "kind: {aws: sqs, azure: service_bus_queue}",
            "SM2014",
            "aws has no kind 'sqs'",
        ),
        ("access: [read]", "access: [raed]", "SM2014", "s3_bucket does not know 'raed'"),
        ("when: {cache.enabled: true}", "when: {cache.on: true}", "SM2014", "data_api has no key 'cache.on'"),
        (
            "when: {singleton: true, scaling.min: 0}",
            "when: {singleton: true, scaling.minimum: 0}",
            "SM2014",
            "background_worker has no key 'scaling.minimum'",
        ),
        ("slow_start_seconds: 0", "slow_start_seconds: 901", "SM2005", "901 is above 900"),
        (
            "  event_processor:\n",
            "  stream_processor:\n",
            "SM2014",
            "there are no typed keys for 'stream_processor'",
        ),
    ],
)
def test_contradictions(old: str, new: str, code: str, message: str) -> None:
    found = {(item[0], item[2]): item[1] for item in broken(old, new)}
    assert (code, message) in found
    written = [line.strip("- ") for line in new.splitlines()]
    assert any(line in found[code, message] or found[code, message] in line for line in written)


def test_a_key_that_no_layer_gives() -> None:
    assert SHIPPED.count("cpu_percent: 60, ") == 1
    found = check_library(library(SHIPPED.replace("cpu_percent: 60, ", "")), ["prod"])
    assert {(item.code.id, item.key) for item in found} == {("SM2003", "scaling.cpu_percent")}
    assert {item.message for item in found} == {
        f"'cpu_percent' is required (on {cloud} in prod)" for cloud in ("aws", "azure")
    }


def test_patterns_that_extend_each_other_end() -> None:
    text = (
        entry("web_api", "    extends: data_api\n")
        + entry("data_api", "    extends: web_api\n").partition("\n")[2]
    )
    merged = library(text).base("web_api", "aws", "prod")
    assert merged.config == {}


@pytest.mark.parametrize(("pattern", "expected"), [("web_api", "WebApi"), ("data_api", "DataApi")])
def test_names_of_classes(pattern: str, expected: str) -> None:
    assert class_name(pattern) == expected
    model: Any = model_of(pattern)
    assert model.__name__ == expected


@pytest.mark.parametrize("pattern", ["nothing", "../web_api", "common"])
def test_patterns_without_a_model(pattern: str) -> None:
    assert model_of(pattern) is None


def test_a_pattern_without_typed_keys_is_reported_at_the_spec() -> None:
    local = InfrastructurePatternEngine(library(entry("batch_job")), ROOT)
    resolution = local.resolve([spec(spec_text(pattern="batch_job"))], "prod", "aws", None)
    assert [(item.code.id, item.location.line, item.message) for item in resolution.diagnostics] == [
        ("SM2001", 2, "there are no typed keys for the pattern 'batch_job'")
    ]


def test_a_wrong_default_is_reported_where_it_stands() -> None:
    text = SHIPPED.replace("slow_start_seconds: 0", "slow_start_seconds: 901")
    local = InfrastructurePatternEngine(library(text), ROOT)
    resolution = local.resolve([spec(spec_text())], "prod", "aws", None)
    line = 1 + text.splitlines().index("        slow_start_seconds: 901")
    assert [(item.code.id, str(item.location), item.key) for item in resolution.diagnostics] == [
        (
            "SM2005",
            f"infrastructure-patterns.yaml:{line}",
            "patterns.web_api.defaults.ingress.slow_start_seconds",
        )
    ]
    assert resolution.services == []
