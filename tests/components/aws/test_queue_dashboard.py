"""The dashboard of a worker's queue."""

import json

from components.aws.queue_dashboard import body, widgets

NAMES = {"queue": "orders", "dead_letters": "orders-dlq"}
THRESHOLDS = {"backlog_messages": 1000, "oldest_message_seconds": 900, "dead_letters": 1}


def test_two_rows_of_four() -> None:
    made = widgets(NAMES, "eu-central-1", THRESHOLDS)
    assert [(widget["x"], widget["y"]) for widget in made] == [
        (column, row) for row in (0, 6) for column in (0, 6, 12, 18)
    ]
    assert [widget["properties"]["title"] for widget in made] == [
        "Messages a minute",
        "Backlog",
        "Age of the oldest message (s)",
        "Size of messages (bytes)",
        "Messages set aside",
        "Age of the oldest that was set aside (s)",
        "Receives, and messages done",
        "Empty receives",
    ]
    assert {widget["properties"]["region"] for widget in made} == {"eu-central-1"}


def test_lines_and_where_the_alarm_is() -> None:
    _, backlog, age, _, dead, *_ = (
        widget["properties"] for widget in widgets(NAMES, "eu-central-1", THRESHOLDS)
    )
    assert backlog["metrics"] == [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "orders", {"stat": "Maximum"}],
        ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", "orders", {"stat": "Maximum"}],
    ]
    assert backlog["annotations"] == {"horizontal": [{"label": "alarm", "value": 1000}]}
    assert age["annotations"]["horizontal"][0]["value"] == 900
    assert dead["metrics"][0][3] == "orders-dlq"
    assert dead["annotations"]["horizontal"][0]["value"] == 1


def test_without_alarms_there_are_no_such_lines() -> None:
    made = json.loads(body(NAMES, "eu-central-1", {}))["widgets"]
    assert len(made) == 8
    assert not any("annotations" in widget["properties"] for widget in made)
