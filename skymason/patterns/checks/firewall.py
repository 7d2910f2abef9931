"""Who may reach a service, what the firewall lets through, and what alarms can see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from skymason.diagnostics import Diagnostic, Severity, define, suggestion
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import DataClassification, Exposure
from skymason.patterns.models.web_api import WafMode, WebApi

OPEN_PAYMENTS = define(
    "SM2220",
    "Payment data behind a firewall that does not block",
    "PCI DSS 6.4.2: a solution that detects and prevents attacks stands before public web applications.",
)
NO_EFFECT_INTERNAL = define(
    "SM2221",
    "Allowed addresses have no effect on an internal service",
    "An internal load balancer can be reached from the network alone, whatever else is allowed.",
)
RATE_BELOW_SCALING = define(
    "SM2222",
    "Rate limit blocks callers before the service scales",
    "Few addresses that may call, each with a low limit, can never bring the load that scaling is made for.",
)
RATE_ABOVE_CAPACITY = define(
    "SM2223",
    "Rate limit lets one address take the whole service",
    "The limit is there so that no single caller can use up what all share.",
)
UNKNOWN_GROUP = define(
    "SM2224", "Unknown managed rule group", "The cloud refuses a firewall with a group that is not there."
)
SILENT_ALARM = define(
    "SM2226",
    "Alarm can never fire",
    "A threshold beyond what can be reached looks like protection, and is none.",
)
WEAK_HSTS = define(
    "SM2227",
    "Browsers may fall back to plain HTTP",
    "Without a long Strict-Transport-Security, a first visit can be redirected by whoever is in between.",
)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesAdminProtectionRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesLinuxRuleSet",
        "AWSManagedRulesUnixRuleSet",
        "AWSManagedRulesWindowsRuleSet",
        "AWSManagedRulesPHPRuleSet",
        "AWSManagedRulesWordPressRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesAnonymousIpList",
        "AWSManagedRulesBotControlRuleSet",
        "AWSManagedRulesAntiDDoSRuleSet",
    ),
    "azure": (
        "Microsoft_DefaultRuleSet_2.1",
        "Microsoft_DefaultRuleSet_2.0",
        "Microsoft_BotManagerRuleSet_1.1",
        "Microsoft_BotManagerRuleSet_1.0",
    ),
}
"""Cloud → managed rule groups that need no settings of their own. Sources: AWS WAF developer guide, 'AWS
Managed Rules rule groups list'; Application Gateway, 'Web Application Firewall DRS rule groups'."""

HSTS_SECONDS = 31_536_000
"""A year, as the preload list of browsers asks for. Source: https://hstspreload.org"""


@check(WebApi)
def payments(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    ingress = subject.config.ingress
    if ingress.exposure is Exposure.INTERNAL or subject.facts.relaxed:
        return
    if subject.document.service.data_classification is not DataClassification.PCI:
        return
    if not ingress.waf.enabled or ingress.waf.mode is not WafMode.BLOCK:
        yield subject.finding(
            OPEN_PAYMENTS,
            "a public service with payment data has a firewall that "
            + ("only counts" if ingress.waf.enabled else "is off"),
            "set ingress.waf.enabled: true and ingress.waf.mode: block, or ingress.exposure: internal",
            "ingress.waf.mode",
            "ingress.waf.enabled",
            "ingress.exposure",
        )


@check(WebApi)
def internal(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    if subject.config.ingress.exposure is not Exposure.INTERNAL:
        return
    key = "ingress.allowed_cidrs"
    if subject.is_own(key):
        yield subject.finding(
            NO_EFFECT_INTERNAL,
            "ingress.allowed_cidrs is set, but the service is internal",
            "remove it, or set ingress.exposure to public or both",
            key,
            "ingress.exposure",
            severity=Severity.WARNING,
        )


@check(WebApi)
def rate(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    ingress, scaling = subject.config.ingress, subject.config.scaling
    if ingress.exposure is Exposure.INTERNAL or not ingress.waf.enabled or not scaling.requests_per_target:
        return
    limit = ingress.waf.requests_per_5_minutes
    capacity = scaling.max * scaling.requests_per_target * 5
    keys = ("ingress.waf.requests_per_5_minutes", "scaling.requests_per_target", "scaling.max")
    callers = _addresses(ingress.allowed_cidrs)
    if callers * limit < capacity:
        yield subject.finding(
            RATE_BELOW_SCALING,
            f"{callers} addresses with {limit} requests each in 5 minutes never reach the {capacity} that "
            f"{scaling.max} replicas are made for",
            f"set ingress.waf.requests_per_5_minutes to at least {-(-capacity // max(callers, 1))}, or lower "
            "scaling.max",
            *keys,
            "ingress.allowed_cidrs",
        )
    elif limit > capacity:
        yield subject.finding(
            RATE_ABOVE_CAPACITY,
            f"one address may send {limit} requests in 5 minutes, {scaling.max} replicas answer {capacity}",
            f"set ingress.waf.requests_per_5_minutes to at most {capacity}",
            *keys,
            severity=Severity.WARNING,
        )


@check(WebApi)
def groups(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    known, given = GROUPS[subject.cloud], subject.config.ingress.waf.managed_groups
    for index, group in enumerate(given):
        if group not in known:
            yield subject.finding(
                UNKNOWN_GROUP,
                f"there is no rule group '{group}'",
                suggestion(group, known),
                f"ingress.waf.managed_groups.{index}",
            )


@check(WebApi)
def alarms(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    alarms, config = subject.config.alarms, subject.config
    if not alarms.enabled:
        return
    if alarms.unhealthy_hosts > config.scaling.max:
        yield subject.finding(
            SILENT_ALARM,
            f"alarms.unhealthy_hosts is {alarms.unhealthy_hosts}, but there are at most "
            f"{config.scaling.max} replicas",
            f"set alarms.unhealthy_hosts to at most {config.scaling.max}",
            "alarms.unhealthy_hosts",
            "scaling.max",
        )
    if alarms.p95_seconds >= config.ingress.idle_timeout_seconds:
        yield subject.finding(
            SILENT_ALARM,
            f"alarms.p95_seconds is {alarms.p95_seconds:g}, but the load balancer gives up after "
            f"{config.ingress.idle_timeout_seconds} s",
            f"set alarms.p95_seconds below {config.ingress.idle_timeout_seconds}",
            "alarms.p95_seconds",
            "ingress.idle_timeout_seconds",
        )


@check(WebApi)
def headers(subject: Subject[WebApi]) -> Iterator[Diagnostic]:
    ingress = subject.config.ingress
    value = ingress.headers.strict_transport_security
    if ingress.exposure is Exposure.INTERNAL or subject.facts.relaxed or not value:
        return  # empty: the application sets it itself
    ages = [part.strip().removeprefix("max-age=") for part in value.split(";")]
    seconds = next((int(age) for age in ages if age.isdigit()), 0)
    if seconds < HSTS_SECONDS:
        yield subject.finding(
            WEAK_HSTS,
            f"max-age is {seconds} s",
            f"set it to max-age={HSTS_SECONDS} or more",
            "ingress.headers.strict_transport_security",
            severity=Severity.WARNING,
        )


def _addresses(cidrs: list[str]) -> int:
    """Addresses in all ranges; ranges that are none are reported elsewhere."""
    total = 0
    for cidr in cidrs:
        try:
            total += ip_network(cidr, strict=False).num_addresses
        except ValueError:
            continue
    return total
