"""What an evaluation finds wrong, as diagnostics with the line of the resource. No message shows a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from skymason.diagnostics import Code, Diagnostic, Location
from skymason.offline import codes
from skymason.offline.answers import NOT_FOUND, Reason
from skymason.offline.shapes import Problem
from skymason.offline.view import StoredResource
from skymason.plan import codes as plan_codes
from skymason.plan.model import UNKNOWN, PlannedResource, SourceLine
from skymason.plan.paths import HIDDEN, lookup

PROGRAM = "__main__.py"
"""What a finding without a line of its own is attributed to."""


class Findings:
    """The findings of one evaluation, in order. records: its resources by URN, for the names of parents."""

    def __init__(self, records: Mapping[str, PlannedResource]) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._records = records

    def report(self, record: PlannedResource, code: Code, key: str, message: str, fix: str) -> None:
        """One finding about a resource. key: path of the property that it is about."""
        parent = self._records.get(record.parent)
        self.diagnostics.append(
            Diagnostic(
                code=code,
                message=_without_secrets(f"{record.type} '{record.name}': {message}", record),
                fix=_without_secrets(fix, record),
                location=_location(record.source),
                key=key,
                set_by=(f"{parent.type} '{parent.name}'",) if parent is not None else (),
            )
        )

    def breaches(self, record: PlannedResource, problems: Iterable[Problem]) -> None:
        """Everything in a resource's inputs that breaks its contract."""
        for problem in problems:
            message = f"{problem.path} {problem.message}".strip()
            self.report(record, plan_codes.BY_KIND[problem.kind], problem.path, message, problem.fix)

    def refused(self, record: PlannedResource, reasons: Iterable[Reason]) -> None:
        """What the cloud says against a resource."""
        for reason in reasons:
            code = codes.NOT_FOUND if reason.code == NOT_FOUND else codes.REFUSED
            what = f"change {reason.property}" if reason.property else "change the resource"
            fix = f"{what} (rule {reason.rule})" if reason.rule else what
            self.report(record, code, reason.property, f"{reason.code}: {reason.message}", fix)

    def twice(self, record: PlannedResource, source: SourceLine | None) -> None:
        """A second registration of the resource `record`."""
        first = f", first at {_location(record.source)}" if record.source is not None else ""
        self.report(
            replace(record, source=source),
            plan_codes.DUPLICATE_URN,
            "",
            f"is registered twice{first}",
            "give one of them another name",
        )

    def protected(self, record: PlannedResource, verb: str) -> None:
        """A protected resource that would be lost. verb: how."""
        self.report(
            record,
            plan_codes.PROTECTED,
            "",
            f"is protected and would be {verb}",
            "keep it as it was, or set protect to false and deploy that first",
        )

    def kept(self, resource: StoredResource, reasons: Sequence[Reason]) -> None:
        """A resource that cannot be deleted; without a reason it is protected."""
        record = PlannedResource(resource.urn, resource.type, resource.name)
        if not reasons:
            self.protected(record, "deleted")
        for reason in reasons:
            message = f"{reason.code}: {reason.message}"
            self.report(record, codes.REFUSED_DELETE, reason.property, message, "remove what uses it first")


def _location(source: SourceLine | None) -> Location:
    return Location(source.path, source.line) if source is not None else Location(PROGRAM)


def _without_secrets(text: str, record: PlannedResource) -> str:
    """A message without the values of the resource's secrets."""
    for path in record.secrets:
        for value in _texts(lookup(record.inputs, path)):
            text = text.replace(value, HIDDEN)
    return text


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str) and value and value != UNKNOWN:
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
