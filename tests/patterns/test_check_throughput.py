import pytest
from spec_table import Case

EVENTS = "event_processor"
ARN = "arn:aws:kinesis:eu-central-1:123456789012:stream/telemetry"


def kafka(more: str, kind: str = "msk_serverless") -> str:
    return f"stream: {{kind: {kind}, {more}}}"


def brokers(type: str, partitions: int) -> str:
    return kafka(f"broker_type: {type}, partitions: {partitions}", "msk_provisioned")


CASES = [
    Case(
        "SM2522",
        kafka("partitions: 2401"),
        kafka("partitions: 2400"),
        "overrides.stream.partitions",
        "2401 partitions; serverless takes 2400",
        pattern=EVENTS,
    ),
    Case(
        "SM2522",
        f"{kafka('events_per_second: 210000, event_bytes: 1000, partitions: 60')}\nconsumer: {{parallelism: 10}}",
        f"{kafka('events_per_second: 209000, event_bytes: 1000, partitions: 60')}\nconsumer: {{parallelism: 10}}",
        "overrides.stream.events_per_second",
        "210000000 bytes a second; serverless takes 209715200",
        pattern=EVENTS,
    ),
    Case(
        "SM2522",
        brokers("kafka.t3.small", 301),
        brokers("kafka.t3.small", 300),
        "overrides.stream.partitions",
        "301 partitions in 3 copies are 903; 3 of kafka.t3.small hold 900",
        pattern=EVENTS,
    ),
    Case(
        "SM2523",
        brokers("kafka.m7g.huge", 4),
        brokers("kafka.m7g.16xlarge", 4),
        "overrides.stream.broker_type",
        "there are no brokers of type 'kafka.m7g.huge'",
        pattern=EVENTS,
    ),
    Case(
        "SM2524",
        "stream: {capacity: on_demand, events_per_second: 4001}",
        "stream: {capacity: on_demand, events_per_second: 4000}",
        "overrides.stream.capacity",
        "the peak is 4001 events of 1024 bytes a second",
        pattern=EVENTS,
        severity="warning",
    ),
    Case(
        "SM2524",
        "stream: {capacity: on_demand, events_per_second: 4001}",
        f"stream: {{capacity: on_demand, events_per_second: 4001, existing: {{arn: '{ARN}'}}}}",
        "overrides.stream.capacity",
        "the peak is 4001 events of 1024 bytes a second",
        pattern=EVENTS,
        severity="warning",
    ),
    Case(
        "SM2525",
        "stream: {events_per_second: 10, event_bytes: 300000}",
        "stream: {events_per_second: 10, event_bytes: 200000}",
        "overrides.stream.event_bytes",
        "2 batches of 500 events of 300000 bytes are 286 MiB, and half of the memory is 256 MiB",
        pattern=EVENTS,
    ),
    Case(
        "SM2526",
        "stream: {events_per_second: 10}\nconsumer: {event_ms: 121}",
        "stream: {events_per_second: 10}\nconsumer: {event_ms: 120}",
        "overrides.consumer.event_ms",
        "a batch may take 60 s, a replica has 60 s to end",
        line=6,
        pattern=EVENTS,
        severity="warning",
    ),
    Case(
        "SM2527",
        "alarms: {lag_seconds: 30}",
        "alarms: {lag_seconds: 31}",
        "overrides.alarms.lag_seconds",
        "the alarm fires at a lag of 30 s, scaling aims for 30 s",
        pattern=EVENTS,
        severity="warning",
    ),
    Case(
        "SM2528",
        "failure_queue: {retention_seconds: 259199}",
        "failure_queue: {retention_seconds: 259200}",
        "overrides.failure_queue.retention_seconds",
        "an event that failed is kept for 259199 s",
        pattern=EVENTS,
        severity="warning",
    ),
    Case(
        "SM2529",
        "store: {retention_days: 179}",
        "store: {retention_days: 180}",
        "overrides.store.retention_days",
        "events are archived after 90 days and deleted 89 days later",
        pattern=EVENTS,
        severity="warning",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_what_the_fixes_say_mends() -> None:
    case = Case("", "stream: {events_per_second: 10, event_bytes: 300000}", "", "", "", pattern=EVENTS)
    (found,) = case.findings(case.trips)
    assert found.fix == "set consumer.batch_size to at most 447, or raise resources.limits.memory"
    assert case.findings(f"{case.trips}\nconsumer: {{batch_size: 447}}") == []
