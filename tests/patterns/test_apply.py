from typing import Any

import pytest
from spec_table import engine, resolve, settings, spec_text

from components.patterns.aws import web_api
from skymason.patterns import apply
from skymason.patterns.apply import Callee
from skymason.patterns.resolved import Edge

PLATFORM = {"environment": "prod"}
USES = (
    "uses:\n- {service: wallet, access: invoke}\n- {resource: pictures, access: read}\n"
    "- {resource: mailer-queue, access: send}\n"
)


class Recorded:
    """Stands in for a component: keeps what it was given."""

    def __init__(self, name: str, args: dict[str, Any], opts: Any = None) -> None:
        self.name, self.args, self.opts = name, args, opts


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Edge, Any]]:
    """The edges that were bound, with their targets."""
    edges: list[tuple[Edge, Any]] = []

    def binding(edge: Edge, target: Any, client: str) -> dict[str, str]:
        assert client == "orders"
        edges.append((edge, target))
        return {"name": edge.name}

    monkeypatch.setattr(web_api, "WebApi", Recorded)
    monkeypatch.setattr("components.aws.edges.binding", binding)
    return edges


def test_a_component_gets_the_whole_service(bound: list[tuple[Edge, Any]]) -> None:
    wallet = spec_text("network: {allow_from: [mailer]}\nports: [{name: http, port: 9000}]", name="wallet")
    mailer = spec_text(name="mailer", pattern="background_worker")
    stack = settings()
    resolution = resolve(spec_text(tail=USES), wallet, mailer)
    assert resolution.diagnostics == []
    services = {service.name: service for service in resolution.services}
    queue = object()
    made: Any = engine().apply(
        services["orders"],
        PLATFORM,
        settings=stack,
        callers=resolution.callers,
        opts="options",  # type: ignore[arg-type]
        provided={"mailer-queue": queue},
    )
    assert (made.name, made.opts) == ("shop-prod-orders", "options")
    assert made.args["platform"] is PLATFORM
    assert made.args["service"] == {
        "name": "orders",
        "owner": "team-a",
        "tier": "standard",
        "description": "",
        "data_classification": "internal",
        "cost_center": "it",
    }
    assert made.args["bindings"] == [{"name": "wallet"}, {"name": "pictures"}, {"name": "mailer-queue"}]
    assert [target for _, target in bound] == [
        Callee({"ports": [{"name": "main", "port": 9000}]}),
        stack.existing["pictures"],
        queue,
    ]
    config = services["orders"].config
    assert {key: made.args[key] for key in config if key != "network"} == {
        key: value for key, value in config.items() if key != "network"
    }
    called: Any = engine().apply(services["wallet"], PLATFORM, settings=stack, callers=resolution.callers)
    assert called.args["network"]["allow_from"] == ["mailer", "orders"]
    assert services["wallet"].config["network"]["allow_from"] == ["mailer"]


def test_a_resource_that_nobody_has_made(bound: list[tuple[Edge, Any]]) -> None:
    mailer = spec_text(name="mailer", pattern="background_worker")
    tail = "uses: [{resource: mailer-queue, access: send}]\n"
    resolution = resolve(spec_text(tail=tail), mailer)
    service = next(service for service in resolution.services if service.name == "orders")
    with pytest.raises(KeyError, match="mailer-queue"):
        engine().apply(service, PLATFORM, settings=settings(), callers={})


def test_the_services_own_cost_center_comes_first(bound: list[tuple[Edge, Any]]) -> None:
    service = resolve(spec_text(identity="cost_center: shop")).services[0]
    made: Any = apply.apply_service(
        service, PLATFORM, settings=settings(), callers={}, opts=None, provided={}
    )
    assert made.args["service"]["cost_center"] == "shop"
