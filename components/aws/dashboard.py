"""Widgets of dashboards, as CloudWatch's dashboard body has them, and those of a load balancer. Pure data."""

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
