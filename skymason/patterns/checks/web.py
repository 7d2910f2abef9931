"""How a service is reached: routes, hosts, certificates, load balancer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skymason.diagnostics import Diagnostic, Severity, define, suggestion
from skymason.patterns.checks.platform import range_of
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import Exposure
from skymason.patterns.models.web_api import WebApi

DRAIN_BEYOND_GRACE = define(
    "SM2201",
    "Replica is killed while it still gets requests",
    "A replica that leaves must first be forgotten by the load balancer, then finish what it has begun.",
)
UNKNOWN_PORT = define("SM2202", "Route to a port that is not there", "Its requests would go nowhere.")
SAME_ROUTE = define("SM2203", "Path is routed twice", "Only one of the two can ever be taken.")
SAME_HOST_TWICE = define("SM2204", "Host is given twice", "The second one changes nothing.")
FOREIGN_HOST = define(
    "SM2205",
    "Host outside the platform's domain, without a certificate",
    "Only names of its own domain can be proven to the certificate authority.",
)
NO_CERTIFICATE = define(
    "SM2206",
    "Neither a domain nor a certificate",
    "Every load balancer speaks TLS, and a certificate needs a name that is provably ours.",
)
SLOW_START = define("SM2207", "Slow start is out of bounds", "Target groups take 0, or 30 to 900 seconds.")
KEEP_ALIVE = define(
    "SM2208",
    "Server closes connections before the load balancer does",
    "A request that is sent in that moment is answered with 502.",
)
HEALTH_TIMEOUT = define(
    "SM2209", "Health check may take as long as its interval", "The load balancer refuses such a check."
)
TLS_POLICY = define(
    "SM2210", "TLS policy is unknown or too weak", "TLS below 1.2 can be broken, and auditors reject it."
)
CERTIFICATE_ARN = define(
    "SM2211",
    "Certificate is of another kind than the cloud's",
    "Each cloud takes certificates from its own store.",
)
TOO_MANY_HOSTS = define(
    "SM2212", "More hosts than a certificate can have", "ACM issues certificates for ten names by default."
)

SLOW_START_RANGE = range(30, 901)
"""Source: Elastic Load Balancing, 'Target group attributes', `slow_start.duration_seconds`."""

CERTIFICATE_NAMES = 10
"""Source: ACM user guide, 'Quotas', 'Number of domain names per ACM certificate', default."""

SERVERS: Mapping[str, tuple[str, int]] = {
    "gunicorn": ("--keep-alive", 2),
    "uvicorn": ("--timeout-keep-alive", 5),
    "hypercorn": ("--keep-alive", 5),
}
"""HTTP server → its option for how long an idle connection is kept, and the default in seconds. Sources: the
settings references of gunicorn 23, uvicorn 0.34 and hypercorn 0.17."""

TLS_POLICIES: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
        "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
        "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
        "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    ),
    "azure": ("AppGwSslPolicy20220101S", "AppGwSslPolicy20220101"),
}
"""Cloud → policies with TLS 1.2 or 1.3 only and forward secrecy. Sources: Elastic Load Balancing, 'Security
policies for your Application Load Balancer'; Application Gateway, 'TLS policy overview'."""


@check(WebApi)
def drain(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    config = subject.config
    wait, drain = config.shutdown.pre_stop_seconds, config.ingress.deregistration_seconds
    if wait + drain > config.shutdown.grace_seconds:
        yield subject.finding(
            DRAIN_BEYOND_GRACE,
            f"waiting {wait} s and finishing requests for {drain} s take longer than the "
            f"{config.shutdown.grace_seconds} s of grace",
            f"set shutdown.grace_seconds to at least {wait + drain}",
            "shutdown.grace_seconds",
            "shutdown.pre_stop_seconds",
            "ingress.deregistration_seconds",
        )


@check(WebApi)
def routes(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    known = [port.name for port in subject.config.ports]
    given = subject.config.ingress.routes
    for index, route in enumerate(given):
        if route.port not in known:
            yield subject.finding(
                UNKNOWN_PORT,
                f"'{route.path}' goes to a port '{route.port}' that is not under `ports`",
                suggestion(route.port, known),
                f"ingress.routes.{index}.port",
                "ports",
            )
        if route.path in [other.path for other in given[:index]]:
            yield subject.finding(
                SAME_ROUTE,
                f"'{route.path}' is routed already",
                "remove one of the two routes",
                f"ingress.routes.{index}.path",
            )


@check(WebApi)
def hosts(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    ingress, facts = subject.config.ingress, subject.facts
    own = bool(ingress.certificate_arn) or facts.certificate
    for index, host in enumerate(ingress.hosts):
        key = f"ingress.hosts.{index}"
        if host in ingress.hosts[:index]:
            yield subject.finding(SAME_HOST_TWICE, f"'{host}' is given twice", "remove one", key)
        if facts.domain and not own and not _within(host, facts.domain):
            yield subject.finding(
                FOREIGN_HOST,
                f"'{host}' is not a name under '{facts.domain}', so no certificate can be issued for it",
                f"use a name under {facts.domain}, or set ingress.certificate_arn",
                key,
                "ingress.certificate_arn",
            )
    if subject.cloud == "aws" and len(ingress.hosts) > CERTIFICATE_NAMES and not own:
        yield subject.finding(
            TOO_MANY_HOSTS,
            f"{len(ingress.hosts)} hosts do not fit into one certificate of {CERTIFICATE_NAMES} names",
            "use a wildcard host, or bring a certificate by ingress.certificate_arn",
            "ingress.hosts",
        )
    if facts.aws and not facts.domain and not ingress.certificate_arn:
        yield subject.finding(
            NO_CERTIFICATE,
            f"{facts.environment} has no domain, and the service brings no certificate",
            "set aws.domain in the stack's settings, or ingress.certificate_arn",
            "ingress.certificate_arn",
        )


@check(WebApi)
def certificate(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    arn = subject.config.ingress.certificate_arn
    prefixes = {"aws": ("arn:aws", ":acm:"), "azure": ("https://", ".vault.azure.net/secrets/")}
    begin, middle = prefixes[subject.cloud]
    if arn and not (arn.startswith(begin) and middle in arn):
        wanted = "the ARN of an ACM certificate" if subject.cloud == "aws" else "a Key Vault secret's URL"
        yield subject.finding(
            CERTIFICATE_ARN,
            f"'{arn[:80]}' is not {wanted}",
            f"give {wanted}, or leave it out to have one issued",
            "ingress.certificate_arn",
        )


@check(WebApi)
def load_balancer(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    ingress = subject.config.ingress
    slow = ingress.slow_start_seconds
    if slow and slow not in SLOW_START_RANGE and subject.cloud == "aws":
        yield subject.finding(
            SLOW_START,
            f"a slow start of {slow} s is not possible",
            "set ingress.slow_start_seconds to 0, or to 30 or more",
            "ingress.slow_start_seconds",
        )
    health = ingress.target_health
    if health.timeout_seconds >= health.interval_seconds:
        yield subject.finding(
            HEALTH_TIMEOUT,
            f"a check waits {health.timeout_seconds} s for an answer, but is made every "
            f"{health.interval_seconds} s",
            f"set ingress.target_health.timeout_seconds below {health.interval_seconds}",
            "ingress.target_health.timeout_seconds",
            "ingress.target_health.interval_seconds",
        )
    if ingress.tls_policy not in TLS_POLICIES[subject.cloud]:
        yield subject.finding(
            TLS_POLICY,
            f"'{ingress.tls_policy}' is not a policy of TLS 1.2 or later",
            suggestion(ingress.tls_policy, TLS_POLICIES[subject.cloud]),
            "ingress.tls_policy",
        )


@check(WebApi)
def keep_alive(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    container, idle = subject.config.container, subject.config.ingress.idle_timeout_seconds
    words = [*container.command, *container.args]
    server = next((name for word in words for name in SERVERS if word.rpartition("/")[2] == name), None)
    if server is None:
        return
    option, default = SERVERS[server]
    given = _option(words, option)
    seconds = default if given is None else given
    if seconds <= idle:
        told = f"{option} {seconds}" if given is not None else f"its default of {seconds} s"
        yield subject.finding(
            KEEP_ALIVE,
            f"{server} drops idle connections by {told}, the load balancer only after {idle} s",
            f"start it with {option} {idle + 5}, or lower ingress.idle_timeout_seconds",
            "container.args" if container.args else "container.command",
            "ingress.idle_timeout_seconds",
            severity=Severity.WARNING,
        )


@check(WebApi)
def callers(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    ingress = subject.config.ingress
    if ingress.exposure is not Exposure.INTERNAL:
        for index, cidr in enumerate(ingress.allowed_cidrs):
            yield from range_of(subject, cidr, f"ingress.allowed_cidrs.{index}")


def _option(words: list[str], option: str) -> int | None:
    """The whole number that a command line gives to an option, as `--x 5` or `--x=5`."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        value = following if word == option else word.removeprefix(f"{option}=")
        if (word == option or word.startswith(f"{option}=")) and value.isdigit():
            return int(value)
    return None


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")
