import pytest
from spec_table import Case, resolve, spec_text

from skymason.patterns.checks.stack import most_pods
from skymason.patterns.facts import facts_of
from skymason.patterns.models.web_api import WebApi

SMALL = {"aws__network__cidr": "10.0.0.0/20"}

CASES = [
    Case(
        "SM2162",
        "network: {allow_from: [other, ohter]}",
        "network: {allow_from: [other]}",
        "overrides.network.allow_from.1",
        "there is no service 'ohter'",
        also=(spec_text(name="other"),),
    ),
    Case(
        "SM2162",
        "network: {allow_from: [billing]}",
        "network: {allow_from: []}",
        "overrides.network.allow_from.0",
        "there is no service 'billing'",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


def test_hosts_are_told_apart_between_services() -> None:
    second = spec_text(name="other", tail="environments:\n  prod: {ingress: {hosts: [a.example.com]}}\n")
    assert resolve(spec_text("ingress: {hosts: [b.example.com]}"), second).diagnostics == []
    found = resolve(spec_text("ingress: {hosts: [a.example.com]}"), second).diagnostics
    assert [(item.code.id, str(item.location), item.key, item.message) for item in found] == [
        (
            "SM2160",
            "services/s1.yaml:7",
            "environments.prod.ingress.hosts.0",
            "'a.example.com' is already a host of 'orders' (services/s0.yaml:5)",
        )
    ]


def test_the_name_that_a_service_gets_by_itself_can_be_taken() -> None:
    found = resolve(
        spec_text(), spec_text("ingress: {hosts: [orders.example.com]}", name="other")
    ).diagnostics
    assert [(item.code.id, str(item.location), item.message) for item in found] == [
        (
            "SM2160",
            "services/s1.yaml:5",
            "'orders.example.com' is already a host of 'orders' (services/s0.yaml:2)",
        )
    ]


def test_all_services_together_fit_into_the_subnets() -> None:
    facts = facts_of("prod", None)
    assert facts.pod_addresses is None
    # A /20 has three private /23 of 507 addresses each: 1,521. A service at its full scale of 200 has 50 more
    # replicas in the middle of a rollout, and one address for its task.
    task = "tasks:\n- {name: tidy, command: [tidy]}\n"
    wide = f"scaling: {{max: 200}}\n{task}"
    texts = [spec_text(wide, name=f"s{index}") for index in range(6)]
    found = resolve(*texts, settings_changes=SMALL).diagnostics
    assert [item.code.id for item in found] == []
    found = resolve(*texts, spec_text(name="last"), settings_changes=SMALL).diagnostics
    assert [item.code.id for item in found] == []
    found = resolve(
        *texts, spec_text(name="last"), spec_text(name="late"), settings_changes=SMALL
    ).diagnostics
    assert [(item.code.id, str(item.location), item.key, item.message) for item in found] == [
        (
            "SM2161",
            "services/s0.yaml:5",
            "overrides.scaling.max",
            "all services together may have 1536 replicas, 251 of them here; the private subnets have 1521 "
            "addresses",
        )
    ]


def test_pods_at_full_scale() -> None:
    service = resolve(spec_text("scaling: {max: 10}\nrollout: {max_surge: '3'}")).services[0]
    assert most_pods(WebApi.model_validate(service.config)) == 13
