"""Widgets of dashboards, as CloudWatch's dashboard body has them, and those of a load balancer. Pure data."""

import json
from typing import Any

NAMESPACE = "AWS/ApplicationELB"
MINUTE = 60
WIDTH, HEIGHT = 6, 6
"""Four widgets fill the 24 columns of a row."""

_GRAPHS: tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...] = (
    ("Requests", (("RequestCount", "Sum", False),)),
    (
        "Errors",
        (
            ("HTTPCode_Target_5XX_Count", "Sum", False),
            ("HTTPCode_ELB_5XX_Count", "Sum", False),
            ("HTTPCode_Target_4XX_Count", "Sum", False),
        ),
    ),
    (
        "Time to answer (s)",
        tuple(("TargetResponseTime", stat, False) for stat in ("p50", "p95", "p99")),
    ),
    (
        "Replicas",
        (("HealthyHostCount", "Minimum", True), ("UnHealthyHostCount", "Maximum", True)),
    ),
)
"""Title → (metric, statistic, whether it is counted by target group)."""


def widgets(balancers: dict[str, tuple[str, dict[str, str]]], region: str) -> list[dict[str, Any]]:
    """One row of graphs for each load balancer: name → (its dimension, its target groups by port)."""
    return [
        graph(
            f"{title} ({place})",
            region,
            [
                [NAMESPACE, metric, "LoadBalancer", balancer, *where, {"stat": stat}]
                for metric, stat, by_target in lines
                for where in ([["TargetGroup", target] for target in targets.values()] if by_target else [[]])
            ],
            row=row,
            column=column,
        )
        for row, (place, (balancer, targets)) in enumerate(balancers.items())
        for column, (title, lines) in enumerate(_GRAPHS)
    ]


_ERRORS = (
    "SOURCE '{group}' | fields @timestamp, coalesce(data.message, log) as message, kubernetes.pod_name as pod"
    " | filter data.level in ['error', 'critical', 'fatal']"
    " or (not ispresent(data.level) and log like /(?i)error|exception/)"
    " | sort @timestamp desc | limit 50"
)
"""The last errors among lines of JSON with a level, and of text that speaks of one."""


def with_errors(body: str, group: str, region: str) -> str:
    """A dashboard's body with the last errors in the logs below everything else. group: log group of the
    service's pods; without one, nothing is added."""
    if not group:
        return body
    made = json.loads(body)
    table = {
        "type": "log",
        "x": 0,
        "y": max((item["y"] + item["height"] for item in made["widgets"]), default=0),
        "width": 4 * WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": "Errors in the logs",
            "region": region,
            "view": "table",
            "query": _ERRORS.format(group=group),
        },
    }
    return json.dumps({**made, "widgets": [*made["widgets"], table]})


def graph(
    title: str,
    region: str,
    metrics: list[Any],
    *,
    row: int,
    column: int,
    threshold: float | None = None,
) -> dict[str, Any]:
    """A graph over time. metrics: lines, as the dashboard body has them. row, column: place among graphs of
    one size. threshold: where the alarm is, drawn as a line across."""
    alarm = {"annotations": {"horizontal": [{"label": "alarm", "value": threshold}]}}
    return {
        "type": "metric",
        "x": column * WIDTH,
        "y": row * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "region": region,
            "view": "timeSeries",
            "period": MINUTE,
            "metrics": metrics,
            **(alarm if threshold is not None else {}),
        },
    }
