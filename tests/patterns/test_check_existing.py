import pytest
from spec_table import DIGEST, Case, resolve, spec_text

WORKER, DATA, EVENTS = "background_worker", "data_api", "event_processor"
JOBS = "arn:aws:sqs:eu-central-1:123456789012:jobs"
STREAM = "arn:aws:kinesis:eu-central-1:123456789012:stream/telemetry"
CLUSTER = "arn:aws:kafka:eu-central-1:123456789012:cluster/events/aaaa-1"
CACHE = "arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:sessions"
DATABASE = "{resource_id: db-ABC, host: db.example.com}"
OWN = "pool: {kind: pgbouncer}\ndatabase: "


def queue(arn: str, dead: str, more: str = "") -> str:
    return f"queue: {{{more}existing: {{arn: '{arn}', dead_letter_arn: '{dead}'}}}}"


CASES = [
    Case(
        "SM2316",
        queue(f"{JOBS}.fifo", f"{JOBS}-failed.fifo", "fifo: true, ").replace(f"{JOBS}.fifo", JOBS),
        queue(f"{JOBS}.fifo", f"{JOBS}-failed.fifo", "fifo: true, "),
        "overrides.queue.existing.arn",
        "queue.fifo is true, but jobs is a standard queue",
        pattern=WORKER,
    ),
    Case(
        "SM2316",
        queue(JOBS, f"{JOBS}-failed.fifo"),
        queue(JOBS, f"{JOBS}-failed"),
        "overrides.queue.existing.dead_letter_arn",
        "queue.fifo is false, but jobs-failed.fifo is a FIFO queue",
        pattern=WORKER,
    ),
    Case(
        "SM2110",
        queue(JOBS, f"{JOBS}-failed", "sources: [{service: s3, arn: 'arn:aws:s3:::uploads'}], "),
        queue(JOBS, f"{JOBS}-failed"),
        "overrides.queue.existing",
        "who may send to a queue that is there already is its owner's to say",
        pattern=WORKER,
    ),
    Case(
        "SM2415",
        f"{OWN}{{existing: {DATABASE}, extensions: [pg_trgm, unaccent]}}",
        f"{OWN}{{existing: {DATABASE}}}",
        "overrides.database.extensions",
        "pg_trgm, unaccent must be there already, and the users of the service too",
        line=6,
        pattern=DATA,
        severity="warning",
    ),
    Case(
        "SM2415",
        f"{OWN}{{existing: {DATABASE}, extensions: [pg_trgm]}}",
        f"{OWN}{{existing: {DATABASE}, extensions: [pg_trgm]}}".replace(
            "}, ext", ", master_secret_arn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:m'}, ext"
        ),
        "overrides.database.extensions",
        "pg_trgm must be there already, and the users of the service too",
        line=6,
        pattern=DATA,
        severity="warning",
    ),
    Case(
        "SM2110",
        f"database: {{existing: {DATABASE}}}",
        f"{OWN}{{existing: {DATABASE}}}",
        "overrides.database.existing",
        "no proxy is made for a database that is there already",
        pattern=DATA,
    ),
    Case(
        "SM2110",
        f"{OWN}{{existing: {DATABASE}, snapshot: ledger-final}}",
        f"{OWN}{{snapshot: ledger-final}}",
        "overrides.database.existing",
        "a database that is there already cannot start from a snapshot",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2110",
        f"{OWN}{{existing: {DATABASE}, read_replicas: 1}}",
        f"{OWN}{{read_replicas: 1}}",
        "overrides.database.existing",
        "no replicas are made of a database that is there already",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2110",
        f"{OWN}{{existing: {DATABASE}, backup_region: eu-west-1}}",
        f"{OWN}{{backup_region: eu-west-1}}",
        "overrides.database.existing",
        "backups of a database that is there already are its owner's",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2110",
        f"{OWN}{{existing: {DATABASE}, blue_green: true}}",
        f"{OWN}{{blue_green: true}}",
        "overrides.database.existing",
        "a database that is there already is upgraded by its owner",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2006",
        "database: {snapshot: 'ledger final'}",
        "database: {snapshot: 'arn:aws:rds:eu-central-1:210987654321:snapshot:rds:ledger-2026-01-01-02-00'}",
        "overrides.database.snapshot",
        '"ledger final" does not have the right form',
        pattern=DATA,
    ),
    Case(
        "SM2517",
        f"stream: {{existing: {{arn: '{CLUSTER}'}}}}",
        f"stream: {{existing: {{arn: '{STREAM}'}}}}",
        "overrides.stream.existing.arn",
        "stream.kind is kinesis, but the ARN is of kafka",
        pattern=EVENTS,
    ),
    Case(
        "SM2518",
        f"stream: {{existing: {{arn: '{STREAM}', topic: events}}}}",
        f"stream: {{existing: {{arn: '{STREAM}'}}}}",
        "overrides.stream.existing.topic",
        "a Kinesis stream has no 'topic'",
        pattern=EVENTS,
    ),
    Case(
        "SM2518",
        f"stream: {{kind: msk_serverless, existing: {{arn: '{CLUSTER}', topic: events}}}}",
        f"stream: {{kind: msk_serverless, existing: {{arn: '{CLUSTER}', topic: events, "
        "bootstrap_servers: 'b-1.example.com:9098'}}",
        "overrides.stream.existing",
        "'bootstrap_servers' of the cluster is not given",
        pattern=EVENTS,
    ),
]

ABROAD = [
    (WORKER, queue(JOBS, f"{JOBS}-failed"), "queue.existing.dead_letter_arn", f"{JOBS}-failed"),
    (EVENTS, f"stream: {{existing: {{arn: '{STREAM}'}}}}", "stream.existing.arn", STREAM),
    (
        DATA,
        f"cache: {{existing: {{arn: '{CACHE}', host: h, user_id: u, user_arn: 'arn:aws:x'}}}}",
        "cache.existing.arn",
        CACHE,
    ),
]
CASES += [
    Case(
        "SM2610",
        overrides.replace(arn, arn.replace("eu-central-1", "eu-west-1")),
        overrides,
        f"overrides.{key}",
        "it is in eu-west-1, and the stack in eu-central-1",
        pattern=pattern,
    )
    for pattern, overrides, key, arn in ABROAD
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_a_queue_of_somebody_else_cannot_subscribe() -> None:
    existing = {"sales": {"kind": "sns_topic", "arn": "arn:aws:sns:eu-central-1:123456789012:sales"}}
    tail = "uses: [{resource: sales, access: subscribe}]\n"
    text = spec_text(queue(JOBS, f"{JOBS}-failed"), pattern=WORKER, tail=tail)
    (found,) = resolve(text, settings_changes={"existing": existing}).diagnostics
    assert (found.code.id, found.location.line, found.key) == ("SM2317", 5, "overrides.queue.existing")
    assert found.message == "'sales' cannot be subscribed to for a queue that is there already"
    own = spec_text(pattern=WORKER, tail=tail)
    assert resolve(own, settings_changes={"existing": existing}).diagnostics == []
    assert DIGEST in text
