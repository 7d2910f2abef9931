"""Alarms on a queue and its consumers, from one table."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.alarms import MINUTE, RUNBOOKS, notice

NAMESPACE = "AWS/SQS"


class WorkerAlarmsArgs(TypedDict):
    """When to raise an alarm."""

    enabled: NotRequired[bool]
    oldest_message_seconds: NotRequired[int]
    """Age of the oldest message at which to alarm."""
    backlog_messages: NotRequired[int]
    """Waiting messages at which to alarm while they still grow."""
    dead_letters: NotRequired[int]
    """Messages set aside at which to alarm."""
    window_minutes: NotRequired[int]
    """Time that an alarm looks back over."""


class QueueAlarmsArgs(TypedDict):
    """Arguments of QueueAlarms."""

    service: str
    owner: str
    """Who answers; a tag and a part of each alarm's description."""
    alert_topic_arn: pulumi.Input[str]
    queue_name: pulumi.Input[str]
    dead_letter_name: pulumi.Input[str]
    silent_seconds: int
    """Longest time in which a consumer in good health asks for no message: it works on one, waits for one, or
    makes room for its successor."""
    always_there: bool
    """Whether a consumer must be there also while no message waits."""
    alarms: WorkerAlarmsArgs


@dataclass(frozen=True)
class Watched:
    """A queue and its dead-letter queue, and what is expected of their consumers."""

    queue: pulumi.Input[str]
    dead_letters: pulumi.Input[str]
    silent_seconds: int
    always_there: bool

    def metric(self, id: str, name: str, stat: str, period: int, dead: bool = False) -> dict[str, Any]:
        return {
            "id": id,
            "metric": {
                "namespace": NAMESPACE,
                "metric_name": name,
                "dimensions": {"QueueName": self.dead_letters if dead else self.queue},
                "stat": stat,
                "period": period,
            },
        }


def _age(watched: Watched, period: int) -> list[dict[str, Any]]:
    age = watched.metric("age", "ApproximateAgeOfOldestMessage", "Maximum", period)
    return [{**age, "return_data": True}]


def _growing(watched: Watched, period: int) -> list[dict[str, Any]]:
    return [
        watched.metric("waiting", "ApproximateNumberOfMessagesVisible", "Minimum", period),
        watched.metric("sent", "NumberOfMessagesSent", "Sum", period),
        watched.metric("done", "NumberOfMessagesDeleted", "Sum", period),
        {
            "id": "growing",
            "label": "Waiting messages while more come than go",
            "expression": "IF(FILL(sent, 0) > FILL(done, 0), waiting, 0)",
            "return_data": True,
        },
    ]


def _dead(watched: Watched, period: int) -> list[dict[str, Any]]:
    dead = watched.metric("dead", "ApproximateNumberOfMessagesVisible", "Maximum", period, dead=True)
    return [{**dead, "return_data": True}]


def _receives(watched: Watched, period: int) -> list[dict[str, Any]]:
    # A consumer that finds nothing makes an empty receive: all of them together say whether anybody asks.
    receives = "FILL(received, 0) + FILL(empty, 0)"
    return [
        watched.metric("waiting", "ApproximateNumberOfMessagesVisible", "Minimum", period),
        watched.metric("received", "NumberOfMessagesReceived", "Sum", period),
        watched.metric("empty", "NumberOfEmptyReceives", "Sum", period),
        {
            "id": "receives",
            "label": "Receives",
            "expression": receives if watched.always_there else f"IF(waiting > 0, {receives}, 1)",
            "return_data": True,
        },
    ]


def _window(watched: Watched, minutes: int) -> int:
    return minutes


def _silence(watched: Watched, minutes: int) -> int:
    """Long enough that a consumer in good health must have asked at least once."""
    return max(minutes, math.ceil(watched.silent_seconds / MINUTE) + 1)


@dataclass(frozen=True)
class QueueAlarmKind:
    """One row of the table.

    setting: the key of WorkerAlarmsArgs that is its threshold; without one it is `threshold`. queries:
    metrics and expression; the one that returns data is compared. minutes: how long it looks back, as one
    period. missing_consumers: whether it is about consumers.
    A queue without traffic for six hours has no metrics: that is no reason for an alarm, but where consumers
    must always be there, because they alone would be traffic.
    """

    key: str
    title: str
    severity: str
    comparison: str
    queries: Callable[[Watched, int], list[dict[str, Any]]]
    setting: str = ""
    threshold: int = 0
    minutes: Callable[[Watched, int], int] = _window
    missing_consumers: bool = False

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/background-worker-{self.key}.md"

    def arguments(self, watched: Watched, args: QueueAlarmsArgs) -> dict[str, Any]:
        """Arguments of the MetricAlarm."""
        alarms = args["alarms"]
        threshold = alarms[self.setting] if self.setting else self.threshold
        breaching = self.missing_consumers and watched.always_there
        return {
            **notice(
                f"{args['service']} {self.title}",
                self.severity,
                self.runbook,
                service=args["service"],
                owner=args["owner"],
                topic_arn=args["alert_topic_arn"],
            ),
            "comparison_operator": self.comparison,
            "threshold": float(threshold),
            "evaluation_periods": 1,
            "metric_queries": self.queries(
                watched, self.minutes(watched, int(alarms["window_minutes"])) * MINUTE
            ),
            "treat_missing_data": "breaching" if breaching else "notBreaching",
        }


ALARMS = (
    QueueAlarmKind(
        key="oldest-message",
        title="lets messages wait too long",
        severity="critical",
        comparison="GreaterThanOrEqualToThreshold",
        queries=_age,
        setting="oldest_message_seconds",
    ),
    QueueAlarmKind(
        key="backlog",
        title="gets more messages than it can do",
        severity="warning",
        comparison="GreaterThanOrEqualToThreshold",
        queries=_growing,
        setting="backlog_messages",
    ),
    QueueAlarmKind(
        key="dead-letters",
        title="has set messages aside",
        severity="warning",
        comparison="GreaterThanOrEqualToThreshold",
        queries=_dead,
        setting="dead_letters",
    ),
    QueueAlarmKind(
        key="consumers",
        title="has nobody who asks for messages",
        severity="critical",
        comparison="LessThanThreshold",
        queries=_receives,
        threshold=1,
        minutes=_silence,
        missing_consumers=True,
    ),
)
"""All alarms of a queue."""


class QueueAlarms(pulumi.ComponentResource):
    """The alarms of the table for one queue."""

    alarm_names: pulumi.Output[list[str]]

    def __init__(self, name: str, args: QueueAlarmsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:QueueAlarms", name, None, opts)
        watched = Watched(
            args["queue_name"],
            args["dead_letter_name"],
            int(args["silent_seconds"]),
            bool(args["always_there"]),
        )
        alarms = [
            cloudwatch.MetricAlarm(
                f"{name}-alarm-{kind.key}",
                **kind.arguments(watched, args),
                opts=ResourceOptions(parent=self),
            )
            for kind in ALARMS
        ]
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms))
        self.register_outputs({"alarm_names": self.alarm_names})
