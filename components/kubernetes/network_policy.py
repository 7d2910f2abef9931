"""A service's NetworkPolicy, from the rules of its bindings and from those that may call it. Pure data."""

from collections.abc import Sequence
from typing import Any

import pulumi

from components.binding import NetworkRule

POD_IDENTITY_AGENT: NetworkRule = {"direction": "egress", "port": 80, "cidr": "169.254.170.23/32"}
"""Where pods get the credentials of their role (EKS user guide, "EKS Pod Identity restrictions")."""


def policy_spec(rules: list[NetworkRule]) -> dict[str, Any]:
    """Spec of a NetworkPolicy for every pod of a namespace that allows exactly `rules`.

    Rules of one direction and peer become one entry with their ports, in order of port; equal rules count
    once. Entries of egress are in order of their peers, so that an edge more moves no other one. Raises
    ValueError for a rule whose peer a NetworkPolicy cannot name.
    """
    return {
        "pod_selector": {},
        "policy_types": ["Ingress", "Egress"],
        "ingress": _entries(rules, "ingress", "from_"),
        "egress": _entries(rules, "egress", "to"),
    }


def _entries(rules: list[NetworkRule], direction: str, side: str) -> list[dict[str, Any]]:
    peers: list[tuple[Any, pulumi.Input[list[Any]], set[int]]] = []
    for rule in rules:
        if rule["direction"] != direction:
            continue
        key, named = _peers(rule)
        # Unknown addresses are compared by identity: two outputs have no order and no equality.
        known = next((ports for other, _, ports in peers if other is key or _equal(other, key)), None)
        if known is None:
            known = set()
            peers.append((key, named, known))
        known.add(int(rule["port"]))
    return [
        {side: named, "ports": [{"port": port, "protocol": "TCP"} for port in sorted(ports)]}
        for _, named, ports in (sorted(peers, key=_order) if direction == "egress" else peers)
    ]


def _order(peer: tuple[Any, Any, Any]) -> tuple[Any, ...]:
    """Plain addresses, then services by name; what is not known yet comes last, as it was given."""
    key = peer[0]
    return (0, *key) if isinstance(key, tuple) else (1,)


def _equal(first: Any, second: Any) -> bool:
    return isinstance(first, tuple) and isinstance(second, tuple) and first == second


def _peers(rule: NetworkRule) -> tuple[Any, pulumi.Input[list[Any]]]:
    """What tells the rule's peers from others, and the peers as a NetworkPolicy names them."""
    if "service" in rule:
        name = rule["service"]
        selector = {"match_labels": {"kubernetes.io/metadata.name": name}}
        return ("service", name), [{"namespace_selector": selector}]
    if "cidr" in rule:
        cidr = rule["cidr"]
        key = cidr if isinstance(cidr, pulumi.Output) else ("cidr", cidr)
        return key, _ranges([cidr])
    if "cidrs" in rule:
        cidrs = rule["cidrs"]
        return cidrs, cidrs.apply(_ranges) if isinstance(cidrs, pulumi.Output) else _ranges(cidrs)
    raise ValueError(
        f"a network policy cannot name a security group (port {rule['port']}): "
        "give the address range of its members instead"
    )


def _ranges(cidrs: Sequence[pulumi.Input[str]]) -> list[Any]:
    return [{"ip_block": {"cidr": cidr}} for cidr in cidrs]
