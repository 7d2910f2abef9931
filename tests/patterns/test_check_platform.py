import pytest
from spec_table import Case, resolve, spec_text

CASES = [
    Case(
        "SM2141",
        "logging: {retention_days: 366}",
        "logging: {retention_days: 400}",
        "overrides.logging.retention_days",
        "CloudWatch does not keep logs for 366 days",
    ),
    Case(
        "SM2142",
        "logging: {retention_days: 180}",
        "logging: {retention_days: 365}",
        "overrides.logging.retention_days",
        "logs of a service with payment data are kept for 180 days",
        identity="data_classification: pci",
    ),
    Case(
        "SM2143",
        "logging: {level: debug}",
        "logging: {level: info}",
        "overrides.logging.level",
        "debug logs are on in prod",
        severity="warning",
    ),
    Case(
        "SM2144",
        "network: {egress_cidrs: [198.51.100.7/24]}",
        "network: {egress_cidrs: [198.51.100.0/24]}",
        "overrides.network.egress_cidrs.0",
        "198.51.100.7/24 has host bits set",
    ),
    Case(
        "SM2145",
        "network:\n  egress_cidrs:\n  - 10.0.0.0/8\n  - 0.0.0.0/0",
        "network:\n  egress_cidrs:\n  - 10.0.0.0/8\n  - 0.0.0.0/1",
        "overrides.network.egress_cidrs.1",
        "a service with payment data may call any address (0.0.0.0/0)",
        line=8,
        identity="data_classification: pci",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_a_name_leaves_room_for_project_environment_and_the_clouds_suffix() -> None:
    longest = "a" * (64 - len("shop-prod-") - len("-role") - 8)
    assert resolve(spec_text(name=longest)).diagnostics == []
    found = resolve(spec_text(name=f"{longest}a")).diagnostics
    assert [(item.code.id, item.location.line, item.key, item.fix) for item in found] == [
        ("SM2140", 1, "service.name", f"shorten service.name to at most {len(longest)} characters")
    ]


@pytest.mark.parametrize("name", ["default", "keda", "kube-system", "kube-orders"])
def test_namespaces_that_are_there_already(name: str) -> None:
    found = resolve(spec_text(name=name)).diagnostics
    assert [(item.code.id, item.location.line, item.key, item.message) for item in found] == [
        ("SM2146", 1, "service.name", f"'{name}' is a namespace of the cluster or the platform")
    ]


@pytest.mark.parametrize("name", ["defaults", "kubernetes"])
def test_names_that_only_look_alike(name: str) -> None:
    assert resolve(spec_text(name=name)).diagnostics == []


def test_dev_may_keep_debug_logs_for_a_day() -> None:
    overrides = "logging: {level: debug, retention_days: 1}"
    found = resolve(spec_text(overrides, identity="data_classification: pci"), environment="dev")
    assert found.diagnostics == []
