"""The table of checks, and what runs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skymason.doctor import backend, credentials, limits, project, tools
from skymason.doctor.model import Case, Check, Finding, Status, fail

CHECKS: tuple[Check, ...] = (
    Check("python", "Python", "Machine", tools.python),
    Check("packages", "Packages", "Machine", tools.packages),
    Check("pulumi", "Pulumi CLI", "Machine", tools.pulumi),
    Check("language-host", "Language host", "Machine", tools.language_host),
    Check("programs", "Other programs", "Machine", tools.optional),
    Check("disk", "Disk", "Machine", limits.disk),
    Check("clock", "Time", "Machine", limits.clock),
    Check("project", "Files", "Project", project.files),
    Check("stacks", "Settings", "Project", project.stacks),
    Check("left-behind", "Left behind", "Project", project.left_behind),
    Check("backend", "Backend", "State", backend.backend),
    Check("secrets", "Secrets", "State", backend.secrets),
    Check("aws", "AWS", "Clouds", credentials.aws),
    Check("azure", "Azure", "Clouds", credentials.azure),
    Check("account", "AWS account", "Clouds", credentials.account),
    Check("quotas", "AWS quotas", "Clouds", limits.quotas),
)


@dataclass(frozen=True, slots=True)
class Result:
    """A check with what it found."""

    check: Check
    findings: tuple[Finding, ...]


def examine(case: Case, checks: Sequence[Check] = CHECKS) -> Iterator[Result]:
    """Every check in its order; one that breaks is a finding, and the others still run."""
    for check in checks:
        try:
            yield Result(check, tuple(check.look(case)))
        except Exception as error:
            text = f"the check itself failed: {type(error).__name__}: {error}"
            fix = "run `SM_DEBUG=1 sm doctor` and report it with what that prints"
            if case.environ.get("SM_DEBUG"):
                raise
            yield Result(check, (fail(text, fix),))


def failed(results: Sequence[Result]) -> bool:
    return any(item.status is Status.FAIL for result in results for item in result.findings)
