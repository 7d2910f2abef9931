"""What `sm doctor` found, as JSON and for people."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from skymason.doctor.checks import Result
from skymason.doctor.model import Finding, Status

_COLOURS = {Status.OK: "32", Status.WARN: "33", Status.FAIL: "1;31"}
_PIPE_WIDTH = 120
_TITLE, _STATUS = 16, 4


def as_json(results: Sequence[Result]) -> str:
    """One document: every finding with its check, and how many there are of each status."""
    document = {
        "findings": [
            {
                "check": result.check.name,
                "group": result.check.group,
                "title": result.check.title,
                "status": str(item.status),
                "found": item.found,
                "fix": item.fix,
            }
            for result in results
            for item in result.findings
        ],
        "counts": {str(status): _counts(results)[status] for status in Status},
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_text(results: Sequence[Result]) -> str:
    """Findings by group, each with its fix below it, and a line that counts them."""
    colour = sys.stdout.isatty()
    width = max(60, shutil.get_terminal_size().columns) if colour else _PIPE_WIDTH
    lines: list[str] = []
    group = ""
    for result in results:
        if result.findings and result.check.group != group:
            group = result.check.group
            lines += ["", group] if lines else [group]
        for index, item in enumerate(result.findings):
            lines += _lines("" if index else result.check.title, item, width, colour=colour)
    counts = _counts(results)
    lines += ["", f"{counts[Status.OK]} ok, {counts[Status.WARN]} to look at, {counts[Status.FAIL]} wrong"]
    return "\n".join(lines)


def _lines(title: str, item: Finding, width: int, *, colour: bool) -> Iterator[str]:
    status = f"{item.status:<{_STATUS}}"
    if colour:
        status = f"\x1b[{_COLOURS[item.status]}m{status}\x1b[0m"
    indent = " " * (2 + _TITLE + _STATUS + 2)
    room = width - len(indent)
    first, *more = textwrap.wrap(item.found, room, break_on_hyphens=False) or [""]
    yield f"  {title:<{_TITLE}}{status}  {first}"
    yield from (indent + line for line in more)
    if item.fix:
        wrapped = textwrap.wrap(f"fix: {item.fix}", room, subsequent_indent="     ", break_on_hyphens=False)
        yield from (indent + line for line in wrapped)


def _counts(results: Sequence[Result]) -> Counter[Status]:
    return Counter(item.status for result in results for item in result.findings)
