"""Turns what the engine and the program said into diagnostics: one for each cause, none with a traceback."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from skymason.diagnostics import REGISTRY, Code, Diagnostic, Location, Severity
from skymason.driver import codes

_TRACEBACK = "Traceback (most recent call last):"
_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_OWN = re.compile(
    r"^(?P<severity>error|warning|note) (?P<code>SM\d{4}) (?P<path>\S+?)(:(?P<line>\d+))?( (?P<key>\S+))?$"
)
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
        own = _own(text)
        if own:
            found += own
        elif _TRACEBACK in text:
            found.append(_program(text, stack, root))
        else:
            fix = "mend the cause and run it again: it goes on from what is done"
            if level is Severity.WARNING:
                fix = "nothing has to be done for this run"
            found.append(
                Diagnostic(codes.FAILED, _folded(text), fix, Location(f"stack {stack}"), name, severity=level)
            )
    return list(dict.fromkeys(found))


def _own(text: str) -> list[Diagnostic]:
    """Diagnostics that the program printed in their own form (`Diagnostic.as_text`); none for other text."""
    found: list[Diagnostic] = []
    head: re.Match[str] | None = None
    body: list[str] = []

    def close() -> None:
        if head is None:
            return
        fix = next((line[5:] for line in body if line.startswith("fix: ")), "")
        layers = next((line[8:] for line in body if line.startswith("set by: ")), "")
        message = [line for line in body if not line.startswith(("fix: ", "set by: "))]
        known = REGISTRY.get(head["code"]) or Code(head["code"], head["code"], "")
        found.append(
            Diagnostic(
                known,
                "\n  ".join(message),
                fix,
                Location(head["path"], int(head["line"] or 0)),
                head["key"] or "",
                tuple(layers.split("; ")) if layers else (),
                Severity(head["severity"]),
            )
        )

    for line in text.rpartition("DiagnosticError: ")[2].splitlines():
        match = _OWN.match(line)
        if match:
            close()
            head, body = match, []
        elif head is not None and line.strip():
            body.append(line.removeprefix("  "))
    close()
    return found


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
