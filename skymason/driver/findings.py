"""Turns what the engine and the program said into diagnostics: one for each cause, none with a traceback."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from skymason.diagnostics import Diagnostic, Location, Severity
from skymason.driver import codes

_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_OWN = re.compile(r"^(?P<severity>error|warning|note) (?P<code>SM\d{4})\b", re.MULTILINE)
CONSEQUENCES = re.compile(
    r"^(update|preview|refresh|destroy|import|delete) (failed|canceled)$"
    r"|^resource registration shutting down|^an unhandled error occurred: Program exited"
    r"|^deployment exited with|^update cancell?ed|^Resource monitor has terminated",
    re.IGNORECASE,
)
"""What the engine says once more, of a cause that it has told already."""


def findings(messages: Iterable[tuple[str, str, str]], stack: str, root: str) -> list[Diagnostic]:
    """Diagnostics for messages of the engine: (severity, URN, text).

    A program that stopped with diagnostics of its own has them passed on as they are.
    """
    found: list[Diagnostic] = []
    for severity, urn, text in messages:
        if severity not in ("error", "warning") or CONSEQUENCES.search(text):
            continue
        level = Severity.ERROR if severity == "error" else Severity.WARNING
        name = urn.rpartition("::")[2]
        if _TRACEBACK in text:
            found.append(_program(text, stack, root))
        else:
            fix = "mend the cause and run it again: it goes on from what is done"
            if level is Severity.WARNING:
                fix = "nothing has to be done for this run"
            found.append(
                Diagnostic(codes.FAILED, _folded(text), fix, Location(f"stack {stack}"), name, severity=level)
            )
    return list(dict.fromkeys(found))


def _program(text: str, stack: str, root: str) -> Diagnostic:
    """A traceback as one diagnostic: its last line, at the innermost line of the project's own code."""
    place = Location(f"stack {stack}")
    for match in _FRAME.finditer(text):
        path = match["path"]
        inside = path.startswith(root + os.sep) and "site-packages" not in path
        if inside:
            place = Location(os.path.relpath(path, root), int(match["line"]))
    lines = [line for line in text.splitlines() if line.strip()]
    message = _folded(text) if os.environ.get("SM_DEBUG") else lines[-1].strip()
    fix = "mend the program; SM_DEBUG=1 shows the whole traceback"
    return Diagnostic(codes.PROGRAM, message, fix, place)


def _folded(text: str) -> str:
    """Several lines as the body of one diagnostic."""
    return "\n  ".join(line.rstrip() for line in text.splitlines() if line.strip())
