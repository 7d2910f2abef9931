import pytest
from spec_table import Case, resolve, spec_text

from skymason.patterns.checks.queue import longest_life

WORKER = "background_worker"
SPOT_POOL = {"name": "spot", "instance_types": ["m7g.large"], "min": 1, "max": 3, "spot": True}

CASES = [
    Case(
        "SM2301",
        "queue: {visibility_seconds: 179}",
        "queue: {visibility_seconds: 180}",
        "overrides.queue.visibility_seconds",
        "a message is hidden for 179 s, which is less than 6 × 30 s of processing",
        pattern=WORKER,
    ),
    Case(
        "SM2302",
        "dead_letter: {retention_seconds: 345600}",
        "dead_letter: {retention_seconds: 604800}",
        "overrides.dead_letter.retention_seconds",
        "dead letters are kept for 345600 s, messages for 345600 s",
        pattern=WORKER,
    ),
    Case(
        "SM2303",
        "queue: {retention_seconds: 899}\nalarms: {oldest_message_seconds: 300}",
        "queue: {retention_seconds: 900}\nalarms: {oldest_message_seconds: 300}",
        "overrides.queue.retention_seconds",
        "5 attempts and the waits between them may take 900 s, a message is kept for 899 s",
        pattern=WORKER,
    ),
    Case(
        "SM2304",
        "retry: {max_seconds: 43171}",
        "retry: {max_seconds: 43170}",
        "overrides.retry.max_seconds",
        "30 s of work and a wait of 43171 s are more than the 43200 s that a message can be hidden",
        pattern=WORKER,
    ),
    Case(
        "SM2305",
        "retry: {max_seconds: 9}",
        "retry: {max_seconds: 10}",
        "overrides.retry.max_seconds",
        "retry.max_seconds is 9, retry.base_seconds 10",
        pattern=WORKER,
    ),
    Case(
        "SM2306",
        "shutdown: {grace_seconds: 39, pre_stop_seconds: 10}",
        "shutdown: {grace_seconds: 40, pre_stop_seconds: 10}",
        "overrides.shutdown.grace_seconds",
        "a message may take 30 s, a replica is killed after 39 s",
        pattern=WORKER,
    ),
    Case(
        "SM2307",
        "scaling: {min: 0, acceptable_latency_seconds: 119}",
        "scaling: {min: 0, acceptable_latency_seconds: 120}",
        "overrides.scaling.min",
        "a message may wait 119 s, but with no replica there the first one waits for a start of up to 120 s",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2308",
        "alarms: {oldest_message_seconds: 345600}",
        "alarms: {oldest_message_seconds: 345599}",
        "overrides.alarms.oldest_message_seconds",
        "the alarm waits until a message is 345600 s old, but it is deleted after 345600 s",
        pattern=WORKER,
    ),
    Case(
        "SM2309",
        "scaling: {acceptable_latency_seconds: 29}",
        "scaling: {acceptable_latency_seconds: 30}",
        "overrides.scaling.acceptable_latency_seconds",
        "a message may wait 29 s, but one takes 30 s",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2310",
        "alarms: {oldest_message_seconds: 90}",
        "alarms: {oldest_message_seconds: 91}",
        "overrides.alarms.oldest_message_seconds",
        "the alarm fires when a message is 90 s old, but one may wait 60 s and then take 30 s",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2311",
        "dead_letter: {max_receives: 2}\nspot: true\nqueue: {processing_seconds: 121}\n"
        "shutdown: {grace_seconds: 200}\nscaling: {acceptable_latency_seconds: 300}",
        "dead_letter: {max_receives: 3}\nspot: true\nqueue: {processing_seconds: 121}\n"
        "shutdown: {grace_seconds: 200}\nscaling: {acceptable_latency_seconds: 300}",
        "overrides.dead_letter.max_receives",
        "a message takes up to 121 s, capacity is taken away within 120 s, and a message is set aside after "
        "2 receives",
        pattern=WORKER,
        severity="warning",
        settings={"aws__cluster": {"node_pools": [SPOT_POOL]}},
    ),
    Case(
        "SM2312",
        "queue: {long_poll_seconds: 0}",
        "queue: {long_poll_seconds: 1}",
        "overrides.queue.long_poll_seconds",
        "a receive that finds nothing returns at once",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2313",
        "alarms: {backlog_messages: 16}\nscaling: {concurrency: 4}",
        "alarms: {backlog_messages: 17}\nscaling: {concurrency: 4}",
        "overrides.alarms.backlog_messages",
        "the alarm fires at 16 messages, but 2 replicas finish 16 in the acceptable time",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2314",
        "queue: {filters: {sales: {kind: [refund]}}}",
        "queue: {filters: {}}",
        "overrides.queue.filters.sales",
        "'orders' does not subscribe to 'sales'",
        pattern=WORKER,
    ),
    Case(
        "SM2315",
        "retry: {jitter: 0}",
        "retry: {jitter: 0.1}",
        "overrides.retry.jitter",
        "retry.jitter is 0",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2110",
        "singleton: true\nscaling: {min: 0, max: 1, acceptable_latency_seconds: 300}",
        "singleton: true\nscaling: {min: 1, max: 1}",
        "overrides.singleton",
        "singleton cannot be combined with scaling to zero: a restart may overlap with the old replica",
        pattern=WORKER,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(
    ("processing", "visibility", "receives", "base", "factor", "most", "seconds"),
    [
        (30, None, 1, 10, 2, 900, 180),  # one attempt that crashes
        (30, 60, 3, 10, 2, 900, 60 + 60 + 60),  # waits fit into the visibility
        (30, 60, 4, 100, 2, 250, 130 + 230 + 280 + 60),  # waits of 100, 200 and (at most) 250
        (30, 60, 3, 100, 1, 900, 130 + 130 + 60),
    ],
)
def test_longest_life(
    processing: int, visibility: int | None, receives: int, base: int, factor: float, most: int, seconds: int
) -> None:
    assert longest_life(processing, visibility, receives, base, factor, most) == seconds


def test_a_filter_of_a_topic_that_is_subscribed_to() -> None:
    topic = {"kind": "sns_topic", "arn": "arn:aws:sns:eu-central-1:123456789012:sales"}
    text = spec_text(
        "queue: {filters: {sales: {kind: [refund]}}}",
        pattern=WORKER,
        tail="uses:\n  - {resource: sales, access: subscribe}\n",
    )
    assert resolve(text, settings_changes={"existing": {"sales": topic}}).diagnostics == []


def test_a_singleton_never_meets_itself() -> None:
    overrides = "retry: {jitter: 0}\nsingleton: true\nscaling: {min: 1, max: 1}"
    Case("", "", overrides, "", "", pattern=WORKER).assert_near_miss()


def test_without_alarms_none_is_wrong() -> None:
    overrides = "alarms: {enabled: false, oldest_message_seconds: 60, backlog_messages: 1}"
    Case("", "", overrides, "", "", pattern=WORKER).assert_near_miss()


def test_service_bus_renews_its_locks() -> None:
    overrides = "queue: {visibility_seconds: 60}\nretry: {max_seconds: 43200}\ndead_letter: {max_receives: 3}"
    Case("", "", overrides, "", "", pattern=WORKER, cloud="azure").assert_near_miss()
