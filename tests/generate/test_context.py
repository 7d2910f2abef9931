from pathlib import Path

import pytest

from skymason.generate.context import context, event_of, names_service, prefix, spec_context
from skymason.generate.render import generate
from skymason.generate.request import ServiceRequest, Use
from skymason.generate.surroundings import Surroundings, surroundings
from skymason.patterns.specs import parse_spec
from skymason.yaml_source import parse_yaml


@pytest.fixture(scope="module")
def around(shared_project: Path) -> Surroundings:
    return surroundings(shared_project)


REQUEST = ServiceRequest(
    "order-intake",
    "background_worker",
    "aws",
    owner="team-shop",
    tier="critical",
    uses=(Use("wallet", "invoke"), Use("product-images", "read"), Use("order-fulfilment-queue", "send")),
)


def test_what_templates_of_a_spec_know(around: Surroundings) -> None:
    known = spec_context(REQUEST, around)
    del known["description"], known["when_to_use"], known["creates"]
    assert known == {
        "name": "order-intake",
        "package": "order_intake",
        "title": "Order intake",
        "pattern": "background_worker",
        "pattern_title": "Background worker",
        "cloud": "aws",
        "language": "python",
        "owner": "team-shop",
        "tier": "critical",
        "uses": [
            {"name": "wallet", "kind": "service", "access": "invoke", "prefix": "WALLET"},
            {"name": "product-images", "kind": "resource", "access": "read", "prefix": "PRODUCT_IMAGES"},
            {
                "name": "order-fulfilment-queue",
                "kind": "resource",
                "access": "send",
                "prefix": "ORDER_FULFILMENT_QUEUE",
            },
        ],
        "directory": "apps/order-intake",
        "environments": ["dev", "staging", "prod"],
        "image_repository": "order-intake",
        "placeholder_digest": "sha256:" + 64 * "0",
        "event": "order_intake",
        "project": "skymason",
    }


def test_the_patterns_own_words(around: Surroundings) -> None:
    known, entry = spec_context(REQUEST, around), around.engine.library.entry("background_worker")
    assert (known["description"], known["when_to_use"]) == (entry.description, entry.when_to_use)
    assert known["creates"] == entry.creates["aws"]
    api = spec_context(ServiceRequest("a", "data_api", "azure"), around)
    assert (api["pattern_title"], api["creates"]) == (
        "Data API",
        around.engine.library.entry("data_api").creates["azure"],
    )


def test_all_other_templates_know_the_resolved_service(around: Surroundings) -> None:
    outlook = generate(REQUEST, around).outlook
    known = context(REQUEST, around, outlook.production)
    assert [(use["name"], use["kind"]) for use in known["uses"]] == [
        ("wallet", "service"),
        ("product-images", "s3_bucket"),
        ("order-fulfilment-queue", "sqs_queue"),
    ]
    assert {key: known[key] for key in ("port", "user", "grace_seconds", "pre_stop_seconds")} == {
        "port": 8081,
        "user": 10001,
        "grace_seconds": 60,
        "pre_stop_seconds": 0,
    }
    assert known["config"]["scaling"]["min"] == 3
    assert known["config"] == dict(outlook.production.config)


def test_a_name_of_both_kinds_goes_by_the_access(around: Surroundings) -> None:
    assert names_service("wallet", "invoke", around)
    assert names_service("wallet", "read", around)
    assert not names_service("product-images", "read", around)
    assert not names_service("product-images", "invoke", around)
    assert names_service("no-such-thing", "invoke", around)
    assert not names_service("no-such-thing", "read", around)


def test_prefix() -> None:
    assert prefix("product-images") == "PRODUCT_IMAGES"


def processor(name: str, schema: str) -> str:
    return (
        f"service: {{name: {name}, owner: a}}\npattern: event_processor\n"
        f"overrides: {{schemas: {{files: [schemas/{schema}]}}}}\n"
    )


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("payment-events", "payment"),
        ("payments", "payment"),
        ("building-telemetry", "building_telemetry"),
        ("price-batches", "price_batch"),
        ("shop-queries", "shop_query"),
        ("bus-service", "bus"),
        ("order-status", "order_status"),
        ("event-processor", "event"),
        ("gas", "gas"),
        ("addresses", "address"),
    ],
)
def test_the_event_is_what_the_name_is_about(name: str, event: str) -> None:
    assert event_of(name, []) == event


def test_an_event_whose_schema_is_another_services_has_the_whole_name() -> None:
    other = parse_spec(
        parse_yaml(processor("payment-audit", "payment.v2.json"), "services/payment-audit.yaml")
    )
    assert event_of("payment-events", [other]) == "payment_events"
    own = parse_spec(
        parse_yaml(processor("payment-events", "payment.v2.json"), "services/payment-events.yaml")
    )
    assert event_of("payment-events", [own]) == "payment"


def test_specs_whose_schemas_are_no_list_do_not_matter() -> None:
    text = "service: {name: a, owner: a}\npattern: event_processor\noverrides: {schemas: 3}\nenvironments: {dev: {schemas: {files: 3}}}\n"
    assert event_of("a-events", [parse_spec(parse_yaml(text, "services/b.yaml"))]) == "a"
