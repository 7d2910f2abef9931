import pytest
from spec_table import Case, resolve, spec_text

WORKER, EVENTS = "background_worker", "event_processor"
PLACE = "arn:aws:sns:eu-central-1:123456789012"
TOPICS = {
    "sales": {"kind": "sns_topic", "arn": f"{PLACE}:sales"},
    "postings": {"kind": "sns_topic", "arn": f"{PLACE}:postings.fifo"},
}


def subscriber(topic: str, overrides: str = "{}", access: str = "subscribe") -> str:
    tail = f"uses: [{{resource: {topic}, access: {access}}}]\n"
    return spec_text(overrides, pattern=WORKER, tail=tail)


@pytest.mark.parametrize(
    ("topic", "overrides", "found"),
    [
        (
            "sales",
            "queue: {fifo: true}",
            ("SM2318", "error", 5, "the topic 'sales' keeps no order, and the queue is FIFO"),
        ),
        (
            "postings",
            "queue: {fifo: false}",
            ("SM2319", "warning", 5, "the topic 'postings' keeps order, and the queue does not"),
        ),
        ("sales", "{}", None),
        ("postings", "queue: {fifo: true}", None),
    ],
)
def test_order_of_topics_and_queues(
    topic: str, overrides: str, found: tuple[str, str, int, str] | None
) -> None:
    diagnostics = resolve(subscriber(topic, overrides), settings_changes={"existing": TOPICS}).diagnostics
    assert [(item.code.id, str(item.severity), item.location.line, item.message) for item in diagnostics] == (
        [found] if found else []
    )


def test_who_publishes_may_keep_no_order() -> None:
    text = subscriber("sales", "queue: {fifo: true}", "publish")
    assert resolve(text, settings_changes={"existing": TOPICS}).diagnostics == []


@pytest.mark.parametrize(
    ("attributes", "combinations"),
    [
        (dict.fromkeys("abcdef", 1), 1),
        ({"kind": 151}, 151),
        ({"kind": 16, "place": 10}, 160),
    ],
)
def test_filters_that_sns_refuses(attributes: dict[str, int], combinations: int) -> None:
    policy = {name: [f"v{number}" for number in range(count)] for name, count in attributes.items()}
    text = subscriber("sales", f"queue:\n  filters:\n    sales: {policy}")
    (found,) = resolve(text, settings_changes={"existing": TOPICS}).diagnostics
    assert (found.code.id, found.location.line, found.key) == (
        "SM2320",
        7,
        "overrides.queue.filters.sales",
    )
    assert found.message == (
        f"the filter of 'sales' has {len(attributes)} attributes and {combinations} combinations of values; "
        "SNS takes 5 and 150"
    )


def test_the_largest_filter() -> None:
    policy = {"kind": [f"v{number}" for number in range(30)], "place": ["a", "b", "c", "d", "e"]}
    text = subscriber("sales", f"queue:\n  filters:\n    sales: {policy}")
    assert resolve(text, settings_changes={"existing": TOPICS}).diagnostics == []


def readers(access: str, number: int) -> list[str]:
    tail = f"uses: [{{resource: meters-stream, access: {access}}}]\n"
    return [spec_text(name=f"reader-{index}", tail=tail) for index in range(number)]


def meters(overrides: str) -> str:
    return spec_text(overrides, name="meters", pattern=EVENTS)


FULL = "stream: {events_per_second: 4000, event_bytes: 1000, partitions: 4}"


@pytest.mark.parametrize(
    ("overrides", "access", "number", "message"),
    [
        # The consumer and the delivery take 2 of the 2.1 MB a second that a shard gives.
        (
            FULL,
            "receive",
            1,
            "3 readers (reader-0 among them) take 3000000 bytes a second of each shard, which gives 2097152",
        ),
        (FULL.replace("}", ", enhanced_fan_out: true}"), "receive", 1, None),
        (f"{FULL}\nstore: {{enabled: false}}", "receive", 1, None),
        (FULL, "subscribe", 5, None),
        (FULL, "send", 1, None),
        ("{}", "receive", 5, None),
        (
            "stream: {kind: msk_serverless}",
            "receive",
            9,
            None,
        ),
    ],
)
def test_what_readers_share(overrides: str, access: str, number: int, message: str | None) -> None:
    found = resolve(meters(overrides), *readers(access, number)).diagnostics
    assert [(item.code.id, str(item.location), item.message) for item in found] == (
        [("SM2519", "services/s0.yaml:5", message)] if message else []
    )


def test_twenty_channels_and_no_more() -> None:
    own = "stream: {enhanced_fan_out: true}"
    assert resolve(meters(own), *readers("subscribe", 19)).diagnostics == []
    (found,) = resolve(meters(own), *readers("subscribe", 20)).diagnostics
    assert (found.code.id, found.key) == ("SM2520", "overrides.stream.enhanced_fan_out")
    assert found.message == ("21 services have a channel of their own of 'meters-stream', Kinesis gives 20")


def test_a_case_of_another_cloud() -> None:
    values = {name: ["x"] for name in "abcdef"}
    case = Case("SM2314", f"queue: {{filters: {{sales: {values}}}}}", "{}", "", "", cloud="azure")
    text = spec_text(case.trips, pattern=WORKER)
    assert [item.code.id for item in resolve(text, cloud="azure").diagnostics] == ["SM2314"]


def consumer(overrides: str, uses: str = "[{resource: meters-stream, access: receive}]") -> str:
    tail = f"uses: {uses}\n" if uses else ""
    return spec_text(f"scaling: {{max: 2}}\n{overrides}", name="bills", pattern=EVENTS, tail=tail)


QUIET = "store: {enabled: false}"


@pytest.mark.parametrize(
    ("overrides", "uses", "code", "message"),
    [
        (
            "stream: {source: meters-stream}",
            "",
            "SM2521",
            "'bills' does not receive from 'meters-stream'",
        ),
        (
            "stream: {source: meters-stream}",
            "[{resource: meters-stream, access: subscribe}]",
            "SM2521",
            "'bills' does not receive from 'meters-stream'",
        ),
        (
            "stream: {source: meters-stream, kind: msk_serverless}\nstore: {enabled: false}",
            "[{resource: meters-stream, access: receive}]",
            "SM2517",
            "stream.kind is msk_serverless, but 'meters-stream' is a kinesis_stream",
        ),
        (
            "stream: {source: meters-stream, existing: {arn: 'arn:aws:kinesis:eu-central-1:1:stream/x'}}".replace(
                ":1:", ":123456789012:"
            ),
            "[{resource: meters-stream, access: receive}]",
            "SM2110",
            "a processor reads one stream: the one under uses, or the one of stream.existing",
        ),
    ],
)
def test_what_a_processor_takes_as_its_own(overrides: str, uses: str, code: str, message: str) -> None:
    found = resolve(meters("{}"), consumer(overrides, uses)).diagnostics
    assert [(item.code.id, item.location.line, item.message) for item in found] == [(code, 6, message)]


def test_a_cluster_lets_one_delivery_in() -> None:
    kafka = "stream: {kind: msk_serverless}"
    taking = "stream: {kind: msk_serverless, source: meters-stream}"
    (found,) = resolve(meters(kafka), consumer(taking)).diagnostics
    assert (found.code.id, found.fix) == (
        "SM2110",
        "set store.enabled: false, and replay from the store of that service",
    )
    assert resolve(meters(kafka), consumer(f"{taking}\n{QUIET}")).diagnostics == []


def test_what_is_taken_from_another_is_not_offered_again() -> None:
    taking = consumer("stream: {source: meters-stream}")
    assert resolve(meters("{}"), taking).diagnostics == []
    third = spec_text(name="third", tail="uses: [{resource: bills-stream, access: send}]\n")
    (found,) = resolve(meters("{}"), taking, third).diagnostics
    assert (found.code.id, found.message) == ("SM2601", "there is no resource 'bills-stream'")


def test_a_processor_with_a_channel_of_its_own_shares_nothing() -> None:
    shared = consumer(f"stream: {{source: meters-stream}}\n{QUIET}")
    apart = consumer(f"stream: {{source: meters-stream, enhanced_fan_out: true}}\n{QUIET}")
    assert [item.code.id for item in resolve(meters(FULL), shared).diagnostics] == ["SM2519"]
    assert resolve(meters(FULL), apart).diagnostics == []
