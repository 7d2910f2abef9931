"""Dashboard of a queue and its consumers: one row of graphs for work, one for what went wrong. Pure data."""

import json
from typing import Any

from components.aws.dashboard import graph
from components.aws.queue_alarms import NAMESPACE

_GRAPHS: tuple[tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...], ...] = (
    (
        (
            "Messages a minute",
            "queue",
            "",
            (("NumberOfMessagesSent", "Sum"), ("NumberOfMessagesDeleted", "Sum")),
        ),
        (
            "Backlog",
            "queue",
            "backlog_messages",
            (
                ("ApproximateNumberOfMessagesVisible", "Maximum"),
                ("ApproximateNumberOfMessagesNotVisible", "Maximum"),
            ),
        ),
        (
            "Age of the oldest message (s)",
            "queue",
            "oldest_message_seconds",
            (("ApproximateAgeOfOldestMessage", "Maximum"),),
        ),
        (
            "Size of messages (bytes)",
            "queue",
            "",
            (("SentMessageSize", "Average"), ("SentMessageSize", "Maximum")),
        ),
    ),
    (
        (
            "Messages set aside",
            "dead_letters",
            "dead_letters",
            (("ApproximateNumberOfMessagesVisible", "Maximum"),),
        ),
        (
            "Age of the oldest that was set aside (s)",
            "dead_letters",
            "",
            (("ApproximateAgeOfOldestMessage", "Maximum"),),
        ),
        (
            "Receives, and messages done",
            "queue",
            "",
            (("NumberOfMessagesReceived", "Sum"), ("NumberOfMessagesDeleted", "Sum")),
        ),
        ("Empty receives", "queue", "", (("NumberOfEmptyReceives", "Sum"),)),
    ),
)
"""Rows of (title, which queue, the alarm's threshold, (metric, statistic) of each line). Where receives lie
above what is done, attempts fail."""


def widgets(names: dict[str, str], region: str, thresholds: dict[str, Any]) -> list[dict[str, Any]]:
    """names: `queue` and `dead_letters` → name of the queue. thresholds: those of the alarms."""
    return [
        graph(
            title,
            region,
            [[NAMESPACE, metric, "QueueName", names[which], {"stat": stat}] for metric, stat in lines],
            row=row,
            column=column,
            threshold=thresholds.get(threshold),
        )
        for row, graphs in enumerate(_GRAPHS)
        for column, (title, which, threshold, lines) in enumerate(graphs)
    ]


def body(names: dict[str, str], region: str, thresholds: dict[str, Any]) -> str:
    """The dashboard's body."""
    return json.dumps({"widgets": widgets(names, region, thresholds)})
