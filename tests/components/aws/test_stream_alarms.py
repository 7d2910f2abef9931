"""Alarms of an event processor: the table, what each looks at, and that somebody can act on it."""

import re
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.stream_alarms import ALARMS, StreamAlarms, StreamAlarmsArgs

ROOT = Path(__file__).parents[3]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
BASE: StreamAlarmsArgs = {
    "service": "orders",
    "owner": "team-a",
    "alert_topic_arn": TOPIC,
    "reading": "shared",
    "stream": {"StreamName": "events"},
    "consumer": {"StreamName": "events"},
    "failure_queue_name": "orders-failed",
    "delivery_name": "orders-kept",
    "retention_hours": 168,
    "alarms": {"lag_seconds": 300, "throttles": 10, "failures": 1, "window_minutes": 5},
}
KAFKA: dict[str, Any] = {
    "reading": "group",
    "stream": {"Cluster Name": "events"},
    "consumer": {"Cluster Name": "events", "Consumer Group": "orders", "Topic": "events"},
    "brokers": 3,
}


def make(**changed: Any) -> Built:
    return build(lambda: StreamAlarms("orders", {**BASE, **changed}))


@pytest.fixture(scope="module")
def built() -> Built:
    return make()


def keys(built: Built) -> list[str]:
    return [name.removeprefix("orders-alarm-") for name in built.names()]


def test_alarms_of_each_way_of_reading(built: Built) -> None:
    both = ["delivery", "failures", "iterator-age", "lag", "store-delay"]
    throttles = ["throttled-reads", "throttled-writes"]
    assert keys(built) == sorted([*both, *throttles])
    assert keys(make(reading="fan_out")) == sorted([*both, *throttles])
    assert keys(make(**KAFKA)) == sorted([*both, "throttled-brokers"])
    assert keys(make(**{**KAFKA, "reading": "serverless"})) == both


def test_without_a_store() -> None:
    stored = {key: value for key, value in BASE.items() if key != "delivery_name"}
    assert keys(build(lambda: StreamAlarms("orders", stored))) == [
        *("failures", "iterator-age", "lag", "throttled-reads", "throttled-writes")
    ]


@pytest.mark.parametrize(
    ("key", "comparison", "threshold", "namespace", "metric", "stat", "dimensions"),
    [
        ("lag", "AtOrOver", 300_000, "Kinesis", "GetRecords.IteratorAgeMilliseconds", "Maximum", "stream"),
        (
            "iterator-age",
            "AtOrOver",
            302_400_000,
            "Kinesis",
            "GetRecords.IteratorAgeMilliseconds",
            "Maximum",
            "stream",
        ),
        ("throttled-reads", "AtOrOver", 10, "Kinesis", "ReadProvisionedThroughputExceeded", "Sum", "stream"),
        (
            "throttled-writes",
            "AtOrOver",
            10,
            "Kinesis",
            "WriteProvisionedThroughputExceeded",
            "Sum",
            "stream",
        ),
        ("failures", "AtOrOver", 1, "SQS", "ApproximateNumberOfMessagesVisible", "Maximum", "queue"),
        ("delivery", "Under", 1, "Firehose", "DeliveryToS3.Success", "Minimum", "delivery"),
        ("store-delay", "Over", 1800, "Firehose", "DeliveryToS3.DataFreshness", "Maximum", "delivery"),
    ],
)
def test_what_each_looks_at(
    built: Built,
    key: str,
    comparison: str,
    threshold: float,
    namespace: str,
    metric: str,
    stat: str,
    dimensions: str,
) -> None:
    alarm = built.inputs(f"orders-alarm-{key}")
    names = {
        "AtOrOver": "GreaterThanOrEqualToThreshold",
        "Over": "GreaterThanThreshold",
        "Under": "LessThanThreshold",
    }
    assert (alarm["comparisonOperator"], alarm["threshold"]) == (names[comparison], threshold)
    assert alarm["metricQueries"] == [
        {
            "id": "m0",
            "metric": {
                "namespace": f"AWS/{namespace}",
                "metricName": metric,
                "dimensions": {
                    "stream": {"StreamName": "events"},
                    "queue": {"QueueName": "orders-failed"},
                    "delivery": {"DeliveryStreamName": "orders-kept"},
                }[dimensions],
                "stat": stat,
                "period": 300,
            },
            "returnData": True,
        }
    ]
    assert alarm["treatMissingData"] == "notBreaching"


def test_a_group_s_lag_is_in_seconds() -> None:
    built = make(**KAFKA)
    lag, age = (built.inputs(f"orders-alarm-{key}") for key in ("lag", "iterator-age"))
    assert (lag["threshold"], age["threshold"]) == (300, 302_400)
    assert lag["metricQueries"][0]["metric"]["metricName"] == "EstimatedMaxTimeLag"
    assert lag["metricQueries"][0]["metric"]["dimensions"] == KAFKA["consumer"]


def test_the_worst_of_all_brokers_counts() -> None:
    *metrics, worst = make(**KAFKA).inputs("orders-alarm-throttled-brokers")["metricQueries"]
    assert [item["metric"]["dimensions"]["Broker ID"] for item in metrics] == ["1", "1", "2", "2", "3", "3"]
    assert (worst["expression"], worst["returnData"]) == ("MAX(METRICS())", True)


@pytest.mark.parametrize("kind", ALARMS, ids=lambda kind: kind.key)
def test_somebody_can_act_on_it(kind: Any) -> None:
    built = make(**(KAFKA if kind.key == "throttled-brokers" else {}))
    alarm = built.inputs(f"orders-alarm-{kind.key}")
    assert alarm["alarmActions"] == alarm["okActions"] == [TOPIC]
    assert alarm["tags"] == {
        "owner": "team-a",
        "severity": kind.severity,
        "service": "orders",
        "runbook": kind.runbook,
    }
    assert (ROOT / kind.runbook).is_file()
    assert (
        f"| `<name>-alarm-{kind.key}` | {kind.severity} |" in (ROOT / "docs/runbooks/README.md").read_text()
    )


@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "runbooks").glob("event-processor-*.md")))
def test_a_runbook_has_every_part(file: Path) -> None:
    sections = re.findall(r"^## (.+)$", file.read_text(), re.MULTILINE)
    procedure = ["Before", "Run", "After", "Stop"]
    alarm = ["Meaning", "First checks", "Likely causes", "Mitigation", "Escalation"]
    assert sections == (procedure if file.stem.endswith("replay") else alarm)


def test_names_that_are_not_known_yet(built: Built) -> None:
    later = build(
        lambda: StreamAlarms(
            "orders",
            {
                **BASE,
                "failure_queue_name": unknown(),
                "stream": {"StreamName": unknown()},
                "alert_topic_arn": unknown(),
            },
        )
    )
    assert later.names() == built.names()


def test_in_other_languages() -> None:
    assert component_inputs(StreamAlarms)["deliveryName"] is True
    assert component_outputs(StreamAlarms) == {"alarmNames"}
