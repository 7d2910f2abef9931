"""What is wrong with a stack only beside the other stacks of its project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_network

from skymason.diagnostics import Severity
from skymason.settings import codes
from skymason.settings.findings import Finding
from skymason.settings.models import Settings


def check(settings: Settings, others: Sequence[Settings]) -> Iterator[Finding]:
    for other in others:
        if other.environment == settings.environment and _place(other) == _place(settings):
            message = f"stack '{other.stack}' holds environment '{other.environment}' in the same place too"
            fix = "give one of them another environment, region or aws.account_id"
            yield Finding(codes.SHARED_ENVIRONMENT, "environment", message, fix)
        if settings.aws and other.aws:
            own, theirs = settings.aws.network, other.aws.network
            same = own.vpc_id is not None and own.vpc_id == theirs.vpc_id
            if not same and ip_network(own.cidr).overlaps(ip_network(theirs.cidr)):
                message = f"{own.cidr} overlaps {theirs.cidr} of stack '{other.stack}'"
                fix = "give each stack a range of its own"
                yield Finding(codes.OVERLAPPING_NETWORKS, "aws.network.cidr", message, fix, Severity.WARNING)


def _place(settings: Settings) -> tuple[str | None, str | None, str | None]:
    account = settings.aws.account_id if settings.aws else None
    return settings.cloud, account, settings.region
