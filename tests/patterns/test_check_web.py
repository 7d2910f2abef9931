import pytest
from spec_table import Case

ARN = "arn:aws:acm:eu-central-1:123456789012:certificate/0f4c9e5a-6d1b-4a57-8a3e-2b7d90c1e6f4"
NO_DOMAIN = {"aws__domain": None}


def server(command: str, idle: int = 60) -> str:
    return f"container: {{args: [{command}]}}\ningress: {{idle_timeout_seconds: {idle}}}"


CASES = [
    Case(
        "SM2201",
        "shutdown: {grace_seconds: 44}",
        "shutdown: {grace_seconds: 45}",
        "overrides.shutdown.grace_seconds",
        "waiting 15 s and finishing requests for 30 s take longer than the 44 s of grace",
    ),
    Case(
        "SM2201",
        "ingress: {deregistration_seconds: 46}",
        "ingress: {deregistration_seconds: 45}",
        "overrides.ingress.deregistration_seconds",
        "waiting 15 s and finishing requests for 46 s take longer than the 60 s of grace",
    ),
    Case(
        "SM2202",
        "ingress:\n  routes:\n  - {path: /, port: https}",
        "ingress:\n  routes:\n  - {path: /, port: http}",
        "overrides.ingress.routes.0.port",
        "'/' goes to a port 'https' that is not under `ports`",
        line=7,
    ),
    Case(
        "SM2203",
        "ingress:\n  routes:\n  - {path: /, port: http}\n  - {path: /, port: http}",
        "ingress:\n  routes:\n  - {path: /, port: http}\n  - {path: /a, port: http}",
        "overrides.ingress.routes.1.path",
        "'/' is routed already",
        line=8,
    ),
    Case(
        "SM2204",
        "ingress: {hosts: [a.example.com, a.example.com]}",
        "ingress: {hosts: [a.example.com, b.example.com]}",
        "overrides.ingress.hosts.1",
        "'a.example.com' is given twice",
    ),
    Case(
        "SM2205",
        "ingress: {hosts: [orders.example.org]}",
        f'ingress: {{hosts: [orders.example.org], certificate_arn: "{ARN}"}}',
        "overrides.ingress.hosts.0",
        "'orders.example.org' is not a name under 'example.com', so no certificate can be issued for it",
    ),
    Case(
        "SM2205",
        "ingress: {hosts: [notexample.com]}",
        "ingress: {hosts: [example.com]}",
        "overrides.ingress.hosts.0",
        "'notexample.com' is not a name under 'example.com', so no certificate can be issued for it",
    ),
    Case(
        "SM2206",
        "ingress: {exposure: internal}",
        f'ingress: {{exposure: internal, certificate_arn: "{ARN}"}}',
        "ingress.certificate_arn",
        "prod has no domain, and the service brings no certificate",
        line=2,
        settings=NO_DOMAIN,
    ),
    Case(
        "SM2207",
        "ingress: {slow_start_seconds: 29}",
        "ingress: {slow_start_seconds: 30}",
        "overrides.ingress.slow_start_seconds",
        "a slow start of 29 s is not possible",
    ),
    Case(
        "SM2208",
        server("gunicorn, app"),
        server("gunicorn, app, --keep-alive, '61'"),
        "overrides.container.args",
        "gunicorn drops idle connections by its default of 2 s, the load balancer only after 60 s",
        severity="warning",
    ),
    Case(
        "SM2208",
        server("/usr/bin/uvicorn, --timeout-keep-alive=60"),
        server("/usr/bin/uvicorn, --timeout-keep-alive=61"),
        "overrides.container.args",
        "uvicorn drops idle connections by --timeout-keep-alive 60, the load balancer only after 60 s",
        severity="warning",
    ),
    Case(
        "SM2209",
        "ingress: {target_health: {interval_seconds: 5}}",
        "ingress: {target_health: {interval_seconds: 6}}",
        "overrides.ingress.target_health.interval_seconds",
        "a check waits 5 s for an answer, but is made every 5 s",
    ),
    Case(
        "SM2210",
        "ingress: {tls_policy: ELBSecurityPolicy-2016-08}",
        "ingress: {tls_policy: ELBSecurityPolicy-TLS13-1-2-2021-06}",
        "overrides.ingress.tls_policy",
        "'ELBSecurityPolicy-2016-08' is not a policy of TLS 1.2 or later",
    ),
    Case(
        "SM2210",
        "ingress: {tls_policy: AppGwSslPolicy20150501}",
        "ingress: {tls_policy: AppGwSslPolicy20220101}",
        "overrides.ingress.tls_policy",
        "'AppGwSslPolicy20150501' is not a policy of TLS 1.2 or later",
        cloud="azure",
    ),
    Case(
        "SM2211",
        'ingress: {certificate_arn: "arn:aws:iam::123456789012:server-certificate/old"}',
        f'ingress: {{certificate_arn: "{ARN}"}}',
        "overrides.ingress.certificate_arn",
        "'arn:aws:iam::123456789012:server-certificate/old' is not the ARN of an ACM certificate",
    ),
    Case(
        "SM2211",
        f'ingress: {{certificate_arn: "{ARN}"}}',
        'ingress: {certificate_arn: "https://shop.vault.azure.net/secrets/orders"}',
        "overrides.ingress.certificate_arn",
        f"'{ARN[:80]}' is not a Key Vault secret's URL",
        cloud="azure",
    ),
    Case(
        "SM2212",
        f"ingress: {{hosts: [{', '.join(f'h{i}.example.com' for i in range(11))}]}}",
        f"ingress: {{hosts: [{', '.join(f'h{i}.example.com' for i in range(10))}]}}",
        "overrides.ingress.hosts",
        "11 hosts do not fit into one certificate of 10 names",
    ),
    Case(
        "SM2144",
        "ingress: {allowed_cidrs: [203.0.113.1/24]}",
        "ingress: {allowed_cidrs: [203.0.113.0/24]}",
        "overrides.ingress.allowed_cidrs.0",
        "203.0.113.1/24 has host bits set",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize(
    "command", ["node, server.js", "app, --keep-alive, '1'", "uvicorn, --timeout-keep-alive, '90'"]
)
def test_servers_that_hold_connections_long_enough_or_are_not_known(command: str) -> None:
    Case("", "", server(command), "", "").assert_near_miss()


def test_an_option_without_a_number_leaves_the_servers_default() -> None:
    case = Case("", server("gunicorn, --keep-alive"), "", "", "")
    assert [item.message for item in case.findings(case.trips)] == [
        "gunicorn drops idle connections by its default of 2 s, the load balancer only after 60 s"
    ]


def test_a_certificate_of_the_stack_serves_any_host() -> None:
    domain = {"aws__domain": {"name": "example.com", "certificate_arn": ARN}}
    Case("", "", "ingress: {hosts: [example.org]}", "", "", settings=domain).assert_near_miss()
