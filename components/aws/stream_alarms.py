"""Alarms on a stream, its consumer, its failure queue and its store, from one table."""

from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.alarms import MINUTE, RUNBOOKS, notice

KINESIS, KAFKA, SQS, FIREHOSE = "AWS/Kinesis", "AWS/Kafka", "AWS/SQS", "AWS/Firehose"
SHARED, FAN_OUT, GROUP, SERVERLESS = "shared", "fan_out", "group", "serverless"
"""How the consumer reads: Kinesis' shared reads or a channel of its own, a group on brokers or on none."""

Dimensions = dict[str, pulumi.Input[str]]
OVER, AT, UNDER = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"


class StreamAlarmSettings(TypedDict):
    """When to raise an alarm."""

    enabled: NotRequired[bool]
    lag_seconds: NotRequired[int]
    """Age of the oldest event not yet processed at which to alarm."""
    throttles: NotRequired[int]
    """Throttled reads or writes in the window at which to alarm."""
    failures: NotRequired[int]
    """Events in the failure queue at which to alarm."""
    window_minutes: NotRequired[int]
    """Time that an alarm looks back over."""


class StreamAlarmsArgs(TypedDict):
    """Arguments of StreamAlarms."""

    service: str
    owner: str
    """Who answers; a tag and a part of each alarm's description."""
    alert_topic_arn: pulumi.Input[str]
    reading: str
    """shared, fan_out, group or serverless."""
    stream: dict[str, pulumi.Input[str]]
    """Dimensions of the stream's own metrics."""
    consumer: dict[str, pulumi.Input[str]]
    """Dimensions of the lag."""
    brokers: NotRequired[int]
    """Number of brokers, where there are some and they are ours to watch."""
    failure_queue_name: pulumi.Input[str]
    delivery_name: NotRequired[pulumi.Input[str]]
    """Delivery to the event store; left out where there is none."""
    retention_hours: int
    """How long the stream keeps an event."""
    alarms: StreamAlarmSettings


@dataclass(frozen=True)
class Line:
    """A metric: namespace, name, statistic."""

    namespace: str
    metric: str
    stat: str


LAG = {
    SHARED: (Line(KINESIS, "GetRecords.IteratorAgeMilliseconds", "Maximum"), 1000),
    FAN_OUT: (Line(KINESIS, "SubscribeToShardEvent.MillisBehindLatest", "Maximum"), 1000),
    GROUP: (Line(KAFKA, "EstimatedMaxTimeLag", "Maximum"), 1),
    SERVERLESS: (Line(KAFKA, "EstimatedMaxTimeLag", "Maximum"), 1),
}
"""Way of reading → the metric of the lag, and how many of its units are a second.

Sources: Kinesis Data Streams Developer Guide, "Monitoring with CloudWatch"; MSK Developer Guide, "Monitor
consumer lags"."""

KINESIS_READING, EVERY_READING = (SHARED, FAN_OUT), (SHARED, FAN_OUT, GROUP, SERVERLESS)
BROKER_READING = (GROUP,)


@dataclass(frozen=True)
class StreamAlarmKind:
    """One row of the table.

    setting: key of the settings that is its threshold; without one, `threshold`, or for the age what the
    retention gives. on: what it looks at (consumer, stream, brokers, failures, delivery). lines: metrics; the
    lag's is that of the way of reading. readings: where there is such a metric.
    Of several metrics the largest counts.
    """

    key: str
    title: str
    severity: str
    comparison: str
    on: str
    lines: tuple[Line, ...] = ()
    setting: str = ""
    threshold: float = 0
    of_retention: float = 0
    readings: tuple[str, ...] = EVERY_READING

    @property
    def runbook(self) -> str:
        return f"{RUNBOOKS}/event-processor-{self.key}.md"

    def limit(self, args: StreamAlarmsArgs) -> float:
        """The threshold, in units of the metric."""
        _, units = LAG[args["reading"]]
        if self.of_retention:
            return int(args["retention_hours"]) * 3600 * units * self.of_retention
        if not self.setting:
            return self.threshold
        value: int = args["alarms"][self.setting]  # type: ignore[literal-required]
        return float(int(value) * (units if self.on == "consumer" else 1))

    def arguments(self, args: StreamAlarmsArgs) -> dict[str, Any]:
        """Arguments of the MetricAlarm."""
        period = int(args["alarms"]["window_minutes"]) * MINUTE
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
            "threshold": float(self.limit(args)),
            "evaluation_periods": 1,
            "metric_queries": self._queries(args, period),
            # No event, no metric: that is no lag, no throttle and no failure.
            "treat_missing_data": "notBreaching",
        }

    def _queries(self, args: StreamAlarmsArgs, period: int) -> list[dict[str, Any]]:
        lines = self.lines or (LAG[args["reading"]][0],)
        found = [(line, where) for where in self._places(args) for line in lines]
        metrics = [
            {
                "id": f"m{index}",
                "metric": {
                    "namespace": line.namespace,
                    "metric_name": line.metric,
                    "dimensions": where,
                    "stat": line.stat,
                    "period": period,
                },
            }
            for index, (line, where) in enumerate(found)
        ]
        if len(metrics) == 1:
            return [{**metrics[0], "return_data": True}]
        worst = {"id": "worst", "label": self.title, "expression": "MAX(METRICS())"}
        return [*metrics, {**worst, "return_data": True}]

    def _places(self, args: StreamAlarmsArgs) -> list[Dimensions]:
        if self.on == "brokers":
            return [{**args["stream"], "Broker ID": str(number + 1)} for number in range(args["brokers"])]
        if self.on == "delivery":
            return [{"DeliveryStreamName": args["delivery_name"]}]
        if self.on == "failures":
            return [{"QueueName": args["failure_queue_name"]}]
        return [args["consumer"] if self.on == "consumer" else args["stream"]]


ALARMS = (
    StreamAlarmKind(
        key="lag",
        title="is too far behind its events",
        severity="critical",
        comparison=AT,
        on="consumer",
        setting="lag_seconds",
    ),
    StreamAlarmKind(
        key="iterator-age",
        title="will lose events: the stream forgets them before they are processed",
        severity="critical",
        comparison=AT,
        on="consumer",
        of_retention=0.5,
    ),
    StreamAlarmKind(
        key="throttled-reads",
        title="cannot read as fast as it wants",
        severity="warning",
        comparison=AT,
        on="stream",
        lines=(Line(KINESIS, "ReadProvisionedThroughputExceeded", "Sum"),),
        setting="throttles",
        readings=KINESIS_READING,
    ),
    StreamAlarmKind(
        key="throttled-writes",
        title="has producers whose events are refused",
        severity="critical",
        comparison=AT,
        on="stream",
        lines=(Line(KINESIS, "WriteProvisionedThroughputExceeded", "Sum"),),
        setting="throttles",
        readings=KINESIS_READING,
    ),
    StreamAlarmKind(
        key="throttled-brokers",
        title="has brokers that hold clients back",
        severity="warning",
        comparison=OVER,
        on="brokers",
        lines=(Line(KAFKA, "ProduceThrottleTime", "Average"), Line(KAFKA, "FetchThrottleTime", "Average")),
        readings=BROKER_READING,
    ),
    StreamAlarmKind(
        key="failures",
        title="has set events aside",
        severity="warning",
        comparison=AT,
        on="failures",
        lines=(Line(SQS, "ApproximateNumberOfMessagesVisible", "Maximum"),),
        setting="failures",
    ),
    StreamAlarmKind(
        key="delivery",
        title="does not keep all events in its store",
        severity="critical",
        comparison=UNDER,
        on="delivery",
        lines=(Line(FIREHOSE, "DeliveryToS3.Success", "Minimum"),),
        threshold=1,
    ),
    StreamAlarmKind(
        key="store-delay",
        title="keeps its events too late",
        severity="warning",
        comparison=OVER,
        on="delivery",
        lines=(Line(FIREHOSE, "DeliveryToS3.DataFreshness", "Maximum"),),
        threshold=1800,  # six times the time that a delivery waits for more events
    ),
)
"""All alarms of an event processor."""


def alarms_for(args: StreamAlarmsArgs) -> list[StreamAlarmKind]:
    """Rows that there is a metric for, of brokers and deliveries that are known."""
    unknown = {on for on, key in (("delivery", "delivery_name"), ("brokers", "brokers")) if key not in args}
    return [kind for kind in ALARMS if args["reading"] in kind.readings and kind.on not in unknown]


class StreamAlarms(pulumi.ComponentResource):
    """The alarms of the table for one stream and its consumer."""

    alarm_names: pulumi.Output[list[str]]

    def __init__(self, name: str, args: StreamAlarmsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:StreamAlarms", name, None, opts)
        alarms = [
            cloudwatch.MetricAlarm(
                f"{name}-alarm-{kind.key}", **kind.arguments(args), opts=ResourceOptions(parent=self)
            )
            for kind in alarms_for(args)
        ]
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in alarms))
        self.register_outputs({"alarm_names": self.alarm_names})
