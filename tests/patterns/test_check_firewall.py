import pytest
from spec_table import Case

PCI = "data_classification: pci"

CASES = [
    Case(
        "SM2220",
        "ingress: {waf: {mode: count}}",
        "ingress: {waf: {mode: block}}",
        "overrides.ingress.waf.mode",
        "a public service with payment data has a firewall that only counts",
        identity=PCI,
    ),
    Case(
        "SM2220",
        "ingress: {exposure: both, waf: {mode: count}}",
        "ingress: {exposure: internal, waf: {mode: count}}",
        "overrides.ingress.waf.mode",
        "a public service with payment data has a firewall that only counts",
        identity=PCI,
    ),
    Case(
        "SM2221",
        "ingress: {exposure: internal, allowed_cidrs: [10.0.0.0/8]}",
        "ingress: {exposure: both, allowed_cidrs: [10.0.0.0/8]}",
        "overrides.ingress.allowed_cidrs",
        "ingress.allowed_cidrs is set, but the service is internal",
        severity="warning",
    ),
    Case(
        "SM2222",
        "ingress:\n  allowed_cidrs: [203.0.113.0/28]\n  waf: {requests_per_5_minutes: 3749}",
        "ingress:\n  allowed_cidrs: [203.0.113.0/28]\n  waf: {requests_per_5_minutes: 3750}",
        "overrides.ingress.waf.requests_per_5_minutes",
        "16 addresses with 3749 requests each in 5 minutes never reach the 60000 that 12 replicas are "
        "made for",
        line=7,
    ),
    Case(
        "SM2223",
        "ingress: {waf: {requests_per_5_minutes: 60001}}",
        "ingress: {waf: {requests_per_5_minutes: 60000}}",
        "overrides.ingress.waf.requests_per_5_minutes",
        "one address may send 60001 requests in 5 minutes, 12 replicas answer 60000",
        severity="warning",
    ),
    Case(
        "SM2224",
        "ingress: {waf: {managed_groups: [AWSManagedRulesCommonRulesSet]}}",
        "ingress: {waf: {managed_groups: [AWSManagedRulesCommonRuleSet]}}",
        "overrides.ingress.waf.managed_groups.0",
        "there is no rule group 'AWSManagedRulesCommonRulesSet'",
    ),
    Case(
        "SM2226",
        "alarms: {unhealthy_hosts: 13}",
        "alarms: {unhealthy_hosts: 12}",
        "overrides.alarms.unhealthy_hosts",
        "alarms.unhealthy_hosts is 13, but there are at most 12 replicas",
    ),
    Case(
        "SM2226",
        "alarms: {p95_seconds: 30}\ningress: {idle_timeout_seconds: 30}",
        "alarms: {p95_seconds: 29.9}\ningress: {idle_timeout_seconds: 30}",
        "overrides.alarms.p95_seconds",
        "alarms.p95_seconds is 30, but the load balancer gives up after 30 s",
    ),
    Case(
        "SM2227",
        "ingress: {headers: {strict_transport_security: max-age=3600}}",
        "ingress: {headers: {strict_transport_security: max-age=31536000}}",
        "overrides.ingress.headers.strict_transport_security",
        "max-age is 3600 s",
        severity="warning",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(
    "overrides",
    [
        "ingress: {headers: {strict_transport_security: ''}}",  # the application sets it
        "scaling: {requests_per_target: null}\ningress: {waf: {requests_per_5_minutes: 2000000000}}",
        "alarms: {enabled: false, unhealthy_hosts: 100}",
    ],
)
def test_nothing_to_compare_with(overrides: str) -> None:
    Case("", "", overrides, "", "").assert_near_miss()


def test_payments_without_firewall_in_dev() -> None:
    Case("", "", "{}", "", "", identity=PCI, environment="dev").assert_near_miss()


def test_a_range_that_is_none_counts_no_address() -> None:
    case = Case("", "ingress: {allowed_cidrs: [999.0.0.0/8]}", "", "", "")
    assert [item.code.id for item in case.findings(case.trips)] == ["SM2144", "SM2222"]
