"""When things run: scheduled capacity and tasks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns import cron
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.common import ServiceConfig

BAD_CRON = define("SM2130", "Cron expression is wrong", "Kubernetes refuses it, or it never fires.")
BAD_TIMEZONE = define("SM2131", "Unknown time zone", "Times are then those of another place, or refused.")
SAME_TASK = define("SM2132", "Two tasks, or two schedules, of one name", "The name is that of the object.")
EMPTY_SCHEDULE = define(
    "SM2133", "Scheduled capacity ends when it begins", "It is then never there, or always."
)
TASK_NAME = define(
    "SM2134",
    "Name of a scheduled task is too long",
    "Kubernetes adds the time to a CronJob's name for each run, which leaves 52 characters.",
)
TASK_OVERRUN = define(
    "SM2135", "Task may still run when it is due again", "The next run is then left out: runs never overlap."
)

CRON_JOB_NAME = 52
"""Source: Kubernetes documentation, 'CronJob', 'CronJob limitations'."""


@check(ServiceConfig)
def times(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    config = subject.config
    for index, item in enumerate(config.scaling.schedule):
        path = f"scaling.schedule.{index}"
        wrong = list(_cron(subject, item.start, f"{path}.start")) + list(
            _cron(subject, item.end, f"{path}.end")
        )
        yield from wrong
        if not wrong and cron.parse(item.start) == cron.parse(item.end):
            yield subject.finding(
                EMPTY_SCHEDULE,
                f"'{item.name}' begins and ends at '{item.start}'",
                "let it end later",
                f"{path}.end",
                f"{path}.start",
            )
        yield from _timezone(subject, item.timezone, f"{path}.timezone")
    for index, task in enumerate(config.tasks):
        path = f"tasks.{index}"
        yield from _timezone(subject, task.timezone, f"{path}.timezone")
        if task.schedule is None:
            continue
        wrong = list(_cron(subject, task.schedule, f"{path}.schedule"))
        yield from wrong
        gap = 0 if wrong else cron.shortest_gap(task.schedule) * 60
        if gap and task.timeout_seconds > gap:
            yield subject.finding(
                TASK_OVERRUN,
                f"'{task.name}' may take {task.timeout_seconds} s, but is due again after {gap} s",
                f"set timeout_seconds to at most {gap}, or run it less often",
                f"{path}.timeout_seconds",
                f"{path}.schedule",
                severity=Severity.WARNING,
            )
        if len(task.name) > CRON_JOB_NAME:
            yield subject.finding(
                TASK_NAME,
                f"'{task.name}' has {len(task.name)} characters, a scheduled task may have {CRON_JOB_NAME}",
                "shorten it",
                f"{path}.name",
            )


@check(ServiceConfig)
def names(subject: Subject[ServiceConfig]) -> Iterator[Diagnostic]:
    groups = {
        "tasks": [task.name for task in subject.config.tasks],
        "scaling.schedule": [item.name for item in subject.config.scaling.schedule],
    }
    for path, given in groups.items():
        for index, name in enumerate(given):
            if name in given[:index]:
                yield subject.finding(
                    SAME_TASK, f"'{name}' is given twice", "rename one of them", f"{path}.{index}.name"
                )


def _cron(subject: Subject[ServiceConfig], expression: str, key: str) -> Iterator[Diagnostic]:
    try:
        cron.parse(expression)
    except cron.CronError as error:
        fix = "five fields: minute, hour, day of the month, month, day of the week, as in '0 3 * * *'"
        yield subject.finding(BAD_CRON, f"'{expression}': {error}", fix, key)


def _timezone(subject: Subject[ServiceConfig], name: str, key: str) -> Iterator[Diagnostic]:
    if not _known_timezone(name):
        fix = "give an IANA name, as in 'Europe/Berlin'"
        yield subject.finding(BAD_TIMEZONE, f"there is no time zone '{name}'", fix, key)


@cache
def _known_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
