import pytest
from spec_table import Case, resolve, spec_text

WORKER = "background_worker"
SALES = {"sales": {"kind": "sns_topic", "arn": "arn:aws:sns:eu-central-1:123456789012:sales"}}

CASES = [
    Case(
        "SM2321",
        "dead_letter: {max_receives: 1}",
        "dead_letter: {max_receives: 2}",
        "overrides.dead_letter.max_receives",
        "a message is set aside after 1 receive",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2322",
        "dead_letter: {retention_seconds: 604799}",
        "dead_letter: {retention_seconds: 604800}",
        "overrides.dead_letter.retention_seconds",
        "a message that was set aside at its end is kept for 259199 s more",
        pattern=WORKER,
        severity="warning",
    ),
    Case(
        "SM2323",
        "queue: {visibility_seconds: 721}",
        "queue: {visibility_seconds: 720}",
        "overrides.queue.visibility_seconds",
        "a message takes 30 s at most, and is hidden for 721 s",
        pattern=WORKER,
        severity="warning",
    ),
]

BUCKET, RULE = "arn:aws:s3:::shop-uploads", "arn:aws:events:eu-central-1:123456789012:rule/nightly"
CASES += [
    Case(
        "SM2326",
        f"queue: {{sources: [{{service: s3, arn: '{RULE}'}}]}}",
        f"queue: {{sources: [{{service: events, arn: '{RULE}'}}, {{service: s3, arn: '{BUCKET}'}}]}}",
        "overrides.queue.sources.0",
        "the service is s3, and the ARN of events",
        pattern=WORKER,
    ),
    Case(
        "SM2326",
        f"queue: {{fifo: true, sources: [{{service: s3, arn: '{BUCKET}'}}]}}",
        f"queue: {{fifo: true, sources: [{{service: events, arn: '{RULE}'}}]}}",
        "overrides.queue.sources.0",
        "buckets notify no FIFO queues",
        pattern=WORKER,
    ),
    Case(
        "SM2326",
        f"queue: {{sources: [{{service: s3, arn: '{BUCKET}'}}]}}",
        "{}",
        "overrides.queue.sources.0",
        "there is no s3 on azure",
        pattern=WORKER,
        cloud="azure",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_a_patient_queue_has_no_later_dead_letters() -> None:
    text = spec_text("queue: {retention_seconds: 1123200}", pattern=WORKER)
    assert resolve(text).diagnostics == []


@pytest.mark.parametrize(("access", "codes"), [("receive", ["SM2324"]), ("send", [])])
def test_messages_are_for_the_worker_alone(access: str, codes: list[str]) -> None:
    mailer = spec_text(name="mailer", pattern=WORKER)
    text = spec_text(tail=f"uses:\n- {{resource: mailer-queue, access: {access}}}\n")
    found = resolve(text, mailer).diagnostics
    assert [item.code.id for item in found] == codes
    if found:
        assert (str(found[0].severity), str(found[0].location), found[0].key, found[0].message) == (
            "warning",
            "services/s0.yaml:7",
            "uses.0.access",
            "'mailer-queue' is the queue of 'mailer'",
        )


@pytest.mark.parametrize(
    ("size", "access", "codes"),
    [(257, "subscribe", ["SM2325"]), (256, "subscribe", []), (257, "publish", [])],
)
def test_a_topic_takes_smaller_messages_than_a_queue(size: int, access: str, codes: list[str]) -> None:
    tail = f"uses: [{{resource: sales, access: {access}}}]\n"
    text = spec_text(f"queue: {{max_message_kb: {size}}}", pattern=WORKER, tail=tail)
    found = resolve(text, settings_changes={"existing": SALES}).diagnostics
    assert [item.code.id for item in found] == codes
    assert [item.message for item in found] == [
        "the queue takes 257 KiB, its topics at most 256 KiB" for _ in codes
    ]


@pytest.mark.parametrize(
    ("caller", "callee", "codes"),
    [
        ("critical", "best_effort", ["SM2609"]),
        ("critical", "standard", []),
        ("standard", "best_effort", []),
    ],
)
def test_what_a_critical_service_calls(caller: str, callee: str, codes: list[str]) -> None:
    other = spec_text(name="wallet", identity=f"tier: {callee}")
    tail = "uses: [{service: wallet, access: invoke}]\n"
    found = resolve(spec_text(identity=f"tier: {caller}", tail=tail), other).diagnostics
    assert [(item.code.id, item.key) for item in found] == [(code, "uses.0.service") for code in codes]
    assert [item.message for item in found] == [
        "'orders' is critical, and 'wallet' best_effort" for _ in codes
    ]
