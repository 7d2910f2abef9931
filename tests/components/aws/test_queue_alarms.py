"""Alarms of a queue: the table, what each looks at, and that somebody can act on it."""

import re
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.queue_alarms import ALARMS, QueueAlarms, QueueAlarmsArgs

ROOT = Path(__file__).parents[3]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
BASE: QueueAlarmsArgs = {
    "service": "orders",
    "owner": "team-a",
    "alert_topic_arn": TOPIC,
    "queue_name": "orders-queue",
    "dead_letter_name": "orders-dlq",
    "silent_seconds": 170,
    "always_there": True,
    "alarms": {
        "oldest_message_seconds": 900,
        "backlog_messages": 1000,
        "dead_letters": 1,
        "window_minutes": 5,
    },
}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: QueueAlarms("orders", BASE))


def alarm(built: Built, key: str) -> dict[str, Any]:
    return built.inputs(f"orders-alarm-{key}")


def metric(id: str, name: str, stat: str, queue: str = "orders-queue", period: int = 300) -> dict[str, Any]:
    return {
        "id": id,
        "metric": {
            "namespace": "AWS/SQS",
            "metricName": name,
            "dimensions": {"QueueName": queue},
            "stat": stat,
            "period": period,
        },
    }


WAITING = metric("waiting", "ApproximateNumberOfMessagesVisible", "Minimum")


def test_four_alarms(built: Built) -> None:
    keys = ("backlog", "consumers", "dead-letters", "oldest-message")
    assert built.names() == [f"orders-alarm-{key}" for key in keys]


def test_age(built: Built) -> None:
    made = alarm(built, "oldest-message")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanOrEqualToThreshold", 900)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (1, "notBreaching")
    assert made["metricQueries"] == [
        {**metric("age", "ApproximateAgeOfOldestMessage", "Maximum"), "returnData": True}
    ]


def test_backlog_counts_only_while_more_comes_than_goes(built: Built) -> None:
    made = alarm(built, "backlog")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanOrEqualToThreshold", 1000)
    assert made["treatMissingData"] == "notBreaching"
    assert made["metricQueries"] == [
        WAITING,
        metric("sent", "NumberOfMessagesSent", "Sum"),
        metric("done", "NumberOfMessagesDeleted", "Sum"),
        {
            "id": "growing",
            "label": "Waiting messages while more come than go",
            "expression": "IF(FILL(sent, 0) > FILL(done, 0), waiting, 0)",
            "returnData": True,
        },
    ]


def test_dead_letters(built: Built) -> None:
    made = alarm(built, "dead-letters")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
    assert made["treatMissingData"] == "notBreaching"
    assert made["metricQueries"] == [
        {**metric("dead", "ApproximateNumberOfMessagesVisible", "Maximum", "orders-dlq"), "returnData": True}
    ]


RECEIVES = [
    WAITING,
    metric("received", "NumberOfMessagesReceived", "Sum"),
    metric("empty", "NumberOfEmptyReceives", "Sum"),
]


def test_consumers_that_must_always_be_there(built: Built) -> None:
    made = alarm(built, "consumers")
    assert (made["comparisonOperator"], made["threshold"]) == ("LessThanThreshold", 1)
    # Without consumers nothing happens at the queue, and then it has no metrics.
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (1, "breaching")
    assert made["metricQueries"] == [
        *RECEIVES,
        {
            "id": "receives",
            "label": "Receives",
            "expression": "FILL(received, 0) + FILL(empty, 0)",
            "returnData": True,
        },
    ]


def test_consumers_that_may_rest_while_nothing_waits() -> None:
    made = alarm(build(lambda: QueueAlarms("orders", {**BASE, "always_there": False})), "consumers")
    assert made["treatMissingData"] == "notBreaching"
    assert made["metricQueries"][:3] == RECEIVES
    assert made["metricQueries"][3]["expression"] == "IF(waiting > 0, FILL(received, 0) + FILL(empty, 0), 1)"


@pytest.mark.parametrize(("silent", "period"), [(10, 300), (240, 300), (241, 360), (7340, 7440)])
def test_a_consumer_at_work_is_not_missing(silent: float, period: int) -> None:
    """7,340 s: two hours of work, one long poll, and a start of two minutes."""
    built = build(lambda: QueueAlarms("orders", {**BASE, "silent_seconds": silent}))
    periods = {query["metric"]["period"] for query in alarm(built, "consumers")["metricQueries"][:3]}
    assert periods == {period}
    assert alarm(built, "oldest-message")["metricQueries"][0]["metric"]["period"] == 300


@pytest.mark.parametrize("kind", ALARMS, ids=lambda kind: kind.key)
def test_somebody_can_act_on_each_alarm(built: Built, kind: Any) -> None:
    made = alarm(built, kind.key)
    assert made["alarmActions"] == made["okActions"] == [TOPIC]
    assert made["tags"] == {
        "owner": "team-a",
        "severity": kind.severity,
        "service": "orders",
        "runbook": kind.runbook,
    }
    assert made["alarmDescription"] == (
        f"orders {kind.title}. Severity: {kind.severity}. Owner: team-a. Runbook: {kind.runbook}"
    )


@pytest.mark.parametrize("kind", ALARMS, ids=lambda kind: kind.key)
def test_each_runbook_is_there_and_complete(kind: Any) -> None:
    text = (ROOT / kind.runbook).read_text()
    assert re.findall(r"^## (.*)$", text, re.M) == [
        *("Meaning", "First checks", "Likely causes", "Mitigation", "Escalation")
    ]
    assert f"Severity: {kind.severity}" in text
    assert re.search(r"`(kubectl|aws|pulumi) |^ +(kubectl|aws) ", text, re.M)


def test_no_runbook_is_left_without_an_alarm() -> None:
    folder = ROOT / "docs" / "runbooks"
    found = {path.name for path in folder.glob("background-worker-*.md")}
    assert found == {Path(kind.runbook).name for kind in ALARMS}
    index = (folder / "README.md").read_text()
    for kind in ALARMS:
        name = Path(kind.runbook).name
        assert f"`<name>-alarm-{kind.key}` | {kind.severity} | [{name}]({name})" in index


def test_unknown_inputs_survive() -> None:
    later = ("alert_topic_arn", "queue_name", "dead_letter_name")
    assert len(build(lambda: QueueAlarms("o", {**BASE, **{key: unknown() for key in later}})).names()) == 4


def test_other_languages_can_use_it() -> None:
    assert not any(component_inputs(QueueAlarms).values())
    assert component_outputs(QueueAlarms) == {"alarmNames"}
