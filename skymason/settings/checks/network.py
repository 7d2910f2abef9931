"""Whether a network can hold what runs in it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from skymason.diagnostics import Severity
from skymason.settings import codes
from skymason.settings.checks.sections import Sections
from skymason.settings.facts import CONTAINER_BRIDGE, FEWER_ZONES
from skymason.settings.findings import Finding
from skymason.settings.models import NetworkSettings

_TIERS = ("public_subnet_ids", "private_subnet_ids", "data_subnet_ids")


def check(network: NetworkSettings, sections: Sections) -> Iterator[Finding]:
    zones = FEWER_ZONES.get(sections.region or "", network.zones)
    if network.zones > zones:
        message = f"{sections.region} offers {zones} zones, not {network.zones}"
        yield Finding(codes.TOO_MANY_ZONES, "aws.network.zones", message, f"set zones to {zones}")
    if ip_network(network.cidr).overlaps(ip_network(CONTAINER_BRIDGE)):
        message = f"{network.cidr} overlaps {CONTAINER_BRIDGE}, the container bridge of every node"
        fix = "take another range, such as 10.0.0.0/16"
        yield Finding(codes.RESERVED_RANGE, "aws.network.cidr", message, fix)
    yield from _existing(network)
    if network.vpc_id:
        return
    if network.nat == "none" and not (sections.cluster and sections.cluster.existing_name):
        fix = "set nat to single or per_zone"
        yield Finding(codes.NO_WAY_OUT, "aws.network.nat", "nodes are private and there is no NAT", fix)
    if network.nat == "single" and sections.environment == "prod":
        message = "prod leaves through one gateway in one zone"
        yield Finding(codes.SINGLE_NAT, "aws.network.nat", message, "set nat to per_zone", Severity.WARNING)


def _existing(network: NetworkSettings) -> Iterator[Finding]:
    for tier in _TIERS:
        subnets = getattr(network, tier)
        key = f"aws.network.{tier}"
        if subnets and not network.vpc_id:
            fix = "add vpc_id, or remove the subnets"
            yield Finding(codes.PARTIAL_NETWORK, key, "subnets are given without their network", fix)
        if network.vpc_id and len(subnets) != network.zones:
            message = f"{len(subnets)} subnets for {network.zones} zones"
            yield Finding(codes.PARTIAL_NETWORK, key, message, f"list {network.zones}, one a zone")
    listed = [subnet for tier in _TIERS for subnet in getattr(network, tier)]
    for subnet in sorted({item for item in listed if listed.count(item) > 1}):
        message = f"{subnet} is listed more than once"
        fix = "give each tier and zone a subnet of its own"
        yield Finding(codes.REPEATED_NAME, "aws.network.vpc_id", message, fix)
