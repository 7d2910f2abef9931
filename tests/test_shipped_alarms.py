"""Every alarm of the shipped stacks says whose it is, how urgent, and what to do; every runbook has its use."""

from pathlib import Path

import pytest
import yaml

from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import PlannedResource

ROOT = Path(__file__).parent.parent
STACKS = ("dev", "staging", "prod")
PROCEDURES = {
    "README.md",
    "data-api-migrations.md",
    "event-processor-replay.md",
    "failover-database.md",
    "restore-database.md",
}
"""Not of one alarm: others lead to them."""
ON_THE_CLUSTER = "cluster-database-"
"""Of databases on the cluster; no shipped service has one. Their alarms are tested with the database."""


@pytest.fixture(scope="module")
def alarms() -> list[PlannedResource]:
    found = [
        alarm
        for stack in STACKS
        for alarm in evaluate_project(ROOT, stack).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    ]
    assert len(found) > 100
    return found


def test_each_has_an_owner_a_severity_and_a_runbook_that_exists(alarms: list[PlannedResource]) -> None:
    specs = [yaml.safe_load(path.read_text())["service"] for path in (ROOT / "services").glob("*.yaml")]
    owners = {service["name"]: service["owner"] for service in specs}
    for alarm in alarms:
        tags, text = alarm.inputs["tags"], alarm.inputs["alarmDescription"]
        assert tags["owner"] == owners[tags["service"]], alarm.name
        assert tags["severity"] in ("critical", "warning"), alarm.name
        assert (ROOT / tags["runbook"]).is_file(), alarm.name
        said = f"Severity: {tags['severity']}. Owner: {tags['owner']}. Runbook: {tags['runbook']}"
        assert said in text, alarm.name


def test_each_tells_somebody_when_it_starts_and_when_it_is_over(alarms: list[PlannedResource]) -> None:
    for alarm in alarms:
        assert alarm.inputs["alarmActions"], alarm.name
        assert alarm.inputs["okActions"] == alarm.inputs["alarmActions"], alarm.name


def test_no_runbook_without_an_alarm(alarms: list[PlannedResource]) -> None:
    used = {Path(alarm.inputs["tags"]["runbook"]).name for alarm in alarms}
    listed = (ROOT / "docs" / "runbooks").glob("*.md")
    there = {path.name for path in listed if not path.name.startswith(ON_THE_CLUSTER)}
    assert there - used == PROCEDURES
