"""Limits of the platform: names, logs, network, and how far data may go."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import DataClassification, LogLevel, ServiceConfig
from skymason.settings.facts import RETENTION_DAYS

LONG_NAME = define(
    "SM2140", "Name is too long", "With project and environment before it, it breaks a limit of the cloud."
)
BAD_RETENTION = define(
    "SM2141", "Log retention that the cloud does not offer", "Log groups take certain numbers of days only."
)
SHORT_AUDIT = define(
    "SM2142",
    "Logs of payment data are kept less than a year",
    "PCI DSS 10.5.1: audit logs are kept for at least twelve months.",
)
DEBUG_LOGS = define(
    "SM2143", "Debug logs outside dev", "They cost, and often hold what nobody wanted to keep."
)
BAD_CIDR = define("SM2144", "Not an address range", "A firewall rule needs a network, without host bits.")
OPEN_EGRESS = define(
    "SM2145",
    "Payment data may go anywhere",
    "PCI DSS 1.3.2: outbound traffic from the cardholder data environment goes only where it must.",
)

TAKEN_NAME = define(
    "SM2146",
    "Name belongs to the cluster or the platform",
    "A service's name is its namespace, and these are there already, with rights that no service has.",
)

PLATFORM_NAMESPACES = ("default", "keda")
RESERVED_PREFIX = "kube-"
"""Source: Kubernetes documentation, 'Namespaces', 'Initial namespaces' and 'Working with Namespaces'."""

AUTONAMING = 8
"""A dash and seven hexadecimal digits, which the engine puts behind every name."""

NAME_LIMITS: tuple[tuple[str, str, int], ...] = (("IAM role", "-role", 64),)
"""What is named after a service, the ending of its name, and how long it may be; names with shorter limits
are shortened where they are made. Source: IAM user guide, 'IAM and STS quotas'."""

AUDIT_DAYS = 365


@check(ServiceConfig)
def names(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    prefix = f"{subject.facts.project}-{subject.facts.environment}-" if subject.facts.project else ""
    for what, ending, limit in NAME_LIMITS:
        full = len(prefix) + len(subject.name) + len(ending) + AUTONAMING
        if full > limit:
            yield subject.in_spec(
                LONG_NAME,
                f"'{prefix}{subject.name}{ending}' and its suffix have {full} characters; "
                f"{what} names have at most {limit}",
                f"shorten service.name to at most {len(subject.name) - full + limit} characters",
                "service.name",
            )


@check(ServiceConfig)
def namespace(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    if subject.name in PLATFORM_NAMESPACES or subject.name.startswith(RESERVED_PREFIX):
        yield subject.in_spec(
            TAKEN_NAME,
            f"'{subject.name}' is a namespace of the cluster or the platform",
            "rename the service",
            "service.name",
        )


@check(ServiceConfig)
def logs(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config, facts = subject.config.logging, subject.facts
    if subject.cloud == "aws" and config.retention_days not in RETENTION_DAYS:
        near = min((days for days in RETENTION_DAYS if days >= config.retention_days), default=3653)
        yield subject.finding(
            BAD_RETENTION,
            f"CloudWatch does not keep logs for {config.retention_days} days",
            f"set logging.retention_days to {near}; allowed: {', '.join(map(str, RETENTION_DAYS))}",
            "logging.retention_days",
        )
    if facts.relaxed:
        return
    if _holds_payments(subject) and config.retention_days < AUDIT_DAYS:
        yield subject.finding(
            SHORT_AUDIT,
            f"logs of a service with payment data are kept for {config.retention_days} days",
            f"set logging.retention_days to at least {AUDIT_DAYS}",
            "logging.retention_days",
        )
    if config.level is LogLevel.DEBUG:
        yield subject.finding(
            DEBUG_LOGS,
            f"debug logs are on in {facts.environment}",
            "set logging.level: info",
            "logging.level",
            severity=Severity.WARNING,
        )


@check(ServiceConfig)
def network(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    for index, cidr in enumerate(subject.config.network.egress_cidrs):
        key = f"network.egress_cidrs.{index}"
        yield from range_of(subject, cidr, key)
        if _holds_payments(subject) and cidr in ("0.0.0.0/0", "::/0") and not subject.facts.relaxed:
            yield subject.finding(
                OPEN_EGRESS,
                f"a service with payment data may call any address ({cidr})",
                "list the ranges that it has to reach",
                key,
            )


def range_of(subject: Subject[ServiceConfig], cidr: str, key: str) -> Iterator[Diagnostic]:
    """A finding where `cidr` is no network."""
    try:
        ip_network(cidr)
    except ValueError as error:
        yield subject.finding(
            BAD_CIDR, f"{error}", "give the network's own address, as in 203.0.113.0/24", key
        )


def _holds_payments(subject: Subject[ServiceConfig]) -> bool:
    return subject.document.service.data_classification is DataClassification.PCI
