"""Alarms on a database on the cluster, from what it says of itself, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.alarms import MINUTE, RUNBOOKS, notice
from components.kubernetes.database_metrics import DIMENSION, DUMP, NAMESPACE, READY, VOLUME

SILENT_MINUTES = 5
"""A new node and a clean start of the server take less."""
SEEN = 0.9
"""Share of a time in which the server answered, so that dumps could be made."""


class ClusterDatabaseAlarmsArgs(TypedDict):
    """Arguments of ClusterDatabaseAlarms."""

    service: str
    owner: str
    alert_topic_arn: pulumi.Input[str]
    database: pulumi.Input[str]
    """What the database is called in its metrics. Known once the server runs, so that no alarm is raised
    before."""
    free_storage_percent: NotRequired[int]
    """Free part of the volume below which to alarm. Default: no such alarm."""
    backup_hours: int
    """Hours between two dumps, up to 11. An alarm is raised where two in a row are missing: one is made
    again by itself where it fails."""


@dataclass(frozen=True)
class ClusterDatabaseAlarm:
    """One row of the table.

    minutes: length of a period; periods: in a row that must all be beyond the threshold. queries: metrics and
    expression; the one that returns data is compared. missing: what no data means. Without a threshold there
    is no alarm.
    """

    key: str
    title: str
    severity: str
    comparison: str
    threshold: Callable[[ClusterDatabaseAlarmsArgs], float | None]
    queries: Callable[[ClusterDatabaseAlarmsArgs, int], list[dict[str, Any]]]
    missing: str
    minutes: Callable[[ClusterDatabaseAlarmsArgs], int] = lambda _: 1
    periods: int = SILENT_MINUTES

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/cluster-database-{self.key}.md"


def _full(args: ClusterDatabaseAlarmsArgs) -> float | None:
    return 100 - int(args["free_storage_percent"]) if "free_storage_percent" in args else None


def _metric(args: ClusterDatabaseAlarmsArgs, id: str, name: str, stat: str, period: int) -> dict[str, Any]:
    metric = {
        "namespace": NAMESPACE,
        "metric_name": name,
        "dimensions": {DIMENSION: args["database"]},
        "stat": stat,
        "period": period,
    }
    return {"id": id, "metric": metric}


def _one(name: str) -> Callable[[ClusterDatabaseAlarmsArgs, int], list[dict[str, Any]]]:
    return lambda args, period: [{**_metric(args, "value", name, "Maximum", period), "return_data": True}]


def _dumps(args: ClusterDatabaseAlarmsArgs, period: int) -> list[dict[str, Any]]:
    # A server that is new, or was away, has had no time for a dump.
    enough = int(SEEN * period / MINUTE)
    return [
        _metric(args, "dumps", DUMP, "SampleCount", period),
        _metric(args, "answers", READY, "Sum", period),
        {
            "id": "overdue",
            "label": "No dump in time",
            "expression": f"IF(FILL(dumps, 0) < 1 AND FILL(answers, 0) > {enough}, 1, 0)",
            "return_data": True,
        },
    ]


ALARMS = (
    ClusterDatabaseAlarm(
        key="readiness",
        title="has a database that does not answer",
        severity="critical",
        comparison="LessThanThreshold",
        threshold=lambda _: 1,
        queries=_one(READY),
        missing="breaching",  # its pod does not run
    ),
    ClusterDatabaseAlarm(
        key="volume",
        title="has a database whose volume is nearly full",
        severity="critical",
        comparison="GreaterThanThreshold",
        threshold=_full,
        queries=_one(VOLUME),
        missing="missing",  # that its pod does not run, others notice
    ),
    ClusterDatabaseAlarm(
        key="backup",
        title="has a database without a recent dump",
        severity="critical",
        comparison="GreaterThanOrEqualToThreshold",
        threshold=lambda _: 1,
        queries=_dumps,
        minutes=lambda args: (2 * int(args["backup_hours"]) + 1) * 60,
        periods=1,
        missing="missing",
    ),
)
"""All alarms on a database on the cluster."""


class ClusterDatabaseAlarms(pulumi.ComponentResource):
    """The alarms of the table."""

    alarm_names: pulumi.Output[list[str]]

    def __init__(
        self, name: str, args: ClusterDatabaseAlarmsArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("skymason:aws:ClusterDatabaseAlarms", name, None, opts)
        made = [
            cloudwatch.MetricAlarm(
                f"{name}-alarm-cluster-database-{row.key}",
                comparison_operator=row.comparison,
                threshold=float(threshold),
                evaluation_periods=row.periods,
                metric_queries=row.queries(args, row.minutes(args) * MINUTE),
                treat_missing_data=row.missing,
                **notice(
                    f"{args['service']} {row.title}",
                    row.severity,
                    row.runbook,
                    service=args["service"],
                    owner=args["owner"],
                    topic_arn=args["alert_topic_arn"],
                ),
                opts=ResourceOptions(parent=self),
            )
            for row in ALARMS
            if (threshold := row.threshold(args)) is not None
        ]
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in made))
        self.register_outputs({"alarm_names": self.alarm_names})
