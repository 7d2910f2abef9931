"""Cron expressions of five fields, as Kubernetes and KEDA read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


class CronError(ValueError):
    """The expression is wrong; the message says which field, and why."""


def parse(expression: str) -> list[set[int]]:
    """The values that each field allows. Raises CronError."""
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        raise CronError(f"{len(parts)} fields in place of {len(_FIELDS)}")
    allowed = [_values(part, field) for part, field in zip(parts, _FIELDS, strict=True)]
    _, _, days, months, _ = allowed
    if parts[4] == "*" and all(min(days) > _LONGEST_MONTH[month - 1] for month in months):
        raise CronError(f"day {min(days)} never comes in the given months")
    return allowed


def minutes_of_day(allowed: list[set[int]]) -> Iterator[int]:
    """Minutes since midnight at which it fires, on a day on which it does."""
    return (hour * 60 + minute for hour in sorted(allowed[1]) for minute in sorted(allowed[0]))


def shortest_gap(expression: str) -> int:
    """Minutes between the two closest times, of one day or of one day and the next."""
    times = list(minutes_of_day(parse(expression)))
    following = [*times[1:], times[0] + 24 * 60]
    return min(after - before for before, after in zip(times, following, strict=True))


def _values(part: str, field: _Field) -> set[int]:
    values: set[int] = set()
    for item in part.split(","):
        span, slash, step = item.partition("/")
        if slash and (not step.isdigit() or int(step) == 0):
            raise CronError(f"{field.name}: '{item}' has no whole step above 0")
        low, high = _span(span, field, open_end=bool(slash))
        values.update(range(low, high + 1, int(step) if slash else 1))
    return values


def _span(span: str, field: _Field, *, open_end: bool) -> tuple[int, int]:
    if span in ("*", "?"):
        return field.low, field.high
    first, dash, last = span.partition("-")
    low = _number(first, field)
    high = _number(last, field) if dash else field.high if open_end else low
    if low > high:
        raise CronError(f"{field.name}: '{span}' runs backwards")
    return low, high


def _number(text: str, field: _Field) -> int:
    word = text.lower()
    if word in field.words:
        return field.words.index(word) + field.low
    if not word.isdigit() or not field.low <= int(word) <= field.high:
        raise CronError(f"{field.name}: '{text}' is not from {field.low} to {field.high}")
    return int(word)
