"""Settings, permissions and traffic of a service, from its bindings."""

from typing import Any

from components.binding import Binding
from components.kubernetes.network_policy import POD_IDENTITY_AGENT
from components.patterns import parts

PORTS = [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}]
BUCKET: Binding = {
    "name": "images",
    "environment": {"IMAGES_BUCKET": "images"},
    "statements": [{"sid": "Read", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::images/*"]}],
    "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
}
WALLET: Binding = {
    "name": "wallet",
    "environment": {"WALLET_URL": "http://wallet", "PORT": "1"},
    "statements": [],
    "network": [{"direction": "egress", "port": 8080, "service": "wallet"}],
}


def test_environment() -> None:
    assert parts.environment("orders", "prod", "info", PORTS, [BUCKET, WALLET]) == {
        "SERVICE_NAME": "orders",
        "ENVIRONMENT": "prod",
        "LOG_LEVEL": "info",
        "PORT": "1",
        "IMAGES_BUCKET": "images",
        "WALLET_URL": "http://wallet",
    }
    assert parts.environment("orders", "prod", "info", PORTS, [])["PORT"] == "8080"


def test_permissions_are_those_of_the_bindings_and_no_others() -> None:
    assert parts.statements([BUCKET, WALLET]) == BUCKET["statements"]
    assert parts.statements([]) == []


def test_traffic() -> None:
    network = {"allow_from": ["web"], "egress_cidrs": ["198.51.100.0/24"], "egress_ports": [443, 8443]}
    balancers: Any = [["10.0.0.0/21", "10.0.8.0/21"], ["10.1.0.0/16"]]
    assert parts.traffic(PORTS, [8080], balancers, network, [BUCKET, WALLET]) == [
        {"direction": "ingress", "port": 8080, "cidrs": ["10.0.0.0/21", "10.0.8.0/21"]},
        {"direction": "ingress", "port": 8080, "cidrs": ["10.1.0.0/16"]},
        {"direction": "ingress", "port": 8080, "service": "web"},
        {"direction": "ingress", "port": 9090, "service": "web"},
        {"direction": "egress", "port": 443, "cidr": "198.51.100.0/24"},
        {"direction": "egress", "port": 8443, "cidr": "198.51.100.0/24"},
        *BUCKET["network"],
        POD_IDENTITY_AGENT,
        *WALLET["network"],
    ]


def test_without_permissions_no_credentials_are_fetched() -> None:
    assert parts.traffic(PORTS, [], [], {}, [WALLET]) == WALLET["network"]


def test_given() -> None:
    assert parts.given({"a": 1}, "a") == {"a": 1}
    assert parts.given({"a": 1}, "a", "b") == {"b": 1}
    assert parts.given({"a": None}, "a") == parts.given({}, "a") == {}
