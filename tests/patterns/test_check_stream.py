import pytest
from spec_table import Case

from skymason.patterns.checks.stream import partitions_for
from skymason.patterns.models.event_processor import StreamKind

EVENTS = "event_processor"

CASES = [
    Case(
        "SM2110",
        "scaling: {min: 0}",
        "stream: {kind: msk_serverless}\nscaling: {min: 0}",
        "overrides.scaling.min",
        "a consumer of Kinesis cannot scale to zero: the stream tells no lag while nobody reads it",
        pattern=EVENTS,
    ),
    Case(
        "SM2110",
        "scaling: {min: 0, max: 1}",
        "scaling: {min: 0, max: 1}\nsingleton: true",
        "overrides.scaling.min",
        "a consumer of Kinesis cannot scale to zero: the stream tells no lag while nobody reads it",
        pattern=EVENTS,
        environment="dev",
    ),
    Case(
        "SM2501",
        "stream: {events_per_second: 4001}",
        "stream: {events_per_second: 4000}",
        "overrides.stream.events_per_second",
        "4001 events of 1024 bytes a second need 5 partitions, not 4",
        pattern=EVENTS,
    ),
    Case(
        "SM2501",
        "stream: {event_bytes: 5000}",
        "stream: {event_bytes: 5000, capacity: on_demand, events_per_second: 800}",
        "overrides.stream.event_bytes",
        "1000 events of 5000 bytes a second need 5 partitions, not 4",
        pattern=EVENTS,
    ),
    Case(
        "SM2502",
        "scaling: {max: 5}",
        "scaling: {max: 4}",
        "overrides.scaling.max",
        "5 replicas share 4 partitions",
        pattern=EVENTS,
    ),
    Case(
        "SM2503",
        "consumer: {event_ms: 9}",
        "consumer: {event_ms: 8}",
        "overrides.consumer.event_ms",
        "4 partitions × 2 batches at 9 ms an event are 889 events a second, the peak is 1000",
        pattern=EVENTS,
    ),
    Case(
        "SM2504",
        "ordering: {key: building}\nidempotency: {enabled: false}",
        "ordering: {key: building}\nidempotency: {enabled: true}",
        "overrides.idempotency.enabled",
        "order is kept by key, but a repeated event would be processed again after later ones",
        line=6,
        pattern=EVENTS,
    ),
    Case(
        "SM2505",
        "idempotency: {ttl_hours: 167}",
        "idempotency: {ttl_hours: 168}",
        "overrides.idempotency.ttl_hours",
        "ids are remembered for 167 h, events come again for up to 168 h",
        pattern=EVENTS,
    ),
    Case(
        "SM2506",
        "alarms: {lag_seconds: 604800}",
        "alarms: {lag_seconds: 604799}",
        "overrides.alarms.lag_seconds",
        "the alarm waits for a lag of 604800 s, events are kept for 168 h",
        pattern=EVENTS,
    ),
    Case(
        "SM2507",
        "stream: {kind: event_hubs}",
        "stream: {kind: msk_serverless}",
        "overrides.stream.kind",
        "there is no event_hubs on aws",
        pattern=EVENTS,
    ),
    Case(
        "SM2508",
        "stream: {event_bytes: 1048577, events_per_second: 1}\nconsumer: {batch_size: 100}",
        "stream: {event_bytes: 1048576, events_per_second: 1}\nconsumer: {batch_size: 100}",
        "overrides.stream.event_bytes",
        "kinesis takes events of up to 1048576 bytes",
        pattern=EVENTS,
    ),
    Case(
        "SM2509",
        "stream: {retention_hours: 23}",
        "stream: {retention_hours: 24}",
        "overrides.stream.retention_hours",
        "kinesis keeps events for 24 to 8760 hours, not 23",
        pattern=EVENTS,
    ),
    Case(
        "SM2509",
        "stream: {retention_hours: 2161}\nidempotency: {ttl_hours: 3000}",
        "stream: {retention_hours: 2160}\nidempotency: {ttl_hours: 3000}",
        "overrides.stream.retention_hours",
        "event_hubs keeps events for 1 to 2160 hours, not 2161",
        pattern=EVENTS,
        cloud="azure",
    ),
    Case(
        "SM2510",
        "store: {object_lock_days: 366}",
        "store: {object_lock_days: 365}",
        "overrides.store.object_lock_days",
        "events are locked for 366 days, but kept for 365",
        pattern=EVENTS,
    ),
    Case(
        "SM2511",
        "store: {archive_after_days: 365}",
        "store: {archive_after_days: 275}",
        "overrides.store.archive_after_days",
        "events are archived after 365 days, but kept for 365",
        pattern=EVENTS,
        severity="warning",
    ),
    Case(
        "SM2512",
        "schemas: {format: avro, files: [reading.avsc, alarm.json]}",
        "schemas: {format: avro, files: [reading.avsc]}",
        "overrides.schemas.files.1",
        "'alarm.json' is no file of the format avro",
        pattern=EVENTS,
    ),
    Case(
        "SM2513",
        "stream: {kind: msk_provisioned}",
        "stream: {kind: msk_provisioned, broker_type: kafka.m7g.large}",
        "overrides.stream.kind",
        "msk_provisioned needs a broker type",
        pattern=EVENTS,
    ),
    Case(
        "SM2513",
        "stream: {broker_type: kafka.m7g.large}",
        "stream: {broker_type: null}",
        "overrides.stream.broker_type",
        "kinesis has no brokers to size",
        pattern=EVENTS,
    ),
    Case(
        "SM2110",
        "stream: {kind: msk_serverless, enhanced_fan_out: true}",
        "stream: {kind: kinesis, enhanced_fan_out: true}",
        "overrides.stream.kind",
        "enhanced_fan_out is a feature of Kinesis; consumers of MSK never share a channel",
        pattern=EVENTS,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(
    ("kind", "events", "size", "partitions"),
    [
        (StreamKind.KINESIS, 1, 1, 1),
        (StreamKind.KINESIS, 1000, 1048, 1),
        (StreamKind.KINESIS, 1001, 10, 2),
        (StreamKind.KINESIS, 1000, 2097, 2),
        (StreamKind.MSK_SERVERLESS, 100_000, 1000, 20),
        (StreamKind.EVENT_HUBS, 100_000, 10, 1),
    ],
)
def test_partitions_for_a_rate(kind: StreamKind, events: int, size: int, partitions: int) -> None:
    assert partitions_for(kind, events, size) == partitions


def test_a_store_that_is_off_has_no_times() -> None:
    overrides = "store: {enabled: false, archive_after_days: 9999, object_lock_days: 9999}"
    Case("", "", overrides, "", "", pattern=EVENTS).assert_near_miss()
