"""Alarms on a database on the cluster: what each looks at, and that somebody can act on it."""

import re
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.cluster_database_alarms import (
    ALARMS,
    ClusterDatabaseAlarm,
    ClusterDatabaseAlarms,
    ClusterDatabaseAlarmsArgs,
)

ROOT = Path(__file__).parents[3]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
BASE: ClusterDatabaseAlarmsArgs = {
    "service": "readings",
    "owner": "team-a",
    "alert_topic_arn": TOPIC,
    "database": "shop-prod-readings",
    "free_storage_percent": 15,
    "backup_hours": 4,
}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: ClusterDatabaseAlarms("readings", BASE))


def alarm(built: Built, key: str) -> dict[str, Any]:
    return dict(built.inputs(f"readings-alarm-cluster-database-{key}"))


def metric(name: str, stat: str, period: int) -> dict[str, Any]:
    return {
        "namespace": "Skymason/Database",
        "metricName": name,
        "dimensions": {"Database": "shop-prod-readings"},
        "stat": stat,
        "period": period,
    }


def test_one_alarm_a_row(built: Built) -> None:
    assert built.names() == sorted(f"readings-alarm-cluster-database-{row.key}" for row in ALARMS)


@pytest.mark.parametrize(
    ("key", "comparison", "threshold", "name", "missing"),
    [
        ("readiness", "LessThanThreshold", 1, "Ready", "breaching"),
        ("volume", "GreaterThanThreshold", 85, "VolumeUsed", "missing"),
    ],
)
def test_what_it_says_every_minute(
    built: Built, key: str, comparison: str, threshold: float, name: str, missing: str
) -> None:
    made = alarm(built, key)
    assert (made["comparisonOperator"], made["threshold"]) == (comparison, threshold)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (5, missing)
    assert made["metricQueries"] == [
        {"id": "value", "metric": metric(name, "Maximum", 60), "returnData": True}
    ]


def test_two_dumps_in_a_row_are_missing(built: Built) -> None:
    made = alarm(built, "backup")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (1, "missing")
    nine_hours = 9 * 3600
    assert made["metricQueries"] == [
        {"id": "dumps", "metric": metric("DumpBytes", "SampleCount", nine_hours)},
        {"id": "answers", "metric": metric("Ready", "Sum", nine_hours)},
        {
            "id": "overdue",
            "label": "No dump in time",
            "expression": "IF(FILL(dumps, 0) < 1 AND FILL(answers, 0) > 486, 1, 0)",
            "returnData": True,
        },
    ]


def test_cloudwatch_looks_back_over_a_day_at_most() -> None:
    (backup,) = (row for row in ALARMS if row.key == "backup")
    assert backup.minutes({**BASE, "backup_hours": 11}) <= 24 * 60


def test_without_a_threshold_there_is_no_alarm_on_the_volume() -> None:
    without: Any = {key: value for key, value in BASE.items() if key != "free_storage_percent"}
    made = build(lambda: ClusterDatabaseAlarms("readings", without)).names()
    assert made == [f"readings-alarm-cluster-database-{key}" for key in ("backup", "readiness")]


@pytest.mark.parametrize("row", ALARMS, ids=lambda row: row.key)
def test_somebody_can_act_on_each_alarm(built: Built, row: ClusterDatabaseAlarm) -> None:
    made = alarm(built, row.key)
    assert made["alarmActions"] == made["okActions"] == [TOPIC]
    assert made["tags"] == {
        "owner": "team-a",
        "severity": row.severity,
        "service": "readings",
        "runbook": row.runbook,
    }
    assert made["alarmDescription"] == (
        f"readings {row.title}. Severity: {row.severity}. Owner: team-a. Runbook: {row.runbook}"
    )
    text = (ROOT / row.runbook).read_text()
    assert re.findall(r"^## (.*)$", text, re.M) == [
        *("Meaning", "First checks", "Likely causes", "Mitigation", "Escalation")
    ]
    assert f"Severity: {row.severity}" in text
    index = (ROOT / "docs/runbooks/README.md").read_text()
    assert f"`<name>-alarm-cluster-database-{row.key}` | {row.severity} | [{Path(row.runbook).name}]" in index


def test_no_runbook_is_left_without_an_alarm() -> None:
    found = {path.name for path in (ROOT / "docs" / "runbooks").glob("cluster-database-*.md")}
    assert found == {Path(row.runbook).name for row in ALARMS}


def test_unknown_inputs_survive(built: Built) -> None:
    def program() -> None:
        ClusterDatabaseAlarms("readings", {**BASE, "database": unknown(), "alert_topic_arn": unknown()})

    assert build(program).names() == built.names()


def test_other_languages_can_use_it() -> None:
    optional = [name for name, optional in component_inputs(ClusterDatabaseAlarms).items() if optional]
    assert optional == ["freeStoragePercent"]
    assert component_outputs(ClusterDatabaseAlarms) == {"alarmNames"}
