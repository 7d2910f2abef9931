"""The dashboard of an event processor: which graphs there are, and where alarms are drawn."""

import json
from typing import Any

import pytest

from components.patterns.aws.event_processor_dashboard import body

ALARMS = {"lag_seconds": 300, "throttles": 10, "failures": 1}
PLACES = {
    "stream": {"StreamName": "events"},
    "consumer": {"StreamName": "events"},
    "failures": {"QueueName": "failed"},
    "delivery": {"DeliveryStreamName": "kept"},
}
STORED = ["Store: delay (s)", "Store: events kept"]


def widgets(reading: str = "shared", **changed: Any) -> list[dict[str, Any]]:
    return json.loads(body(reading, {**PLACES, **changed}, "eu-central-1", ALARMS))["widgets"]


@pytest.mark.parametrize(
    ("reading", "graphs"),
    [
        ("shared", ["Lag", "Events a minute", "Bytes a minute", "Throttled", "Events set aside", *STORED]),
        ("fan_out", ["Lag", "Events a minute", "Bytes a minute", "Throttled", "Events set aside", *STORED]),
        ("group", ["Lag", "Events behind", "Events set aside", *STORED]),
        ("serverless", ["Lag", "Events behind", "Events set aside", *STORED]),
    ],
)
def test_graphs(reading: str, graphs: list[str]) -> None:
    assert [item["properties"]["title"] for item in widgets(reading)] == graphs


def test_without_a_store() -> None:
    places = {key: value for key, value in PLACES.items() if key != "delivery"}
    found = json.loads(body("shared", places, "eu-central-1", {}))["widgets"]
    assert len(found) == 5
    assert all("annotations" not in item["properties"] for item in found)


def test_alarms_are_drawn_in_units_of_the_metric() -> None:
    def line(item: dict[str, Any]) -> float:
        return item["properties"]["annotations"]["horizontal"][0]["value"]

    assert line(widgets()[0]) == 300_000
    assert line(widgets("group")[0]) == 300
    assert line(widgets()[3]) == 10


def test_a_graph() -> None:
    first = widgets()[0]
    assert (first["x"], first["y"]) == (0, 0)
    assert first["properties"]["metrics"] == [
        ["AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", "StreamName", "events", {"stat": "Maximum"}]
    ]
    assert (widgets()[4]["x"], widgets()[4]["y"]) == (0, 6)
