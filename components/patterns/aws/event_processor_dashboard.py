"""Dashboard of an event processor: events, lag, throttles, failures, store. Pure data."""

import json
from typing import Any

from components.aws.dashboard import graph
from components.aws.stream_alarms import (
    FAN_OUT,
    FIREHOSE,
    GROUP,
    KAFKA,
    KINESIS,
    LAG,
    SERVERLESS,
    SHARED,
    SQS,
)

Lines = tuple[tuple[str, str], ...]

_KINESIS: tuple[tuple[str, str, str, str, Lines], ...] = (
    ("Events a minute", KINESIS, "stream", "", (("IncomingRecords", "Sum"), ("GetRecords.Records", "Sum"))),
    ("Bytes a minute", KINESIS, "stream", "", (("IncomingBytes", "Sum"),)),
    (
        "Throttled",
        KINESIS,
        "stream",
        "throttles",
        (("ReadProvisionedThroughputExceeded", "Sum"), ("WriteProvisionedThroughputExceeded", "Sum")),
    ),
)
_GROUP: tuple[tuple[str, str, str, str, Lines], ...] = (
    ("Events behind", KAFKA, "consumer", "", (("SumOffsetLag", "Maximum"), ("MaxOffsetLag", "Maximum"))),
)
STREAM = {SHARED: _KINESIS, FAN_OUT: _KINESIS, GROUP: _GROUP, SERVERLESS: _GROUP}
"""Way of reading → graphs: title, namespace, whose metric, the alarm's threshold, (metric, statistic)."""
FAILURES = (
    ("Events set aside", SQS, "failures", "failures", (("ApproximateNumberOfMessagesVisible", "Maximum"),)),
)
STORE = (
    (
        "Store: delay (s)",
        FIREHOSE,
        "delivery",
        "",
        (("DeliveryToS3.DataFreshness", "Maximum"),),
    ),
    ("Store: events kept", FIREHOSE, "delivery", "", (("DeliveryToS3.Records", "Sum"),)),
)
COLUMNS = 4


def body(reading: str, places: dict[str, dict[str, str]], region: str, thresholds: dict[str, Any]) -> str:
    """The dashboard's body. places: stream, consumer, failures and delivery (where there is one) →
    dimensions. thresholds: those of the alarms."""
    line, units = LAG[reading]
    lag = ("Lag", line.namespace, "consumer", "lag_seconds", ((line.metric, line.stat),))
    graphs = (lag, *STREAM[reading], *FAILURES, *(STORE if "delivery" in places else ()))
    limits = {**thresholds}
    if "lag_seconds" in limits:
        limits["lag_seconds"] = limits["lag_seconds"] * units
    widgets = [
        graph(
            title,
            region,
            [
                [
                    namespace,
                    metric,
                    *(part for pair in places[where].items() for part in pair),
                    {"stat": stat},
                ]
                for metric, stat in lines
            ],
            row=index // COLUMNS,
            column=index % COLUMNS,
            threshold=limits.get(threshold),
        )
        for index, (title, namespace, where, threshold, lines) in enumerate(graphs)
    ]
    return json.dumps({"widgets": widgets})
