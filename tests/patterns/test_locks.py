import pytest
from spec_table import engine, resolve, spec_text

from skymason.patterns.merge import at

BUCKET = "{prod: {ingress: {access_logs: false}}}"


@pytest.mark.parametrize(
    ("overrides", "tail", "line", "key", "tried"),
    [
        ("ingress: {access_logs: false}", "", 5, "overrides.ingress.access_logs", "set to false"),
        ("ingress:\n  access_logs: null", "", 6, "overrides.ingress.access_logs", "taken away"),
        ('ingress: {access_logs: "true"}', "", 5, "overrides.ingress.access_logs", 'set to "true"'),
        ("ingress: {access_logs: {a: 1, b: 2}}", "", 5, "overrides.ingress.access_logs", "set to {}"),
        ("{}", f"environments: {BUCKET}\n", 6, "environments.prod.ingress.access_logs", "set to false"),
    ],
)
def test_a_locked_key_cannot_be_changed(overrides: str, tail: str, line: int, key: str, tried: str) -> None:
    resolution = resolve(spec_text(overrides, tail=tail))
    assert [
        (item.code.id, item.location.line, item.key, item.message) for item in resolution.diagnostics
    ] == [
        (
            "SM2009",
            line,
            key,
            f"ingress.access_logs is locked to true and cannot be {tried}: "
            "without them an incident cannot be looked into",
        )
    ]
    assert resolution.services[0].config["ingress"]["access_logs"] is True
    assert resolution.services[0].layers["ingress.access_logs"].name == "locked"
    assert resolution.diagnostics[0].fix == f"remove {key}"


def test_the_locked_value_itself_may_be_given() -> None:
    assert resolve(spec_text("ingress: {access_logs: true}")).diagnostics == []


def test_every_attempt_is_reported() -> None:
    text = spec_text("ingress: {access_logs: false}", tail=f"environments: {BUCKET}\n")
    assert [(item.code.id, item.location.line) for item in resolve(text).diagnostics] == [
        ("SM2009", 5),
        ("SM2009", 6),
    ]


def test_the_section_around_a_lock_cannot_be_deleted() -> None:
    resolution = resolve(spec_text("ingress: null"))
    assert [(item.code.id, item.location.line, item.key) for item in resolution.diagnostics] == [
        ("SM2008", 5, "overrides.ingress"),
        *[("SM2009", 5, "overrides.ingress")] * 3,
    ]
    assert resolution.services[0].config["ingress"]["waf"]["enabled"] is True


def test_a_scalar_in_place_of_the_section_is_a_wrong_type() -> None:
    resolution = resolve(spec_text("ingress: 5"))
    assert [(item.code.id, item.key, item.message) for item in resolution.diagnostics] == [
        ("SM2004", "overrides.ingress", "5 is not a section of keys")
    ]
    assert resolution.services[0].config["ingress"]["deletion_protection"] is True


def test_environments_that_are_excepted_choose_freely() -> None:
    overrides = "ingress: {access_logs: false, waf: {enabled: false}}\ncontainer: {read_only_root: false}"
    resolution = resolve(spec_text(overrides), environment="dev")
    assert resolution.diagnostics == []
    assert resolution.services[0].config["container"]["read_only_root"] is False
    found = resolve(spec_text("ingress: {deletion_protection: false}"), environment="staging").diagnostics
    assert found == []


def test_an_environment_that_nobody_named_is_held_to_productions_locks() -> None:
    found = resolve(spec_text("ingress: {waf: {enabled: false}}"), environment="qa").diagnostics
    assert [item.code.id for item in found] == ["SM2009"]


def test_the_cause_is_named() -> None:
    (found,) = resolve(spec_text("ingress: {waf: {enabled: false}}")).diagnostics
    (lock,) = [layer for lock, layer in engine().library.locks("web_api", "aws", "prod") if "waf" in lock.key]
    assert found.set_by == (f"ingress.waf.enabled = true: locked ({lock.location('')})",)


@pytest.mark.parametrize("pattern", ["web_api", "background_worker", "data_api", "event_processor"])
@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_locks_hold_in_every_pattern(pattern: str, environment: str) -> None:
    service = resolve(spec_text(pattern=pattern), environment=environment).services[0]
    locks = list(engine().library.locks(pattern, "aws", environment))
    assert locks or environment == "dev"
    for lock, _ in locks:
        assert at(service.config, lock.key) == lock.value


@pytest.mark.parametrize(("environment", "found"), [("prod", ["SM2009"]), ("staging", []), ("dev", [])])
def test_what_remembers_events_stays_protected_in_production(environment: str, found: list[str]) -> None:
    text = spec_text("deletion_protection: false", pattern="event_processor")
    assert [item.code.id for item in resolve(text, environment=environment).diagnostics] == found
    default = resolve(spec_text(pattern="event_processor"), environment=environment).services[0]
    assert default.config["deletion_protection"] is (environment != "dev")


@pytest.mark.parametrize(
    "escape",
    [
        "kept-store-bucket: {force_destroy: true}",
        "events-stream: {enforce_consumer_deletion: true, retention_period: 24}",
        "events-leases-table: {deletion_protection_enabled: false}",
        "seen-table: {deletion_protection_enabled: false}",
    ],
)
def test_nor_does_escape_take_it_away(escape: str) -> None:
    text = spec_text(f"escape: {{{escape}}}", pattern="event_processor")
    assert [item.code.id for item in resolve(text).diagnostics] == ["SM2153"]
    assert resolve(text, environment="staging").diagnostics == []


@pytest.mark.parametrize(
    ("escape", "free"),
    [("{deletion_protection: false}", "staging"), ("{skip_final_snapshot: true}", "dev")],
)
def test_nor_that_of_a_database(escape: str, free: str) -> None:
    text = spec_text(f"escape: {{database-instance: {escape}}}", pattern="data_api")
    assert [item.code.id for item in resolve(text).diagnostics] == ["SM2153"]
    assert resolve(text, environment=free).diagnostics == []


def test_what_the_lock_says_may_be_said_again() -> None:
    same = (
        "escape: {kept-store-bucket: {force_destroy: false}, seen-table: {deletion_protection_enabled: true}}"
    )
    assert resolve(spec_text(same, pattern="event_processor")).diagnostics == []
