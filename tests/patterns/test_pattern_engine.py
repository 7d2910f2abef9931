import json
from pathlib import Path

import pytest
from spec_table import DIGEST, ROOT, engine, resolve, settings, spec, spec_text

from skymason.patterns import engine as engine_module
from skymason.patterns.apply import has_component
from skymason.patterns.engine import InfrastructurePatternEngine, pattern_defaults
from skymason.patterns.models import model_of
from skymason.settings import load_stack

STACKS = ("dev", "staging", "prod")


@pytest.mark.parametrize("stack", STACKS)
def test_the_shipped_services_are_right(stack: str) -> None:
    real = load_stack(ROOT, stack)
    specs = engine().load_services(ROOT / "services")
    assert engine().validate(specs, real.environment, real.cloud, real) == []
    resolution = engine().resolve(specs, real.environment, real.cloud, real)
    names = [service.name for service in resolution.services]
    assert sorted(names) == sorted(spec.name for spec in specs)
    # Each after those whose resources it uses; services that only call each other may come in any order.
    for first, later in (
        ("order-fulfilment", "storefront"),
        ("payment-events", "wallet"),
        ("building-telemetry", "model-training"),
    ):
        assert names.index(first) < names.index(later)
    assert {name: callers for name, callers in resolution.callers.items() if callers} == {
        "catalogue": ("storefront",),
        "ledger": ("wallet",),
        "wallet": ("storefront",),
    }


def test_a_resolved_service_is_plain_and_whole() -> None:
    service = resolve(
        spec_text("scaling: {max: 20}", identity="tier: critical, description: Takes orders")
    ).services[0]
    assert json.loads(json.dumps(service.config)) == service.config
    model = model_of("web_api")
    assert model is not None
    assert set(service.config) == set(model.model_fields)
    assert service.config["image"] == {"repository": "orders", "digest": DIGEST, "tag": None}
    assert service.config["scaling"]["max"] == 20
    assert (service.pattern, service.cloud, service.environment) == ("web_api", "aws", "prod")
    assert str(service.location) == "services/orders.yaml:1"
    identity = service.identity
    assert (identity.name, identity.owner, identity.tier, identity.description) == (
        "orders",
        "team-a",
        "critical",
        "Takes orders",
    )


def test_the_highest_layer_wins_and_every_layer_is_remembered() -> None:
    tail = "environments:\n  dev:\n    scaling: {max: 4}\n  prod: {scaling: {max: 99}}\n"
    service = resolve(spec_text("scaling: {max: 20}", tail=tail), environment="dev").services[0]
    assert service.config["scaling"]["max"] == 4
    layer = service.layers["scaling.max"]
    assert (layer.name, str(layer.location)) == ("service environment dev", "services/orders.yaml:8")
    history = service.history["scaling.max"]
    assert [(layer.name, layer.location.path, value) for layer, value in history] == [
        ("pattern default", "infrastructure-patterns.yaml", 12),
        ("pattern environment dev", "infrastructure-patterns.yaml", 3),
        ("service", "services/orders.yaml", 20),
        ("service environment dev", "services/orders.yaml", 4),
    ]
    assert service.layers["ingress.tls_policy"].name == "cloud aws"
    assert service.layers["image.digest"].name == "service"
    assert service.layers["tasks"].name == "model default"


def test_the_same_input_gives_the_same_report() -> None:
    text = spec_text("scaling: {min: 9, max: 2}\nspot: maybe\nports: []\ningress: {waf: {enabled: false}}")
    first, second = (resolve(text).diagnostics for _ in range(2))
    assert first == second
    assert [item.code.id for item in first] == ["SM2101", "SM2004", "SM2005", "SM2009"]


def test_two_services_of_one_name() -> None:
    found = resolve(spec_text(), spec_text("scaling: {min: 9, max: 2}")).diagnostics
    assert [(item.code.id, str(item.location), item.message) for item in found] == [
        ("SM2010", "services/s1.yaml:1", "'orders' is already the name of services/s0.yaml:1"),
        ("SM2101", "services/s1.yaml:5", "scaling.min is 9, scaling.max only 2"),
    ]


def test_an_unknown_pattern() -> None:
    (found,) = resolve(spec_text(pattern="webapi")).diagnostics
    assert (found.code.id, found.location.line, found.key) == ("SM2001", 2, "pattern")
    assert found.fix == (
        "did you mean 'web_api'? allowed: web_api, background_worker, data_api, event_processor"
    )


def test_environments_of_the_projects_stacks_are_known(tmp_path: Path) -> None:
    (tmp_path / "infrastructure-patterns.yaml").write_text(
        (ROOT / "infrastructure-patterns.yaml").read_text()
    )
    (tmp_path / "Pulumi.qa-eu.yaml").touch()
    local = InfrastructurePatternEngine.load(tmp_path)
    text = spec_text(tail="environments: {qa: {}, eu: {}, prod: {}, dev: {}}\n")
    assert local.resolve([spec(text)], "prod", "aws", None).diagnostics == []
    (found,) = local.resolve([spec(text)], "dev", "aws", None).diagnostics
    assert (found.code.id, found.key) == ("SM2011", "environments.prod")


def test_a_service_of_another_cloud_is_left_out_but_checked() -> None:
    text = spec_text("scaling: {min: 9, max: 2}").replace("pattern:", "cloud: azure\npattern:")
    resolution = resolve(text)
    assert resolution.services == []
    assert [(item.code.id, str(item.severity)) for item in resolution.diagnostics] == [
        ("SM2013", "note"),
        ("SM2101", "error"),
    ]


def test_a_pattern_that_cannot_be_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "has_component", has_component)
    assert resolve(spec_text()).diagnostics == []
    (found,) = resolve(spec_text(), cloud="azure").diagnostics
    assert (found.code.id, found.location.line, found.message) == (
        "SM2016",
        2,
        "there is no component for web_api on azure",
    )
    assert has_component("gcp", "web_api") is False


def test_without_settings_nothing_is_said_of_the_stack() -> None:
    overrides = "ingress: {hosts: [orders.example.org]}\nspot: true\nscaling: {max: 1000}"
    assert engine().resolve([spec(spec_text(overrides))], "prod", "aws", None).diagnostics == []


def test_settings_of_an_existing_network_and_cluster() -> None:
    ids = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    changes = {
        "aws__network": {
            "cidr": "10.0.0.0/20",
            "vpc_id": "vpc-0123456789abcdef0",
            "zones": 2,
            **{f"{kind}_subnet_ids": ids for kind in ("public", "private", "data")},
        },
        "aws__cluster__existing_name": "shared",
    }
    assert resolve(spec_text("spot: true\nscaling: {max: 1000}"), settings_changes=changes).diagnostics == []


def test_the_settings_cloud_is_taken_where_none_is_given() -> None:
    resolution = engine().resolve([spec(spec_text())], "prod", None, settings())
    assert [service.cloud for service in resolution.services] == ["aws"]


@pytest.mark.parametrize("pattern", ["web_api", "background_worker", "data_api", "event_processor"])
@pytest.mark.parametrize("cloud", ["aws", "azure"])
@pytest.mark.parametrize("environment", ["dev", "staging", "prod", "qa"])
def test_defaults_alone_make_a_service(pattern: str, cloud: str, environment: str) -> None:
    defaults = pattern_defaults(pattern, cloud, environment)
    model = model_of(pattern)
    assert model is not None
    config = model.model_validate({**defaults, "image": {"repository": "orders", "digest": DIGEST}})
    assert {**config.model_dump(mode="json"), "image": None} == {**defaults, "image": None}
    assert resolve(spec_text(pattern=pattern), cloud=cloud, environment=environment).diagnostics == []


def test_defaults_are_a_fresh_copy_with_locks() -> None:
    pattern_defaults("web_api", "aws", "prod")["ports"].clear()
    defaults = pattern_defaults("web_api", "aws", "prod")
    assert defaults["ports"] == [{"name": "http", "port": 8080}]
    assert defaults["ingress"]["waf"]["enabled"] is True
    assert "image" not in defaults


def test_defaults_of_no_pattern() -> None:
    with pytest.raises(ValueError, match="there is no pattern 'web_apis'; did you mean 'web_api'"):
        pattern_defaults("web_apis", "aws", "prod")
