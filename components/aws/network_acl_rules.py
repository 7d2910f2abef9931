"""Rules of the network ACLs of the three tiers, as data.

An ACL has no memory: answers come back to the ephemeral ports (1024-65535) of whoever asked, and must be let
in by a rule of their own. From the world these leave out 3389, the port of remote desktops: one of 64,512
outgoing connections gets it as its source port and must be tried again.
"""

from collections.abc import Iterable, Sequence
from typing import Any

WORLD = "0.0.0.0/0"
QUOTA = 20
"""Rules in each direction. Source: VPC User Guide, quotas, "Rules per network ACL"."""

_ALL = {"protocol": "-1", "from_port": 0, "to_port": 0}
_EPHEMERAL = ((1024, 3388), (3390, 65535))
_PROTOCOLS = {"tcp": "6", "udp": "17"}

Rule = dict[str, Any]


def public_tier(network: str) -> dict[str, list[Rule]]:
    """Load balancers and NAT gateways: web traffic and answers from the world, anything from the network."""
    web = [_allow(WORLD, "tcp", port, port) for port in (80, 443)]
    return {"ingress": _numbered([_any(network), *web, *_answers()]), "egress": _numbered([_any(WORLD)])}


def private_tier(network: str) -> dict[str, list[Rule]]:
    """Nodes and pods: answers from the world (by NAT or a gateway endpoint), anything from the network."""
    return {"ingress": _numbered([_any(network), *_answers()]), "egress": _numbered([_any(WORLD)])}


def data_tier(network: str, callers: Sequence[str]) -> dict[str, list[Rule]]:
    """Databases and caches: nothing but TCP from the blocks of `callers`, and answers inside the network."""
    return {
        "ingress": _numbered([_allow(cidr, "tcp", 1024, 65535) for cidr in callers]),
        "egress": _numbered([_allow(network, "tcp", 443, 65535)]),
    }


def _answers() -> list[Rule]:
    return [_allow(WORLD, protocol, *ports) for protocol in _PROTOCOLS for ports in _EPHEMERAL]


def _any(cidr: str) -> Rule:
    return {"cidr_block": cidr, **_ALL}


def _allow(cidr: str, protocol: str, first: int, last: int) -> Rule:
    return {"cidr_block": cidr, "protocol": _PROTOCOLS[protocol], "from_port": first, "to_port": last}


def _numbered(rules: Iterable[Rule]) -> list[Rule]:
    """Numbers with gaps, so that a rule can be put between two others by hand in an emergency."""
    return [{"rule_no": 100 + 10 * index, "action": "allow", **rule} for index, rule in enumerate(rules)]
