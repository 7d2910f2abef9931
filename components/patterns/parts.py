"""What every pattern makes of a service's bindings: settings, permissions, traffic. Pure functions."""

from collections.abc import Sequence
from typing import Any

import pulumi

from components.binding import Binding, NetworkRule, Statement
from components.kubernetes.args import NamedPortArgs, ServiceNetworkArgs
from components.kubernetes.network_policy import POD_IDENTITY_AGENT


def environment(
    service: str,
    stack_environment: pulumi.Input[str],
    level: pulumi.Input[str],
    ports: list[NamedPortArgs],
    bindings: list[Binding],
) -> dict[str, pulumi.Input[str]]:
    """Settings that every container of a service gets, and those of its bindings."""
    settings: dict[str, pulumi.Input[str]] = {
        "SERVICE_NAME": service,
        "ENVIRONMENT": stack_environment,
        "LOG_LEVEL": level,
        "PORT": str(int(ports[0]["port"])),
    }
    for binding in bindings:
        settings |= binding["environment"]
    return settings


def statements(bindings: list[Binding]) -> list[Statement]:
    """All permissions of a service."""
    return [statement for binding in bindings for statement in binding["statements"]]


def traffic(
    ports: list[NamedPortArgs],
    routed: list[int],
    balancers: Sequence[pulumi.Input[list[pulumi.Input[str]]]],
    network: ServiceNetworkArgs,
    bindings: list[Binding],
) -> list[NetworkRule]:
    """All traffic of a service: from load balancers to the routed ports, from callers to every port, to the
    addresses of its spec, and what its bindings need. balancers: the address ranges of each."""
    rules: list[NetworkRule] = [
        {"direction": "ingress", "port": port, "cidrs": ranges} for ranges in balancers for port in routed
    ]
    rules += [
        {"direction": "ingress", "port": int(port["port"]), "service": caller}
        for caller in network.get("allow_from") or []
        for port in ports
    ]
    rules += [
        {"direction": "egress", "port": int(port), "cidr": cidr}
        for cidr in network.get("egress_cidrs") or []
        for port in network["egress_ports"]
    ]
    return [*rules, *needed(bindings)]


def needed(bindings: list[Binding]) -> list[NetworkRule]:
    """The traffic of bindings. Whoever has permissions needs the credentials to use them."""
    return [
        rule
        for binding in bindings
        for rule in (*binding["network"], *([POD_IDENTITY_AGENT] if binding["statements"] else []))
    ]


def given(values: Any, key: str, under: str | None = None) -> dict[str, Any]:
    """The key, under its own or another name, where it has a value."""
    value = values.get(key)
    return {} if value is None else {under or key: value}
