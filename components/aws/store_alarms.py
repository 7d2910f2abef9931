"""What alarms on databases and caches have in common: a row of a table, and what becomes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.alarms import MINUTE, RUNBOOKS, notice

Limits = TypeVar("Limits")
OVER, UNDER = "GreaterThanThreshold", "LessThanThreshold"


@dataclass(frozen=True)
class Watched:
    """One server among those that an alarm looks at. name: of the server, as metrics know it."""

    namespace: str
    dimension: str
    name: pulumi.Input[str]


@dataclass(frozen=True)
class StoreAlarm(Generic[Limits]):
    """One row of a table.

    metric, stat: what is looked at, of each server. worst: how the servers are put together (MAX, MIN, SUM).
    each: an expression on one server's metric, which it calls {m}. threshold: out of what is known of the
    servers; None makes no alarm. minutes: length of a period; None takes the window of the spec. periods: in
    a row that must all be beyond the threshold. replicas_only: the primary does not have the metric.
    """

    key: str
    title: str
    severity: str
    comparison: str
    metric: str
    stat: str
    worst: str
    threshold: Callable[[Limits], float | None]
    each: str = "{m}"
    minutes: int | None = None
    periods: int = 1
    replicas_only: bool = False

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/data-api-{self.key}.md"

    def queries(self, servers: Sequence[Watched], period: int) -> list[dict[str, Any]]:
        """The metric of each server, and the worst of them."""
        ids = [f"m{index}" for index in range(len(servers))]
        metrics = [
            {
                "id": id,
                "metric": {
                    "namespace": server.namespace,
                    "metric_name": self.metric,
                    "dimensions": {server.dimension: server.name},
                    "stat": self.stat,
                    "period": period,
                },
            }
            for id, server in zip(ids, servers, strict=True)
        ]
        parts = ", ".join(self.each.format(m=id) for id in ids)
        worst = {
            "id": "worst",
            "label": self.metric,
            "expression": f"{self.worst}([{parts}])",
            "return_data": True,
        }
        return [*metrics, worst]


def make_alarms(
    name: str,
    table: Sequence[StoreAlarm[Limits]],
    limits: Limits,
    servers: Sequence[Watched],
    *,
    window_minutes: int,
    service: str,
    owner: str,
    topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> list[cloudwatch.MetricAlarm]:
    """The alarms of a table. servers: the primary first. Rows that have no threshold, or no server to look
    at, make none."""
    alarms = []
    for row in table:
        threshold = row.threshold(limits)
        looked_at = servers[1:] if row.replicas_only else servers
        if threshold is None or not looked_at:
            continue
        period = (row.minutes or window_minutes) * MINUTE
        alarm = cloudwatch.MetricAlarm(
            f"{name}-alarm-{row.key}",
            comparison_operator=row.comparison,
            threshold=float(threshold),
            evaluation_periods=row.periods,
            metric_queries=row.queries(looked_at, period),
            # A server that restarts says nothing for a while; that it is gone, others notice.
            treat_missing_data="missing",
            **notice(
                f"{service} {row.title}",
                row.severity,
                row.runbook,
                service=service,
                owner=owner,
                topic_arn=topic_arn,
            ),
            opts=ResourceOptions(parent=parent),
        )
        alarms.append(alarm)
    return alarms
