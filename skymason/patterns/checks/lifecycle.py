"""How a replica starts, is watched, and stops; and how a new version replaces the old one."""

from __future__ import annotations

from collections.abc import Iterator

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.quantities import share

PROBE_TIMEOUT = define(
    "SM2111", "Probe may take longer than its period", "Answers then overlap, and a slow one counts twice."
)
STARTUP_BUDGET = define(
    "SM2112",
    "Startup is given less time than liveness",
    "The startup probe exists to give a slow start more time; with less, it kills what liveness would spare.",
)
RESTART_FIRST = define(
    "SM2113",
    "A replica is restarted before it leaves service",
    "A replica that cannot answer should lose its traffic first, and its life only if that does not help.",
)
NO_PROGRESS = define(
    "SM2114", "Rollout cannot begin", "With no replica more and none fewer, nothing can be replaced."
)
ALL_AT_ONCE = define(
    "SM2115",
    "Rollout may take away every replica",
    "The service is then down until the first new one is ready.",
)
DRAIN_BLOCKED = define(
    "SM2116", "Nodes can never be drained", "Upgrades and scale-downs of the cluster wait for it without end."
)
DRAIN_TAKES_ALL = define(
    "SM2117", "A node drain may take away every replica", "Maintenance of the cluster becomes an outage."
)
SHORT_BAKE = define(
    "SM2118",
    "New version counts as good before an alarm can tell",
    "An alarm looks back over its window; a shorter watch ends before the first one can fire.",
)
NO_GRACE = define(
    "SM2119", "Wait before the stop takes all of the grace", "The process is killed without a signal to stop."
)


@check(ServiceConfig)
def probes(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    all_probes = subject.config.probes
    budget = {}
    for kind in ("liveness", "readiness", "startup"):
        probe = getattr(all_probes, kind)
        budget[kind] = probe.period_seconds * probe.failure_threshold
        if probe.timeout_seconds > probe.period_seconds:
            yield subject.finding(
                PROBE_TIMEOUT,
                f"the {kind} probe waits {probe.timeout_seconds} s for an answer, but asks every "
                f"{probe.period_seconds} s",
                f"set probes.{kind}.timeout_seconds to at most {probe.period_seconds}",
                f"probes.{kind}.timeout_seconds",
                f"probes.{kind}.period_seconds",
            )
    if budget["startup"] < budget["liveness"]:
        yield subject.finding(
            STARTUP_BUDGET,
            f"a start may take {budget['startup']} s (period × failures), which is less than the "
            f"{budget['liveness']} s that liveness allows",
            "raise probes.startup.failure_threshold to at least "
            f"{-(-budget['liveness'] // all_probes.startup.period_seconds)}",
            "probes.startup.failure_threshold",
            "probes.startup.period_seconds",
            "probes.liveness.failure_threshold",
            "probes.liveness.period_seconds",
        )
    if budget["readiness"] > budget["liveness"]:
        yield subject.finding(
            RESTART_FIRST,
            f"a replica leaves service after {budget['readiness']} s, but is restarted after "
            f"{budget['liveness']} s",
            "lower probes.readiness.failure_threshold, or raise probes.liveness.failure_threshold",
            "probes.readiness.failure_threshold",
            "probes.readiness.period_seconds",
            "probes.liveness.failure_threshold",
            "probes.liveness.period_seconds",
            severity=Severity.WARNING,
        )


@check(ServiceConfig)
def rollout(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config = subject.config
    surge, missing, low = config.rollout.max_surge, config.rollout.max_unavailable, config.scaling.min
    if config.singleton:
        return  # the old replica goes before the new one comes, whatever stands here
    if surge.strip("%0") == "" and missing.strip("%0") == "":
        yield subject.finding(
            NO_PROGRESS,
            "max_surge and max_unavailable are both 0",
            'set rollout.max_surge: "1"',
            "rollout.max_surge",
            "rollout.max_unavailable",
        )
    elif low and share(missing, low, up=False) >= low:
        yield subject.finding(
            ALL_AT_ONCE,
            f"{missing} of {low} replicas may be missing while a new version rolls out",
            'set rollout.max_unavailable: "0"',
            "rollout.max_unavailable",
            "scaling.min",
        )


@check(ServiceConfig)
def disruption(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config = subject.config
    missing, low = config.disruption.max_unavailable, config.scaling.min
    if missing.strip("%0") == "":
        yield subject.finding(
            DRAIN_BLOCKED,
            "no replica may ever be moved from its node",
            'set disruption.max_unavailable: "1"',
            "disruption.max_unavailable",
        )
    elif low > 1 and share(missing, low, up=True) >= low and not subject.facts.relaxed:
        yield subject.finding(
            DRAIN_TAKES_ALL,
            f"a drain may take {missing} of {low} replicas at once",
            'set disruption.max_unavailable: "1"',
            "disruption.max_unavailable",
            "scaling.min",
        )


@check(ServiceConfig)
def bake(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    bake, window = subject.config.rollout.bake_minutes, subject.config.alarms.window_minutes
    if subject.config.alarms.enabled and bake < window:
        yield subject.finding(
            SHORT_BAKE,
            f"a new version is watched for {bake} min, alarms look back over {window} min",
            f"set rollout.bake_minutes to at least {window}",
            "rollout.bake_minutes",
            "alarms.window_minutes",
        )


@check(ServiceConfig)
def stop(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    wait, grace = subject.config.shutdown.pre_stop_seconds, subject.config.shutdown.grace_seconds
    if wait >= grace:
        yield subject.finding(
            NO_GRACE,
            f"{wait} s of waiting leave nothing of the grace of {grace} s",
            f"set shutdown.grace_seconds above {wait}",
            "shutdown.grace_seconds",
            "shutdown.pre_stop_seconds",
        )
