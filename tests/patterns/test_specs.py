from pathlib import Path

import pytest
from spec_table import ROOT, engine, resolve, spec, spec_text

from skymason.diagnostics import DiagnosticError
from skymason.patterns.specs import load_spec, load_specs


def shown(text: str) -> list[tuple[str, int, str, str, str]]:
    found = engine().resolve([spec(text)], "prod", "aws", None).diagnostics
    return [(item.code.id, item.location.line, item.key, item.message, item.fix) for item in found]


def test_a_good_spec() -> None:
    good = spec(spec_text(identity="tier: critical, cost_center: shop"))
    assert good.diagnostics == ()
    assert good.document is not None
    assert (good.name, good.path, good.document.service.tier) == (
        "orders",
        "services/orders.yaml",
        "critical",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("SM2003", 0, "pattern"), ("SM2003", 0, "service")]),
        ("service: x\npattern: web_api", [("SM2004", 1, "service")]),
        ("service: {owner: a}\npattern: web_api", [("SM2003", 1, "service.name")]),
        ("service: {name: Orders, owner: a}\npattern: web_api", [("SM2006", 1, "service.name")]),
        ("service: {name: orders, owner: a}", [("SM2003", 0, "pattern")]),
        ("service: {name: orders, owner: a}\npattern: [web_api]", [("SM2004", 2, "pattern")]),
    ],
)
def test_nothing_can_be_made_of_it(text: str, expected: list[tuple[str, int, str]]) -> None:
    broken = spec(text)
    assert broken.document is None
    assert broken.name == "orders"  # of the file
    assert [item[:3] for item in shown(text)] == expected


def test_what_is_wrong_with_the_form_does_not_hide_the_rest() -> None:
    text = (
        "service: {name: orders, tier: importnat, colour: blue}\n"
        "pattern: web_api\n"
        "cluod: aws\n"
        "image: {repository: orders, digest: latest}\n"
        "overrides:\n"
        "  scaling: {min: 9, max: 4}\n"
        "environments:\n"
        "  prdo: {spot: true}\n"
        "uses:\n"
        "- {service: orders, acess: invoke}\n"
        "- {resource: nothing, access: read}\n"
    )
    assert [item[:3] for item in shown(text)] == [
        ("SM2002", 1, "service.colour"),
        ("SM2003", 1, "service.owner"),
        ("SM2007", 1, "service.tier"),
        ("SM2002", 3, "cluod"),
        ("SM2006", 4, "image.digest"),
        ("SM2101", 6, "overrides.scaling.max"),
        ("SM2011", 8, "environments.prdo"),
        ("SM2002", 10, "uses.0.acess"),
        ("SM2003", 10, "uses.0.access"),
        ("SM2601", 11, "uses.1.resource"),
    ]
    fixes = {key: fix for _, _, key, _, fix in shown(text)}
    assert fixes["service.tier"] == "allowed: critical, standard, best_effort"
    assert fixes["cluod"].startswith("did you mean 'cloud'?")
    assert fixes["environments.prdo"] == "did you mean 'prod'? allowed: dev, prod, staging"


@pytest.mark.parametrize(
    ("overrides", "code", "line", "key", "message", "fix"),
    [
        (
            "scaling:\n  mxa: 3",
            "SM2002",
            6,
            "overrides.scaling.mxa",
            "there is no key 'mxa' here",
            "did you mean 'max'? allowed: min, max, scale_down_seconds, schedule, cpu_percent, "
            "requests_per_target",
        ),
        (
            'scaling: {max: "20"}',
            "SM2004",
            5,
            "overrides.scaling.max",
            '"20" is not a whole number',
            "write a whole number, without quotes",
        ),
        (
            "container: {environment: {PORT: 8080}}",
            "SM2004",
            5,
            "overrides.container.environment.PORT",
            "the value is not text",
            "put it in quotes",
        ),
        (
            "spot: yes",
            "SM2004",
            5,
            "overrides.spot",
            '"yes" is not true or false',
            "write true or false, without quotes",
        ),
        (
            "scaling: [1]",
            "SM2004",
            5,
            "overrides.scaling",
            "the list is not a section of keys",
            "write a section of keys",
        ),
        ("tasks: {name: x}", "SM2004", 5, "overrides.tasks", "a map is not a list", "write a list"),
        ("scaling: {min: 0}", "SM2005", 5, "overrides.scaling.min", "0 is below 1", "give at least 1"),
        (
            "scaling: {cpu_percent: 101}",
            "SM2005",
            5,
            "overrides.scaling.cpu_percent",
            "101 is above 100",
            "give at most 100",
        ),
        (
            "alarms: {error_percent: 0}",
            "SM2005",
            5,
            "overrides.alarms.error_percent",
            "0 is not above 0",
            "give more than 0",
        ),
        (
            "alarms: {p95_seconds: .nan}",
            "SM2004",
            5,
            "overrides.alarms.p95_seconds",
            "NaN is not a finite number",
            "write a finite number",
        ),
        ("ports: []", "SM2005", 5, "overrides.ports", "the list has fewer than 1 entries", "give at least 1"),
        (
            f"ports: [{{name: {'p' * 16}, port: 8080}}]",
            "SM2005",
            5,
            "overrides.ports.0.name",
            f'"{"p" * 16}" has more than 15 characters',
            "give at most 15",
        ),
        (
            "resources: {requests: {cpu: 250 m}}",
            "SM2006",
            5,
            "overrides.resources.requests.cpu",
            '"250 m" does not have the right form',
            'give a value like "250m" or "1"',
        ),
        (
            "ingress: {hosts: [shop.example.com, Shop]}",
            "SM2006",
            5,
            "overrides.ingress.hosts.1",
            '"Shop" does not have the right form',
            'give a value like "shop.example.com"',
        ),
        (
            "container: {environment: {my-key: x}}",
            "SM2006",
            5,
            "overrides.container.environment.my-key",
            "'my-key' cannot be a name here",
            'use a name like "LOG_FORMAT"',
        ),
        (
            "container: {environment: {a.b: x}}",
            "SM2006",
            5,
            "overrides.container.environment.a.b",
            "'a.b' cannot be a name here",
            'use a name like "LOG_FORMAT"',
        ),
        (
            "ingress: {exposure: pubic}",
            "SM2007",
            5,
            "overrides.ingress.exposure",
            '"pubic" is not allowed',
            "did you mean 'public'? allowed: public, internal, both",
        ),
        (
            "tasks:\n- name: tidy",
            "SM2003",
            6,
            "overrides.tasks.0.command",
            "'command' is required",
            "add it. What the service's own image runs.",
        ),
        (
            "resources: null",
            "SM2008",
            5,
            "overrides.resources",
            "'resources' is required, and null takes it away",
            "remove overrides.resources, or give it a value",
        ),
        (
            "resources:\n  limits: {memory: null}",
            "SM2008",
            6,
            "overrides.resources.limits.memory",
            "'resources.limits.memory' is required, and null takes it away",
            "remove overrides.resources.limits.memory, or give it a value",
        ),
    ],
)
def test_wrong_values(overrides: str, code: str, line: int, key: str, message: str, fix: str) -> None:
    assert shown(spec_text(overrides)) == [(code, line, key, message, fix)]


def test_a_missing_image() -> None:
    text = "service: {name: orders, owner: a}\npattern: web_api\n"
    assert shown(text) == [
        ("SM2003", 2, "image", "'image' is required", "add it. What to run: repository, and digest or tag.")
    ]


def test_null_goes_back_to_the_models_default() -> None:
    resolution = resolve(spec_text("scaling: {requests_per_target: null}\nnetwork: {egress_ports: null}"))
    assert resolution.diagnostics == []
    service = resolution.services[0]
    assert service.config["scaling"]["requests_per_target"] is None
    assert service.config["network"]["egress_ports"] == [443]
    assert "scaling.requests_per_target" not in service.layers
    assert service.layers["network.egress_ports"].name == "model default"
    assert [layer.name for layer, _ in service.history["scaling.requests_per_target"]] == [
        "pattern default",
        "service",
    ]


def test_findings_that_rest_on_a_wrong_value_are_left_out() -> None:
    # Were scaling.max taken from the pattern, 12 would be below the 20 of the minimum.
    assert [item[:3] for item in shown(spec_text("scaling: {min: 20, max: many}"))] == [
        ("SM2004", 5, "overrides.scaling.max")
    ]
    text = spec_text("scaling: {min: many}\nnetwork: {allow_from: [{}]}")
    assert [item[:3] for item in shown(text)] == [
        ("SM2004", 5, "overrides.scaling.min"),
        ("SM2004", 6, "overrides.network.allow_from.0"),
    ]


def test_folders(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    for name, content in {
        "b.yaml": spec_text(name="b"),
        "a.yml": spec_text(name="a"),
        "bad.yaml": "a: [1",
        "notes.txt": "not a spec",
    }.items():
        (tmp_path / "services" / name).write_text(content)
    specs = load_specs(tmp_path / "services", tmp_path)
    assert [(item.path, item.name, item.document is not None) for item in specs] == [
        ("services/a.yml", "a", True),
        ("services/b.yaml", "b", True),
        ("services/bad.yaml", "bad", False),
    ]
    assert [item.code.id for item in specs[2].diagnostics] == ["SM1903"]
    resolution = engine().resolve(specs, "prod", "aws", None)
    assert [service.name for service in resolution.services] == ["a", "b"]
    assert [item.code.id for item in resolution.diagnostics] == ["SM1903"]
    with pytest.raises(DiagnosticError) as error:
        load_specs(tmp_path / "nowhere", tmp_path)
    assert [(item.code.id, item.location.path) for item in error.value.diagnostics] == [("SM1901", "nowhere")]


def test_a_file_that_is_not_there() -> None:
    missing = load_spec(ROOT / "services" / "nobody.yaml", ROOT)
    assert missing.name == "nobody"
    assert [item.code.id for item in missing.diagnostics] == ["SM1901"]
