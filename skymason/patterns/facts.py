"""What checks know of the stack beside its services: plain values, None or empty where not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skymason.settings import Settings

DEV = "dev"
"""The environment that may be cheap and easy to take down. All others are held to production's rules."""


@dataclass(frozen=True, slots=True)
class StackFacts:
    """environment, project: as in names. zones: availability zones. pod_addresses: addresses that pods can
    have, over all zones. domain: name under which services are published. certificate: whether the stack
    brings one for all services. spot_pools: whether any node pool is interruptible. existing: name → kind.
    arns: name → ARN of those. region: where AWS resources are made."""

    environment: str
    project: str = ""
    zones: int | None = None
    pod_addresses: int | None = None
    aws: bool = False
    domain: str | None = None
    certificate: bool = False
    spot_pools: bool | None = None
    existing: Mapping[str, str] = field(default_factory=dict)
    arns: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None

    @property
    def relaxed(self) -> bool:
        return self.environment == DEV


def facts_of(environment: str, settings: Settings | None) -> StackFacts:
    """The facts that a stack's settings hold."""
    if settings is None:
        return StackFacts(environment)
    existing = {name: str(item.kind) for name, item in settings.existing.items()}
    arns = {name: item.arn for name, item in settings.existing.items()}
    aws = settings.aws
    if aws is None:
        return StackFacts(environment, settings.project, existing=existing, arns=arns)
    made = aws.network.vpc_id is None
    return StackFacts(
        environment,
        settings.project,
        zones=aws.network.zones,
        pod_addresses=_pod_addresses(aws.network.cidr, aws.network.zones) if made else None,
        aws=True,
        domain=aws.domain.name if aws.domain else None,
        certificate=bool(aws.domain and aws.domain.certificate_arn),
        spot_pools=(
            any(pool.spot for pool in aws.cluster.node_pools) if aws.cluster.existing_name is None else None
        ),
        existing=existing,
        arns=arns,
        region=settings.region,
    )


def _pod_addresses(cidr: str, zones: int) -> int | None:
    """Addresses of all private subnets; None for a network that cannot be divided, which settings report."""
    from components.aws.network_layout import LayoutError, layout, usable

    try:
        addresses: int = sum(usable(subnet) for subnet in layout(cidr, zones).private)
    except LayoutError:
        return None
    return addresses
