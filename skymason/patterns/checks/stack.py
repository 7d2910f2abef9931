"""What can only be seen between services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from skymason.diagnostics import Diagnostic, Severity, define, nearest
from skymason.patterns.checks.subject import Subject, stack_check
from skymason.patterns.facts import StackFacts
from skymason.patterns.models.common import ServiceConfig, Tier
from skymason.patterns.quantities import share

SHARED_HOST = define(
    "SM2160", "Two services of one host", "A name leads to one load balancer; which, would be chance."
)
NO_ADDRESSES = define(
    "SM2161",
    "More replicas than the subnets have addresses",
    "Every replica has an address of its own; at full scale new ones would wait for one without end.",
)
UNKNOWN_CALLER = define(
    "SM2162", "Unknown service may call", "A rule for a service that does not exist lets nobody in."
)

DEPENDS_ON_LESS = define(
    "SM2609",
    "Critical service calls one that may be down for hours",
    "It is then as available as the other one, whatever its own replicas and zones are.",
)

Services = list[Subject[ServiceConfig]]


@stack_check
def hosts(services: Services, facts: StackFacts) -> Iterator[Diagnostic]:
    taken: dict[str, Subject[Any]] = {}
    for subject in services:
        if "ingress" not in subject.plain:
            continue
        given: list[str] = subject.plain["ingress"]["hosts"]
        implied = [f"{subject.name}.{facts.domain}"] if facts.domain and not given else []
        for index, host in enumerate(given or implied):
            other = taken.setdefault(host, subject)
            if other is not subject:
                yield subject.finding(
                    SHARED_HOST,
                    f"'{host}' is already a host of '{other.name}' ({other.location('ingress.hosts')[0]})",
                    "give one of them another host, or put both behind one service",
                    f"ingress.hosts.{index}",
                )


@stack_check
def addresses(services: Services, facts: StackFacts) -> Iterator[Diagnostic]:
    if facts.pod_addresses is None or not services:
        return
    wanted = {subject.name: most_pods(subject.config) for subject in services}
    if sum(wanted.values()) <= facts.pod_addresses:
        return
    largest = max(services, key=lambda subject: wanted[subject.name])
    yield largest.finding(
        NO_ADDRESSES,
        f"all services together may have {sum(wanted.values())} replicas, {wanted[largest.name]} of them "
        f"here; the private subnets have {facts.pod_addresses} addresses",
        "lower scaling.max, or give the network a larger range (aws.network.cidr)",
        "scaling.max",
        "rollout.max_surge",
    )


@stack_check
def callers(services: Services, facts: StackFacts) -> Iterator[Diagnostic]:
    names = [subject.name for subject in services]
    for subject in services:
        for index, name in enumerate(subject.config.network.allow_from):
            if name not in names:
                near = nearest(name, names)
                yield subject.finding(
                    UNKNOWN_CALLER,
                    f"there is no service '{name}'",
                    f"did you mean '{near}'?" if near else "remove it, or add its spec",
                    f"network.allow_from.{index}",
                )


def most_pods(config: ServiceConfig) -> int:
    """Replicas at full scale in the middle of a rollout, and every task at once."""
    replicas = config.scaling.max
    return replicas + share(config.rollout.max_surge, replicas, up=True) + len(config.tasks)


@stack_check
def tiers(services: Services, facts: StackFacts) -> Iterator[Diagnostic]:
    by_name = {subject.name: subject for subject in services}
    for subject in services:
        if subject.document.service.tier is not Tier.CRITICAL:
            continue
        for index, use in enumerate(subject.document.uses):
            other = by_name.get(use.service or "")
            if other and other.document.service.tier is Tier.BEST_EFFORT:
                yield subject.in_spec(
                    DEPENDS_ON_LESS,
                    f"'{subject.name}' is critical, and '{other.name}' best_effort",
                    f"raise the tier of '{other.name}', or hand over by a queue in place of a call",
                    f"uses.{index}.service",
                    Severity.WARNING,
                )
