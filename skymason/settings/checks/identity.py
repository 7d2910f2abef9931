"""Which environment, cloud, region and account a stack is for, and whether somebody watches it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skymason.diagnostics import Severity, nearest
from skymason.settings import codes
from skymason.settings.checks.sections import Sections
from skymason.settings.facts import REGIONS
from skymason.settings.findings import Finding


def check(sections: Sections, allowed_accounts: Sequence[str]) -> Iterator[Finding]:
    yield from _environment(sections)
    yield from _provider(sections)
    if sections.account_id and allowed_accounts and sections.account_id not in map(str, allowed_accounts):
        message = f"the stack belongs to {sections.account_id}, and the provider may not use it"
        fix = f"make it one of {', '.join(map(str, allowed_accounts))}, or add it to aws:allowedAccountIds"
        yield Finding(codes.FOREIGN_ACCOUNT, "aws.account_id", message, fix)
    if sections.alerts and not sections.alerts.emails and not sections.is_dev:
        fix = "list an address under aws.alerts.emails"
        yield Finding(codes.NO_RECIPIENT, "aws.alerts.emails", "no address is listed", fix, Severity.WARNING)
    if sections.protect is False and sections.environment == "prod":
        message = "prod is not protected against deletion"
        fix = "set aws.protect to true, or leave it out"
        yield Finding(codes.UNPROTECTED, "aws.protect", message, fix, Severity.WARNING)


def _environment(sections: Sections) -> Iterator[Finding]:
    stack, environment = sections.stack, sections.environment
    if environment and environment != stack and environment not in stack.split("-"):
        message = f"the file is of stack '{stack}', and its environment is '{environment}'"
        fix = f"set it to '{stack}', or rename the file to Pulumi.{environment}.yaml"
        yield Finding(codes.FOREIGN_STACK, "environment", message, fix)


def _provider(sections: Sections) -> Iterator[Finding]:
    region, cloud = sections.region, sections.cloud
    if cloud is None and not sections.has_aws:
        fix = "add the section `aws` and `aws:region`"
        yield Finding(codes.NO_PROVIDER, "cloud", "the stack sets up no cloud", fix)
    if cloud == "aws" and not sections.has_aws:
        yield Finding(codes.NO_PROVIDER, "cloud", "the section `aws` is missing", "add it, with its network")
    if not (cloud == "aws" or sections.has_aws):
        return
    if not region:
        fix = "add aws:region, such as `aws:region: eu-central-1`"
        yield Finding(codes.NO_PROVIDER, "aws:region", "AWS is set up without a region", fix)
    elif region not in REGIONS:
        near = nearest(region, REGIONS)
        fix = f"did you mean '{near}'?" if near else f"known regions: {', '.join(sorted(REGIONS))}"
        yield Finding(codes.UNKNOWN_REGION, "aws:region", f"there is no region '{region}'", fix)
