"""Who may call a service and whom it may call: the entries of the network policies of its chart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from skymason.generate.chart_settings import (
    KAFKA,
    POSTGRESQL,
    REDIS,
    on_cluster,
    pooled,
    port_of,
    taken,
)
from skymason.patterns.access import SERVICE
from skymason.patterns.resolved import Edge, ResolvedService

if TYPE_CHECKING:
    from skymason.settings import Settings

PLACES = {"public": ("public",), "internal": ("internal",), "both": ("public", "internal")}
"""Exposure → its load balancers."""


class Rule(NamedTuple):
    """One peer and a port. kind: cidr, namespace or balancer, whose addresses only the stack knows."""

    kind: str
    peer: str
    port: int


HTTPS = Rule("cidr", "0.0.0.0/0", 443)
CREDENTIALS = Rule("cidr", "169.254.170.23/32", 80)
"""Where pods get the credentials of their role."""
CLOUD = (HTTPS, CREDENTIALS)
_STORES = {"rds_database": POSTGRESQL, "elasticache": REDIS, "msk_cluster": KAFKA}


def traffic(service: ResolvedService, settings: Settings, callers: Sequence[str]) -> dict[str, Any]:
    """Entries of the policy of the service, and of those of its runs that have one of their own."""
    network, inside = service.config["network"], _inside(settings)
    ports = [port["port"] for port in service.config["ports"]]
    allowed = sorted({*network["allow_from"], *callers})
    ingress = [Rule("balancer", place, port) for place in places(service) for port in _routed(service)]
    ingress += [Rule("namespace", caller, port) for caller in allowed for port in ports]
    egress = [
        Rule("cidr", cidr, port) for cidr in network["egress_cidrs"] for port in network["egress_ports"]
    ]
    egress += [rule for edge in service.edges for rule in _used(edge, service, inside)]
    egress += _own(service, inside)
    found: dict[str, Any] = {"ingress": _entries(ingress), "egress": _entries(egress)}
    if service.pattern == "data_api":
        database = _database(service, inside)
        found["database_setup"] = _entries([database, HTTPS, CREDENTIALS])
        migrations = [database, *([HTTPS] if on_cluster(service) else []), CREDENTIALS]
        found["migrations"] = _entries(migrations)
    return found


def places(service: ResolvedService) -> tuple[str, ...]:
    """Where an HTTP service's load balancers are: public, internal."""
    ingress = service.config.get("ingress")
    return PLACES[ingress["exposure"]] if ingress else ()


def _inside(settings: Settings) -> str:
    return str(settings.aws.network.cidr) if settings.aws else ""


def _routed(service: ResolvedService) -> list[int]:
    ingress = service.config.get("ingress")
    if not ingress:
        return []
    ports = {port["name"]: port["port"] for port in service.config["ports"]}
    return sorted({ports[route["port"]] for route in ingress["routes"]})


def _used(edge: Edge, service: ResolvedService, inside: str) -> list[Rule]:
    if edge.kind == SERVICE:
        return [Rule("namespace", edge.name, edge.port)]
    if taken(edge, service):
        return []
    if edge.kind in _STORES:
        return [Rule("cidr", inside, _STORES[edge.kind]), CREDENTIALS]
    return list(CLOUD)


def _own(service: ResolvedService, inside: str) -> list[Rule]:
    """What the pattern's own stores need."""
    config = service.config
    if service.pattern == "background_worker":
        return list(CLOUD)
    if service.pattern == "event_processor":
        kinesis = config["stream"]["kind"] == "kinesis"
        return [*CLOUD, *([] if kinesis else [Rule("cidr", _where(config["stream"], inside), KAFKA)])]
    if service.pattern == "data_api":
        section = config["cache"]
        cache = [Rule("cidr", _where(section, inside), port_of(section, REDIS))] if section["enabled"] else []
        signs_in = [HTTPS] if pooled(service) or on_cluster(service) else []
        return [_database(service, inside), *signs_in, *cache, CREDENTIALS]
    return []


def _database(service: ResolvedService, inside: str) -> Rule:
    if on_cluster(service):
        return Rule("namespace", service.name, POSTGRESQL)
    section = service.config["database"]
    return Rule("cidr", _where(section, inside), port_of(section, POSTGRESQL))


def _where(section: Mapping[str, Any], inside: str) -> str:
    """Addresses of a store: the network's, but for one that was there already and lies elsewhere."""
    return str((section.get("existing") or {}).get("cidr") or inside)


def _entries(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """One entry a peer, with its ports in order."""
    peers: dict[tuple[str, str], set[int]] = {}
    for rule in rules:
        peers.setdefault((rule.kind, rule.peer), set()).add(rule.port)
    return [{kind: peer, "ports": sorted(ports)} for (kind, peer), ports in peers.items()]
