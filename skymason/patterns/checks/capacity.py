"""How many replicas there are, when, and on what."""

from __future__ import annotations

from collections.abc import Iterator

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import ServiceConfig, Tier
from skymason.patterns.quantities import mebibytes, millicores

MIN_ABOVE_MAX = define("SM2101", "Minimum is above the maximum", "No number of replicas satisfies both.")
LIMIT_BELOW_REQUEST = define(
    "SM2102",
    "Limit is below the request",
    "Kubernetes refuses a container that may use less than is set aside.",
)
NOT_SPREAD = define(
    "SM2103",
    "Fewer replicas than zones",
    "A critical service must keep running when any one zone is lost, without waiting for new replicas.",
)
ONE_REPLICA = define(
    "SM2104", "A single replica outside dev", "Every rollout, node drain and crash is then an outage."
)
CRITICAL_SPOT = define(
    "SM2105", "Critical service on spot capacity", "Spot capacity is taken back with two minutes' notice."
)
STACKED = define(
    "SM2106",
    "Critical service is not spread over zones",
    "All replicas may then stand in the zone that fails.",
)
SCHEDULE_ABOVE_MAX = define(
    "SM2107", "Scheduled capacity is above the maximum", "Scaling never goes above the maximum."
)
SINGLETON_SCALES = define(
    "SM2108", "Singleton may scale", "A singleton is a promise that two replicas never run at once."
)
NO_SPOT_POOL = define(
    "SM2109",
    "Spot is asked for where there is none",
    "Without an interruptible node pool it changes nothing.",
)


@check(ServiceConfig)
def bounds(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    scaling = subject.config.scaling
    if scaling.min > scaling.max:
        yield subject.finding(
            MIN_ABOVE_MAX,
            f"scaling.min is {scaling.min}, scaling.max only {scaling.max}",
            f"set scaling.max to at least {scaling.min}, or lower scaling.min",
            "scaling.max",
            "scaling.min",
        )
    for index, item in enumerate(scaling.schedule):
        if item.replicas > scaling.max:
            yield subject.finding(
                SCHEDULE_ABOVE_MAX,
                f"'{item.name}' asks for {item.replicas} replicas, scaling.max is {scaling.max}",
                f"set scaling.max to at least {item.replicas}",
                f"scaling.schedule.{index}.replicas",
                "scaling.max",
            )


@check(ServiceConfig)
def amounts(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    sections = [("resources", subject.config.resources)]
    sections += [
        (f"sidecars.{i}.resources", item.resources) for i, item in enumerate(subject.config.sidecars)
    ]
    sections += [
        (f"tasks.{index}.resources", task.resources)
        for index, task in enumerate(subject.config.tasks)
        if task.resources
    ]
    for path, resources in sections:
        for unit, number in (("cpu", millicores), ("memory", mebibytes)):
            asked, most = getattr(resources.requests, unit), getattr(resources.limits, unit)
            if number(asked) > number(most):
                yield subject.finding(
                    LIMIT_BELOW_REQUEST,
                    f"the {unit} limit {most} is below the request {asked}",
                    f"set {path}.limits.{unit} to at least {asked}",
                    f"{path}.limits.{unit}",
                    f"{path}.requests.{unit}",
                )


@check(ServiceConfig)
def availability(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config, facts = subject.config, subject.facts
    if facts.relaxed:
        return
    tier = subject.document.service.tier
    low = config.scaling.min
    if tier is Tier.CRITICAL and not config.singleton:
        if facts.zones and low < facts.zones:
            yield subject.finding(
                NOT_SPREAD,
                f"{low} replicas over {facts.zones} zones: a critical service needs one in each",
                f"set scaling.min to at least {facts.zones}",
                "scaling.min",
            )
        if not config.spread_zones:
            yield subject.finding(
                STACKED,
                "spread_zones is off for a critical service",
                "set spread_zones: true",
                "spread_zones",
            )
    elif low == 1 and not config.singleton and tier is not Tier.BEST_EFFORT:
        yield subject.finding(
            ONE_REPLICA,
            f"one replica in {facts.environment}",
            "set scaling.min to at least 2, or service.tier: best_effort where outages do not matter",
            "scaling.min",
        )
    if tier is Tier.CRITICAL and config.spot:
        yield subject.finding(
            CRITICAL_SPOT,
            "a critical service runs on spot capacity, which can be taken back at any time",
            "set spot: false, or lower service.tier",
            "spot",
        )


@check(ServiceConfig)
def singleton(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config = subject.config
    if config.singleton and config.scaling.max > 1:
        yield subject.finding(
            SINGLETON_SCALES,
            f"a singleton may scale to {config.scaling.max} replicas",
            "set scaling.min and scaling.max to 1, or singleton: false",
            "scaling.max",
            "singleton",
        )


@check(ServiceConfig)
def spot_pool(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    if subject.config.spot and subject.facts.spot_pools is False:
        yield subject.finding(
            NO_SPOT_POOL,
            f"no node pool of {subject.facts.environment} is spot, so this runs on demand",
            "add a pool with spot: true to the stack's settings, or remove spot",
            "spot",
            severity=Severity.WARNING,
        )
