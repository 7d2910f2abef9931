"""Kinds for text that has a grammar: schedules, quantities, JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from skymason.offline.rules.paths import MISSING, is_unknown, parsed_json, path
from skymason.offline.rules.subject import Check, Finding, Subject

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")

# Bounds of each field: minimum, maximum, names of the values from `minimum` on.
_Field = tuple[int, int, list[str]]
_UNIX: list[_Field] = [(0, 59, []), (0, 23, []), (1, 31, []), (1, 12, _MONTHS), (0, 7, _DAYS)]
_AWS: list[_Field] = [
    (0, 59, []), (0, 23, []), (1, 31, []), (1, 12, _MONTHS), (1, 7, _DAYS), (1970, 2199, []),
]  # fmt: skip


def cron(property: str, dialect: str = "unix") -> Check:
    """A schedule parses: `unix` (five fields or a macro) or `aws` (rate(…), cron(…) of six fields, at(…))."""
    valid = {"unix": _unix_schedule, "aws": _aws_schedule}[dialect]
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            if isinstance(value, str) and not is_unknown(value) and not valid(value):
                yield found, {"value": value}

    return check


def _unix_schedule(text: str) -> bool:
    if text in _MACROS or re.fullmatch(r"@every (\d+(\.\d+)?(ns|us|ms|s|m|h))+", text):
        return True
    return _fields(text.replace("?", "*").split(), _UNIX)


def _aws_schedule(text: str) -> bool:
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", text):
        return int(rate[1]) > 0 and (int(rate[1]) == 1) == (not rate[3])
    if re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", text):
        return True
    if not (text.startswith("cron(") and text.endswith(")")):
        return False
    fields = text[5:-1].split()
    # Exactly one of day-of-month and day-of-week must be left open with '?'.
    if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
        return False
    fields = [re.sub(r"^\?$|^L(-\d+)?$|^LW$|^\d+W$|^\d+#[1-5]$|^\d+L$", "*", field) for field in fields]
    return _fields(fields, _AWS)


def _fields(fields: list[str], grammar: list[_Field]) -> bool:
    return len(fields) == len(grammar) and all(map(_field, fields, grammar))


def _field(text: str, grammar: _Field) -> bool:
    return all(_item(item, *grammar) for item in text.split(","))


def _item(text: str, low: int, high: int, names: list[str]) -> bool:
    body, _, step = text.partition("/")
    if "/" in text and not (step.isdigit() and int(step) > 0):
        return False
    if body == "*":
        return True
    ends = [_number(end, low, names) for end in body.split("-")]
    return len(ends) <= 2 and all(low <= end <= high for end in ends) and ends[0] <= ends[-1]


def _number(text: str, low: int, names: list[str]) -> int:
    if text.upper() in names:
        return low + names.index(text.upper())
    return int(text) if text.isdigit() else -1


_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?")
_FACTORS: Mapping[str, Decimal] = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal("1e3"),
    "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"), "P": Decimal("1e15"),
    "E": Decimal("1e18"), "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30),
    "Ti": Decimal(2**40), "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip


def quantity_of(value: Any) -> Decimal | None:
    """The amount that a Kubernetes quantity (`500m`, `1Gi`, 2) stands for, or None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    match = _QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    figure, suffix = match.groups()
    if suffix in _FACTORS:
        return Decimal(figure) * _FACTORS[suffix]
    try:
        return Decimal(figure + (suffix or ""))
    except InvalidOperation:  # pragma: no cover - the expression admits decimal numbers only
        return None


def quantity(property: str) -> Check:
    """A Kubernetes resource quantity parses, and is not negative."""
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            if is_unknown(value) or isinstance(value, (Mapping, list)):
                continue
            amount = quantity_of(value)
            if amount is None or amount < 0:
                yield found, {"value": value}

    return check


def json_text(property: str) -> Check:
    """A text is well-formed JSON."""
    at = path(property)

    def check(subject: Subject) -> Iterator[Finding]:
        for found, value in at.find(subject.node):
            if isinstance(value, str) and parsed_json(value) is MISSING:
                yield found, {"value": value}

    return check
