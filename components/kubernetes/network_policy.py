"""A service's NetworkPolicy, from the rules of its bindings and from those that may call it. Pure data."""

from typing import Any

import pulumi

from components.binding import NetworkRule

POD_IDENTITY_AGENT: NetworkRule = {"direction": "egress", "port": 80, "cidr": "169.254.170.23/32"}
"""Where pods get the credentials of their role (EKS user guide, "EKS Pod Identity restrictions")."""


def policy_spec(rules: list[NetworkRule]) -> dict[str, Any]:
    """Spec of a NetworkPolicy for every pod of a namespace that allows exactly `rules`.

    Rules of one direction and peer become one entry with their ports, in order of port; equal rules count
    once. Raises ValueError for a rule whose peer a NetworkPolicy cannot name.
    """
    return {
        "pod_selector": {},
        "policy_types": ["Ingress", "Egress"],
        "ingress": _entries(rules, "ingress", "from_"),
        "egress": _entries(rules, "egress", "to"),
    }


def _entries(rules: list[NetworkRule], direction: str, side: str) -> list[dict[str, Any]]:
    peers: list[tuple[Any, dict[str, Any], set[int]]] = []
    for rule in rules:
        if rule["direction"] != direction:
            continue
        key, peer = _peer(rule)
        # Unknown addresses are compared by identity: two outputs have no order and no equality.
        known = next((ports for other, _, ports in peers if other is key or _equal(other, key)), None)
        if known is None:
            known = set()
            peers.append((key, peer, known))
        known.add(int(rule["port"]))
    return [
        {side: [peer], "ports": [{"port": port, "protocol": "TCP"} for port in sorted(ports)]}
        for _, peer, ports in peers
    ]


def _equal(first: Any, second: Any) -> bool:
    return isinstance(first, tuple) and isinstance(second, tuple) and first == second


def _peer(rule: NetworkRule) -> tuple[Any, dict[str, Any]]:
    if "service" in rule:
        name = rule["service"]
        selector = {"match_labels": {"kubernetes.io/metadata.name": name}}
        return ("service", name), {"namespace_selector": selector}
    if "cidr" in rule:
        cidr = rule["cidr"]
        key = cidr if isinstance(cidr, pulumi.Output) else ("cidr", cidr)
        return key, {"ip_block": {"cidr": cidr}}
    raise ValueError(
        f"a network policy cannot name a security group (port {rule['port']}): "
        "give the address range of its members instead"
    )
