"""Alarms on databases and caches: the tables, what each row looks at, and that somebody can act on it."""

import re
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.cache_alarms import ALARMS as CACHE
from components.aws.cache_alarms import CacheAlarms, CacheAlarmsArgs
from components.aws.database_alarms import ALARMS as DATABASE
from components.aws.database_alarms import CREDITS, DatabaseAlarms, DatabaseAlarmsArgs
from skymason.patterns.instance_classes import CLASSES

ROOT = Path(__file__).parents[3]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
WHO: dict[str, Any] = {"service": "ledger", "owner": "team-a", "alert_topic_arn": TOPIC}
BASE: DatabaseAlarmsArgs = {
    **WHO,
    "identifier": "shop-ledger",
    "replica_identifiers": ["shop-ledger-replica-1", "shop-ledger-replica-2"],
    "instance_class": "db.t4g.medium",
    "storage_gb": 100,
    "alarms": {
        "database_cpu_percent": 80,
        "connections_percent": 80,
        "free_storage_percent": 15,
        "replica_lag_seconds": 30,
        "window_minutes": 5,
    },
}
CACHE_BASE: CacheAlarmsArgs = {
    **WHO,
    "cache_name": "shop-cache",
    "nodes": 2,
    "alarms": {"cache_memory_percent": 80, "window_minutes": 5},
}
GIB = 1024**3


@pytest.fixture(scope="module")
def database() -> Built:
    return build(lambda: DatabaseAlarms("ledger", BASE))


@pytest.fixture(scope="module")
def cache() -> Built:
    return build(lambda: CacheAlarms("ledger", CACHE_BASE))


@pytest.fixture(scope="module")
def both() -> Built:
    def program() -> None:
        DatabaseAlarms("ledger", BASE)
        CacheAlarms("ledger", CACHE_BASE)

    return build(program)


def alarm(built: Built, key: str) -> dict[str, Any]:
    return built.inputs(f"ledger-alarm-{key}")


@pytest.mark.parametrize(
    ("key", "comparison", "threshold", "periods", "seconds", "expression", "servers"),
    [
        ("database-cpu", "GreaterThanThreshold", 80, 3, 300, "MAX([m0, m1, m2])", 3),
        ("database-credits", "LessThanThreshold", 57.6, 1, 300, "MIN([m0, m1, m2])", 3),
        ("database-connections", "GreaterThanThreshold", 319, 1, 300, "MAX([m0, m1, m2])", 3),
        ("database-storage", "LessThanThreshold", 15 * GIB, 1, 300, "MIN([m0, m1, m2])", 3),
        (
            "database-storage-forecast",
            *("LessThanThreshold", 0, 2, 21_600),
            "MIN([m0 + RATE(m0) * 259200, m1 + RATE(m1) * 259200, m2 + RATE(m2) * 259200])",
            3,
        ),
        ("database-memory", "LessThanThreshold", 4 * GIB // 10, 3, 300, "MIN([m0, m1, m2])", 3),
        ("database-lag", "GreaterThanThreshold", 30, 3, 300, "MAX([m0, m1])", 2),
        ("cache-cpu", "GreaterThanThreshold", 80, 3, 300, "MAX([m0, m1])", 2),
        ("cache-memory", "GreaterThanThreshold", 80, 1, 300, "MAX([m0, m1])", 2),
        ("cache-evictions", "GreaterThanThreshold", 500, 2, 300, "MAX([m0, m1])", 2),
    ],
)
def test_each_row(
    both: Built,
    key: str,
    comparison: str,
    threshold: float,
    periods: int,
    seconds: int,
    expression: str,
    servers: int,
) -> None:
    made = alarm(both, key)
    assert (made["comparisonOperator"], made["threshold"]) == (comparison, threshold)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (periods, "missing")
    *metrics, worst = made["metricQueries"]
    assert (worst["expression"], worst["returnData"]) == (expression, True)
    assert len(metrics) == servers
    assert {item["metric"]["period"] for item in metrics} == {seconds}


def test_what_is_looked_at(both: Built) -> None:
    lag = alarm(both, "database-lag")["metricQueries"]
    assert [item["metric"]["dimensions"] for item in lag[:2]] == [
        {"DBInstanceIdentifier": f"shop-ledger-replica-{number}"} for number in (1, 2)
    ]
    assert lag[0]["metric"]["namespace"] == "AWS/RDS"
    engine = alarm(both, "cache-cpu")["metricQueries"]
    assert [item["metric"]["dimensions"] for item in engine[:2]] == [
        {"CacheClusterId": f"shop-cache-00{number}"} for number in (1, 2)
    ]
    assert engine[0]["metric"]["metricName"] == "EngineCPUUtilization"


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"replica_identifiers": []}, {"lag"}),
        ({"instance_class": "db.m7g.large"}, {"credits"}),
        ({"instance_class": "db.new.large"}, {"credits", "connections", "memory"}),
        ({"instance_class": "db.new.large", "max_connections": 200.0}, {"credits", "memory"}),
        (
            {"alarms": {"window_minutes": 5}},
            {"cpu", "connections", "storage", "storage-forecast", "lag"},
        ),
    ],
)
def test_what_makes_no_alarm(database: Built, changed: dict[str, Any], missing: set[str]) -> None:
    other = build(lambda: DatabaseAlarms("ledger", {**BASE, **changed}))
    assert set(database.names()) - set(other.names()) == {f"ledger-alarm-database-{key}" for key in missing}


def test_a_parameter_decides_on_connections() -> None:
    built = build(lambda: DatabaseAlarms("ledger", {**BASE, "max_connections": 200}))
    assert alarm(built, "database-connections")["threshold"] == 160


def test_every_burstable_class_has_its_credits() -> None:
    sizes = {name.rsplit(".", 1)[-1] for name, known in CLASSES.items() if known.burstable}
    assert sizes == set(CREDITS)


def test_without_a_threshold_there_is_no_alarm_on_memory() -> None:
    built = build(lambda: CacheAlarms("ledger", {**CACHE_BASE, "alarms": {"window_minutes": 5}}))
    assert built.names() == ["ledger-alarm-cache-cpu", "ledger-alarm-cache-evictions"]


@pytest.mark.parametrize("row", [*DATABASE, *CACHE], ids=lambda row: row.key)
def test_somebody_can_act_on_each_alarm(both: Built, row: Any) -> None:
    made = alarm(both, row.key)
    assert made["alarmActions"] == made["okActions"] == [TOPIC]
    assert made["tags"] == {
        "owner": "team-a",
        "severity": row.severity,
        "service": "ledger",
        "runbook": row.runbook,
    }
    for part in ("ledger", row.title, row.severity, "team-a", row.runbook):
        assert part in made["alarmDescription"]


@pytest.mark.parametrize("row", [*DATABASE, *CACHE], ids=lambda row: row.key)
def test_each_runbook_is_there_and_complete(row: Any) -> None:
    text = (ROOT / row.runbook).read_text()
    assert re.findall(r"^## (.*)$", text, re.M) == [
        *("Meaning", "First checks", "Likely causes", "Mitigation", "Escalation")
    ]
    assert f"Severity: {row.severity}" in text
    assert re.search(r"^ +aws |`kubectl ", text, re.M)


def test_no_runbook_is_left_without_an_alarm() -> None:
    folder = ROOT / "docs" / "runbooks"
    expected = {Path(row.runbook).name for row in (*DATABASE, *CACHE)}
    assert {path.name for path in folder.glob("data-api-*.md")} == {*expected, "data-api-migrations.md"}
    index = (folder / "README.md").read_text()
    for row in (*DATABASE, *CACHE):
        assert f"`<name>-alarm-{row.key}` | {row.severity} |" in index


@pytest.mark.parametrize("name", ["restore-database", "failover-database", "data-api-migrations"])
def test_links_of_procedures_lead_somewhere(name: str) -> None:
    folder = ROOT / "docs" / "runbooks"
    text = (folder / f"{name}.md").read_text()
    assert all((folder / link).is_file() for link in re.findall(r"\]\(([^)#]+\.md)\)", text))
    assert f"({name}.md)" in (folder / "README.md").read_text()


def test_unknown_inputs_survive(both: Built) -> None:
    def program() -> None:
        later: dict[str, Any] = {"identifier": unknown(), "alert_topic_arn": unknown()}
        DatabaseAlarms("ledger", {**BASE, **later, "replica_identifiers": [unknown()]})
        CacheAlarms("ledger", {**CACHE_BASE, "cache_name": unknown(), "alert_topic_arn": unknown()})

    assert build(program).names() == both.names()


def test_other_languages_can_use_them() -> None:
    optional = [name for name, optional in component_inputs(DatabaseAlarms).items() if optional]
    assert sorted(optional) == ["maxConnections", "replicaIdentifiers"]
    assert not any(component_inputs(CacheAlarms).values())
    assert component_outputs(DatabaseAlarms) == component_outputs(CacheAlarms) == {"alarmNames"}
