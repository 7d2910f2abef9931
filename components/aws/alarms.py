"""Alarms on a service's load balancer, from one table, and a dashboard of the same metrics."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.dashboard import NAMESPACE, widgets, with_errors
from components.aws.names import account_wide

RUNBOOKS = "docs/runbooks"
MINUTE = 60


class AlarmsArgs(TypedDict):
    """When to raise an alarm."""

    enabled: NotRequired[bool]
    error_percent: NotRequired[float]
    """5xx answers, of all answers, in the window."""
    p95_seconds: NotRequired[float]
    """95th percentile of the time to answer."""
    unhealthy_hosts: NotRequired[int]
    """Unhealthy replicas at which to alarm."""
    no_traffic_minutes: NotRequired[int]
    """Alarm after so long without a request; left out for services that may be idle."""
    window_minutes: NotRequired[int]
    """Time that an alarm looks back over."""


class LoadBalancerAlarmsArgs(TypedDict):
    """Arguments of LoadBalancerAlarms."""

    service: str
    owner: str
    """Who answers; a tag and a part of each alarm's description."""
    alert_topic_arn: pulumi.Input[str]
    region: pulumi.Input[str]
    load_balancers: dict[str, pulumi.Input[str]]
    """`app/<name>/<id>`, each under a name (`public`)."""
    target_groups: dict[str, dict[str, pulumi.Input[str]]]
    """`targetgroup/<name>/<id>` by name of the load balancer, then of the port."""
    alarms: AlarmsArgs
    dashboard: NotRequired[bool]
    """Draw the load balancers' dashboard. Default: true."""
    log_group: NotRequired[pulumi.Input[str]]
    """Log group of the service's pods, whose errors the dashboard shows. Default: it shows none."""


def notice(
    what: str, severity: str, runbook: str, *, service: str, owner: str, topic_arn: pulumi.Input[str]
) -> dict[str, Any]:
    """What makes an alarm one that somebody can act on: arguments of a MetricAlarm.

    what: the service, and what is wrong with it. severity: critical or warning. runbook: path of the file.
    """
    return {
        "alarm_description": f"{what}. Severity: {severity}. Owner: {owner}. Runbook: {runbook}",
        "alarm_actions": [topic_arn],
        "ok_actions": [topic_arn],
        "tags": {"owner": owner, "severity": severity, "service": service, "runbook": runbook},
    }


@dataclass(frozen=True)
class Watched:
    """A load balancer and its target groups, as the metrics of CloudWatch name them."""

    balancer: pulumi.Input[str]
    targets: dict[str, pulumi.Input[str]]

    def metric(self, name: str, stat: str, period: int, port: str | None = None) -> dict[str, Any]:
        target = {} if port is None else {"TargetGroup": self.targets[port]}
        return {
            "namespace": NAMESPACE,
            "metric_name": name,
            "dimensions": {"LoadBalancer": self.balancer, **target},
            "stat": stat,
            "period": period,
        }


def _errors(watched: Watched, period: int) -> list[dict[str, Any]]:
    counts = {
        "targets": "HTTPCode_Target_5XX_Count",
        "balancer": "HTTPCode_ELB_5XX_Count",
        "requests": "RequestCount",
    }
    # A counter of errors has no data while there are none: filled with zero, or the sum would have none.
    return [
        *({"id": id, "metric": watched.metric(name, "Sum", period)} for id, name in counts.items()),
        {
            "id": "percent",
            "label": "5xx answers (%)",
            "expression": "100 * (FILL(targets, 0) + FILL(balancer, 0)) / requests",
            "return_data": True,
        },
    ]


def _latency(watched: Watched, period: int) -> list[dict[str, Any]]:
    return [{"id": "p95", "metric": watched.metric("TargetResponseTime", "p95", period), "return_data": True}]


def _unhealthy(watched: Watched, period: int) -> list[dict[str, Any]]:
    counts = [watched.metric("UnHealthyHostCount", "Maximum", period, port) for port in watched.targets]
    total = {
        "id": "total",
        "label": "Unhealthy replicas",
        "expression": "SUM(METRICS())",
        "return_data": True,
    }
    return [*({"id": f"m{index}", "metric": metric} for index, metric in enumerate(counts)), total]


def _requests(watched: Watched, period: int) -> list[dict[str, Any]]:
    return [{"id": "requests", "metric": watched.metric("RequestCount", "Sum", period), "return_data": True}]


@dataclass(frozen=True)
class AlarmKind:
    """One row of the table.

    setting: the key of AlarmsArgs that switches it on, and is its threshold unless `threshold` is given.
    queries: metrics and expression; the one that returns data is compared. minutes: the key of AlarmsArgs
    that says how long it looks back, as one period, or as periods of a minute that must all be over the
    threshold (`each_minute`). missing: what no data means.
    """

    key: str
    title: str
    severity: str
    setting: str
    comparison: str
    queries: Callable[[Watched, int], list[dict[str, Any]]]
    missing: str
    minutes: str = "window_minutes"
    each_minute: bool = False
    threshold: float | None = None

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/web-api-{self.key}.md"

    def arguments(self, watched: Watched, args: LoadBalancerAlarmsArgs, place: str) -> dict[str, Any]:
        """Arguments of the MetricAlarm."""
        alarms, minutes = args["alarms"], int(args["alarms"][self.minutes])
        threshold = self.threshold if self.threshold is not None else alarms[self.setting]
        return {
            **notice(
                f"{args['service']} ({place}) {self.title}",
                self.severity,
                self.runbook,
                service=args["service"],
                owner=args["owner"],
                topic_arn=args["alert_topic_arn"],
            ),
            "comparison_operator": self.comparison,
            "threshold": float(threshold),
            "evaluation_periods": minutes if self.each_minute else 1,
            "metric_queries": self.queries(watched, MINUTE if self.each_minute else minutes * MINUTE),
            "treat_missing_data": self.missing,
        }


ALARMS = (
    AlarmKind(
        key="5xx",
        title="answers with errors",
        severity="critical",
        setting="error_percent",
        comparison="GreaterThanThreshold",
        queries=_errors,
        missing="notBreaching",  # no requests, so no errors
    ),
    AlarmKind(
        key="latency",
        title="answers slowly",
        severity="warning",
        setting="p95_seconds",
        comparison="GreaterThanThreshold",
        queries=_latency,
        missing="notBreaching",  # no requests, so none is slow
    ),
    AlarmKind(
        key="unhealthy-hosts",
        title="has unhealthy replicas",
        severity="critical",
        setting="unhealthy_hosts",
        comparison="GreaterThanOrEqualToThreshold",
        queries=_unhealthy,
        each_minute=True,
        missing="breaching",  # no replica is registered at all
    ),
    AlarmKind(
        key="no-traffic",
        title="gets no requests",
        severity="critical",
        setting="no_traffic_minutes",
        comparison="LessThanThreshold",
        queries=_requests,
        minutes="no_traffic_minutes",
        threshold=1,
        missing="breaching",  # the counter has no data without requests
    ),
)
"""All alarms of a load balancer."""


class LoadBalancerAlarms(pulumi.ComponentResource):
    """The alarms of the table for each load balancer, and one dashboard for all of them."""

    alarm_names: pulumi.Output[list[str]]
    dashboard_name: pulumi.Output[str]
    """Empty where there is none."""

    def __init__(self, name: str, args: LoadBalancerAlarmsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:LoadBalancerAlarms", name, None, opts)
        below = ResourceOptions(parent=self)
        watched = {
            place: Watched(balancer, args["target_groups"][place])
            for place, balancer in args["load_balancers"].items()
        }
        alarms = [
            cloudwatch.MetricAlarm(
                f"{name}-{place}-alarm-{kind.key}", **kind.arguments(balancer, args, place), opts=below
            )
            for place, balancer in watched.items()
            for kind in ALARMS
            if args["alarms"].get(kind.setting) is not None
        ]
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms))
        self.dashboard_name = (
            _dashboard(name, watched, args["region"], args.get("log_group", ""), below)
            if args.get("dashboard", True)
            else pulumi.Output.from_input("")
        )
        self.register_outputs({"alarm_names": self.alarm_names, "dashboard_name": self.dashboard_name})


def _dashboard(
    name: str,
    watched: dict[str, Watched],
    region: pulumi.Input[str],
    log_group: pulumi.Input[str],
    below: ResourceOptions,
) -> pulumi.Output[str]:
    graphs = {place: [balancer.balancer, balancer.targets] for place, balancer in watched.items()}
    dashboard = cloudwatch.Dashboard(
        f"{name}-dashboard",
        dashboard_name=account_wide(name),
        # Drawn from plain values, once these are known: an output for each of its parts would cost more.
        dashboard_body=pulumi.Output.all(graphs, region, log_group).apply(_body),
        opts=below,
    )
    return dashboard.dashboard_name


def _body(known: list[Any]) -> str:
    balancers, region, log_group = known
    return with_errors(json.dumps({"widgets": widgets(balancers, region)}), log_group, region)
