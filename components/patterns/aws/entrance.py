"""How requests get to an HTTP service on AWS: hosts, certificate, load balancers, firewall."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import lb

from components.aws.certificate import Certificate
from components.aws.load_balancer import LoadBalancer
from components.aws.names import slug
from components.aws.reference import AwsPlatformReference
from components.aws.waf import Firewall
from components.kubernetes.args import NamedPortArgs
from components.patterns.parts import given
from skymason.patterns.models.common import Exposure

PLACES = {
    Exposure.PUBLIC: ("public",),
    Exposure.INTERNAL: ("internal",),
    Exposure.BOTH: ("public", "internal"),
}
"""Exposure → its load balancers."""
TIERS = {"public": "public", "internal": "private"}
"""Load balancer → the tier of the subnets that it lies in."""
BALANCER_KEYS = (
    *("tls_policy", "routes", "target_health", "headers", "idle_timeout_seconds", "deletion_protection"),
    *("deregistration_seconds", "slow_start_seconds"),
)
"""Keys of `ingress` that each load balancer takes as they are."""


class Target(NamedTuple):
    """A target group of one of the load balancers."""

    place: str
    port: str
    balancer: LoadBalancer
    group: lb.TargetGroup

    @property
    def name(self) -> str:
        return f"{self.place}-{self.port}"


class Entrance:
    """Makes the resources of a service's `ingress` section, as children of one component.

    ingress: the section, complete. ports: of the container. Raises ValueError where there is no certificate,
    and no way to have one issued.
    """

    def __init__(
        self,
        name: str,
        service: str,
        platform: AwsPlatformReference,
        ingress: dict[str, Any],
        ports: list[NamedPortArgs],
        log_retention_days: int,
        below: ResourceOptions,
    ) -> None:
        self._name, self._service, self._platform = name, service, platform
        self._ingress, self._ports, self._below = ingress, ports, below
        self.hosts = host_names(service, ingress.get("hosts"), platform.get("domain"))
        certificate = self._certificate()
        sides = self._sides()
        self.balancers = {
            place: self._balancer(place, certificate, sides[place])
            for place in PLACES[Exposure(ingress["exposure"])]
        }
        self.firewall = self._firewall(log_retention_days) if ingress["waf"]["enabled"] else None

    def targets(self) -> Iterator[Target]:
        """Every target group of every load balancer."""
        for place, balancer in self.balancers.items():
            for port, group in balancer.target_groups.items():
                yield Target(place, port, balancer, group)

    @property
    def ranges(self) -> list[pulumi.Input[list[pulumi.Input[str]]]]:
        """For each load balancer the addresses that its requests come from: those of its subnets, or of the
        whole network where the platform does not say."""
        whole: pulumi.Input[list[pulumi.Input[str]]] = [self._platform["vpc_cidr"]]
        keys = [f"{TIERS[place]}_subnet_cidrs" for place in self.balancers]
        return [given(self._platform, key).get(key, whole) for key in keys]

    @property
    def urls(self) -> pulumi.Output[list[str]]:
        """One for each host that is no wildcard; of the load balancers, where there is no host."""
        names = self.hosts or {place: balancer.dns_name for place, balancer in self.balancers.items()}
        return pulumi.Output.all(
            *(pulumi.Output.concat("https://", host) for host in names.values() if not _is_wildcard(host))
        )

    def _certificate(self) -> pulumi.Input[str]:
        for owner in (self._ingress, self._platform):
            if owner.get("certificate_arn") is not None:
                return owner["certificate_arn"]
        zone = self._platform.get("hosted_zone_id")
        if zone is None or not self.hosts:
            raise ValueError(
                f"service '{self._service}': there is no certificate, and none can be issued without a host "
                "name and a hosted zone; give ingress.certificate_arn, or the platform a domain"
            )
        return Certificate(self._name, {"hosts": self.hosts, "zone_id": zone}, self._below).arn

    def _sides(self) -> dict[str, dict[str, Any]]:
        """What sets the two load balancers of a service apart."""
        cidrs = {
            slug(cidr) if isinstance(cidr, str) else str(index): cidr
            for index, cidr in enumerate(self._ingress["allowed_cidrs"])
        }
        # Inside the network the private zone alone answers. The names of a service with both load balancers
        # lead to the internal one there.
        public_alone = Exposure(self._ingress["exposure"]) is Exposure.PUBLIC
        return {
            "public": {
                "internal": False,
                "subnet_ids": self._platform["public_subnet_ids"],
                "allowed_cidrs": cidrs,
                **given(self._platform, "hosted_zone_id", "zone_id"),
                **(given(self._platform, "private_zone_id", "inside_zone_id") if public_alone else {}),
            },
            "internal": {
                "internal": True,
                "subnet_ids": self._platform["private_subnet_ids"],
                "allowed_cidrs": {"network": self._platform["vpc_cidr"]},
                **given(self._platform, "private_zone_id", "zone_id"),
            },
        }

    def _balancer(self, place: str, certificate: pulumi.Input[str], side: dict[str, Any]) -> LoadBalancer:
        return LoadBalancer(
            f"{self._name}-{place}",
            {
                "service": self._service,
                "vpc_id": self._platform["vpc_id"],
                "target_security_group_id": self._platform["cluster_security_group_id"],
                "certificate_arn": certificate,
                "hosts": self.hosts,
                "ports": self._ports,
                **{key: self._ingress[key] for key in BALANCER_KEYS},
                **(given(self._platform, "log_bucket") if self._ingress["access_logs"] else {}),
                **side,
            },
            self._below,
        )

    def _firewall(self, log_retention_days: int) -> Firewall:
        waf = self._ingress["waf"]
        return Firewall(
            self._name,
            {
                "service": self._service,
                "mode": str(waf["mode"]),
                "managed_groups": waf["managed_groups"],
                "requests_per_5_minutes": waf["requests_per_5_minutes"],
                "load_balancer_arns": {place: balancer.arn for place, balancer in self.balancers.items()},
                "log_retention_days": log_retention_days,
                "logs_key_arn": self._platform["logs_key_arn"],
            },
            self._below,
        )


def host_names(
    service: str, hosts: list[pulumi.Input[str]] | None, domain: pulumi.Input[str] | None
) -> dict[str, pulumi.Input[str]]:
    """The hosts that are given, else the one that the platform's domain gives the service, else none.

    Each under the name that its resources have, which does not depend on what is known yet.
    """
    if hosts:
        return {slug(host) if isinstance(host, str) else str(index): host for index, host in enumerate(hosts)}
    if domain is None:
        return {}
    known = isinstance(domain, str)
    return {"default": f"{service}.{domain}" if known else pulumi.Output.concat(service, ".", domain)}


def _is_wildcard(host: pulumi.Input[str]) -> bool:
    return isinstance(host, str) and host.startswith("*")
