import pytest
from spec_table import resolve, spec_text

from skymason.diagnostics import Location
from skymason.patterns.resolved import Edge


def uses(*entries: str) -> str:
    return "uses:\n" + "".join(f"- {{{entry}}}\n" for entry in entries)


WORKER = spec_text(name="mailer", pattern="background_worker")
DATA = spec_text(name="ledger", pattern="data_api")
WEB = spec_text("ports: [{name: http, port: 9000}]", name="wallet")


def test_edges_and_callers() -> None:
    text = spec_text(
        tail=uses(
            "service: wallet, access: invoke",
            "resource: pictures, access: readwrite",
            "resource: signing-key, access: read",
            "resource: mailer-queue, access: send",
        )
    )
    resolution = resolve(text, WEB, WORKER)
    assert resolution.diagnostics == []
    services = {service.name: service for service in resolution.services}
    assert services["orders"].edges == (
        Edge("wallet", "service", "invoke", Location("services/s0.yaml", 7), port=9000),
        Edge("pictures", "s3_bucket", "readwrite", Location("services/s0.yaml", 8)),
        Edge("signing-key", "secret", "read", Location("services/s0.yaml", 9)),
        Edge("mailer-queue", "sqs_queue", "send", Location("services/s0.yaml", 10), provider="mailer"),
    )
    assert resolution.callers == {"mailer": (), "orders": (), "wallet": ("orders",)}
    # A service comes after those whose resources it uses.
    assert [service.name for service in resolution.services] == ["mailer", "orders", "wallet"]


def test_providers_come_first_whatever_their_names() -> None:
    text = spec_text(name="api", tail=uses("resource: mailer-queue, access: send"))
    between = spec_text(
        name="mailer", pattern="background_worker", tail=uses("resource: zebra-queue, access: send")
    )
    last = spec_text(name="zebra", pattern="background_worker")
    resolution = resolve(text, between, last)
    assert resolution.diagnostics == []
    assert [service.name for service in resolution.services] == ["zebra", "mailer", "api"]


@pytest.mark.parametrize(
    ("entry", "code", "key", "message", "fix"),
    [
        (
            "service: walet, access: invoke",
            "SM2601",
            "uses.0.service",
            "there is no service 'walet'",
            "did you mean 'wallet'? allowed: ledger, mailer, orders, wallet",
        ),
        (
            "service: pictures, access: invoke",
            "SM2601",
            "uses.0.service",
            "there is no service 'pictures'",
            "'pictures' is a resource: write resource: pictures",
        ),
        (
            "resource: picturs, access: read",
            "SM2601",
            "uses.0.resource",
            "there is no resource 'picturs'",
            "did you mean 'pictures'? known: ledger-cache, ledger-database, mailer-queue, pictures, "
            "signing-key; declare others under the stack's `existing`",
        ),
        (
            "resource: nothing-like-it, access: read",
            "SM2601",
            "uses.0.resource",
            "there is no resource 'nothing-like-it'",
            "known: ledger-cache, ledger-database, mailer-queue, pictures, signing-key; declare others under "
            "the stack's `existing`",
        ),
        (
            "resource: wallet, access: invoke",
            "SM2601",
            "uses.0.resource",
            "there is no resource 'wallet'",
            "'wallet' is a service: write service: wallet, access: invoke",
        ),
        (
            "resource: signing-key, access: write",
            "SM2602",
            "uses.0.access",
            "secret 'signing-key' does not offer 'write'",
            "allowed: read",
        ),
        (
            "resource: pictures, access: raed",
            "SM2602",
            "uses.0.access",
            "s3_bucket 'pictures' does not offer 'raed'",
            "did you mean 'read'? allowed: read, write, readwrite",
        ),
        (
            "service: wallet, access: read",
            "SM2602",
            "uses.0.access",
            "service 'wallet' does not offer 'read'",
            "allowed: invoke",
        ),
        (
            "service: mailer, access: invoke",
            "SM2602",
            "uses.0.access",
            "service 'mailer' does not offer 'invoke'",
            "use its resources: mailer-queue",
        ),
        (
            "service: orders, access: invoke",
            "SM2603",
            "uses.0.service",
            "'orders' uses itself",
            "remove the entry",
        ),
        (
            "access: read",
            "SM2607",
            "uses.0",
            "each entry names one target",
            "give either service: NAME or resource: NAME",
        ),
        (
            "service: wallet, resource: pictures, access: read",
            "SM2607",
            "uses.0",
            "each entry names one target",
            "give either service: NAME or resource: NAME",
        ),
        (
            "service: wallet",
            "SM2003",
            "uses.0.access",
            "'access' is required",
            "add it. What it may do; depends on the kind of the target.",
        ),
    ],
)
def test_what_cannot_be_used(entry: str, code: str, key: str, message: str, fix: str) -> None:
    resolution = resolve(spec_text(tail=uses(entry)), WEB, WORKER, DATA)
    assert [
        (item.code.id, str(item.location), item.key, item.message, item.fix)
        for item in resolution.diagnostics
    ] == [(code, "services/s0.yaml:7", key, message, fix)]
    assert next(service for service in resolution.services if service.name == "orders").edges == ()


def test_a_workers_own_queue_needs_no_entry() -> None:
    text = spec_text(pattern="background_worker", tail=uses("resource: orders-queue, access: receive"))
    (found,) = resolve(text).diagnostics
    assert (found.code.id, found.message) == ("SM2603", "'orders-queue' belongs to 'orders' itself")


def test_a_target_is_named_once() -> None:
    text = spec_text(
        tail=uses(
            "resource: pictures, access: read",
            "resource: pictures, access: write",
            "service: wallet, access: invoke",
        )
    )
    (found,) = resolve(text, WEB).diagnostics
    assert (found.code.id, found.location.line, found.key) == ("SM2605", 8, "uses.1")


def test_a_name_of_two_resources() -> None:
    existing = {"mailer-queue": {"kind": "sqs_queue", "arn": "arn:aws:sqs:eu-central-1:123456789012:q"}}
    text = spec_text(tail=uses("resource: mailer-queue, access: send"))
    (found,) = resolve(text, WORKER, settings_changes={"existing": existing}).diagnostics
    assert (found.code.id, found.message) == (
        "SM2606",
        "'mailer-queue' is both an existing resource and one of service 'mailer'",
    )


def test_a_resource_that_a_service_does_not_make() -> None:
    text = spec_text(tail=uses("resource: ledger-cache, access: read"))
    assert resolve(text, DATA).diagnostics == []
    without = spec_text("cache: {enabled: false}", name="ledger", pattern="data_api")
    assert [item.code.id for item in resolve(text, without).diagnostics] == ["SM2601"]


@pytest.mark.parametrize("cloud", ["aws", "azure"])
def test_what_a_service_keeps_may_be_read_by_others_and_written_by_none(cloud: str) -> None:
    events = spec_text(name="meters", pattern="event_processor")
    kind = {"aws": "s3_bucket", "azure": "storage_container"}[cloud]
    for access in ("write", "readwrite"):
        text = spec_text(tail=uses(f"resource: meters-events, access: {access}"))
        (found,) = resolve(text, events, cloud=cloud).diagnostics
        assert (found.code.id, str(found.location), found.key) == (
            "SM2602",
            "services/s0.yaml:7",
            "uses.0.access",
        )
        assert found.message == f"{kind} 'meters-events' does not offer '{access}'"
        assert found.fix == "allowed: read"
    reader = spec_text(tail=uses("resource: meters-events, access: read"))
    assert resolve(reader, events, cloud=cloud).diagnostics == []


def test_resources_of_another_cloud() -> None:
    text = spec_text(tail=uses("resource: pictures, access: read"))
    (found,) = resolve(text, cloud="azure").diagnostics
    assert (found.code.id, found.message) == ("SM2608", "'pictures' (s3_bucket) is not on azure")


def test_a_service_on_another_cloud() -> None:
    elsewhere = spec_text(name="wallet").replace("pattern:", "cloud: azure\npattern:")
    text = spec_text(tail=uses("service: wallet, access: invoke"))
    found = resolve(text, elsewhere).diagnostics
    assert [(item.code.id, str(item.severity), item.message) for item in found] == [
        ("SM2608", "error", "'wallet' is on another cloud than 'orders'"),
        ("SM2013", "note", "'wallet' is for azure, this stack deploys to aws"),
    ]


def test_calls_in_a_circle_are_a_warning() -> None:
    def caller(name: str, other: str) -> str:
        return spec_text(name=name, tail=uses(f"service: {other}, access: invoke"))

    found = resolve(caller("a", "b"), caller("b", "c"), caller("c", "b")).diagnostics
    assert [(item.code.id, str(item.severity), str(item.location), item.message) for item in found] == [
        ("SM2604", "warning", "services/s1.yaml:7", "b → c → b")
    ]
    assert found[0].fix == "let one of them hand over by a queue in place of a call"


def test_resources_in_a_circle_cannot_be_deployed() -> None:
    def worker(name: str, *entries: str) -> str:
        return spec_text(name=name, pattern="background_worker", tail=uses(*entries))

    one = worker("a", "resource: b-queue, access: send")
    other = worker("b", "resource: a-queue, access: send")
    found = resolve(one, other).diagnostics
    assert [(item.code.id, str(item.severity), item.message) for item in found] == [
        ("SM2604", "error", "a → b → a")
    ]
    # A call one way and a resource the other: what has to be made first is still there to be made.
    api = spec_text(name="api", tail=uses("resource: w-queue, access: send"))
    back = worker("w", "service: api, access: invoke")
    assert [str(item.severity) for item in resolve(api, back).diagnostics] == ["error"]
