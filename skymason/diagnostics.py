"""What Skymason says when something is wrong: one type, one registry of codes, three renderings.

Ranges: SM1xxx settings and project, SM2xxx specs and patterns, SM3xxx plans and evaluation,
SM4xxx offline cloud and engine, SM5xxx commands. A code never changes its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad it is. Only an ERROR stops a command and makes its exit code non-zero."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the registry: a stable code, a title, and why the rule exists."""

    id: str
    title: str
    why: str


REGISTRY: dict[str, Code] = {}


def define(id: str, title: str, why: str) -> Code:
    """Register a code, once, next to the code that reports it. Raises ValueError for a second use."""
    if id in REGISTRY:
        raise ValueError(f"diagnostic code {id} is defined twice")
    REGISTRY[id] = Code(id, title, why)
    return REGISTRY[id]


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file. `path` is relative to the project; `line` counts from 1, 0 means the whole file."""

    path: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    code: a registered code. message: what is wrong. fix: what to do about it. location: file and line.
    key: dotted key path, empty where there is none. set_by: the layers that set the values involved.
    """

    code: Code
    message: str
    fix: str
    location: Location
    key: str = ""
    set_by: tuple[str, ...] = field(default=())
    severity: Severity = Severity.ERROR

    def as_text(self) -> str:
        lines = [f"{self.severity} {self.code.id} {self.location} {self.key}".rstrip(), f"  {self.message}"]
        if self.set_by:
            lines.append(f"  set by: {'; '.join(self.set_by)}")
        lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code.id,
            "severity": str(self.severity),
            "title": self.code.title,
            "path": self.location.path,
            "line": self.location.line,
            "key": self.key,
            "message": self.message,
            "set_by": list(self.set_by),
            "fix": self.fix,
        }


class DiagnosticError(Exception):
    """Raised where work cannot go on; carries every finding made until then."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("\n".join(item.as_text() for item in diagnostics))
        self.diagnostics = tuple(diagnostics)


def ordered(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by file, line, code and key, without repeats: the same input prints the same report."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.location, d.code.id, d.key, d.message))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(item.severity is Severity.ERROR for item in diagnostics)


_SHORTEST = 3


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` most probably meant, or None."""
    words = list(known)
    matches = get_close_matches(word, words, n=1, cutoff=0.6)
    if matches:
        return matches[0]
    # `production` for prod, `stag` for staging: too far apart to be a slip of the finger.
    begun = (other for other in words if min(len(word), len(other)) >= _SHORTEST)
    return next((other for other in begun if word.startswith(other) or other.startswith(word)), None)


def suggestion(word: str, known: Sequence[str]) -> str:
    """A fix for an unknown word: the nearest known one first, then all that are allowed."""
    near = nearest(word, known)
    allowed = f"allowed: {', '.join(known)}"
    return f"did you mean '{near}'? {allowed}" if near else allowed


def to_text(diagnostics: Iterable[Diagnostic]) -> str:
    return "\n".join(item.as_text() for item in ordered(diagnostics))


def to_json(diagnostics: Iterable[Diagnostic]) -> str:
    return json.dumps([item.as_dict() for item in ordered(diagnostics)], indent=2)


def to_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """SARIF 2.1.0, as code hosts show it next to the changed line."""
    found = ordered(diagnostics)
    rules = sorted({item.code.id for item in found})
    run = {
        "tool": {
            "driver": {
                "name": "skymason",
                "version": version,
                "rules": [
                    {
                        "id": id,
                        "shortDescription": {"text": REGISTRY[id].title},
                        "fullDescription": {"text": REGISTRY[id].why},
                    }
                    for id in rules
                ],
            }
        },
        "results": [
            {
                "ruleId": item.code.id,
                "level": str(item.severity),
                "message": {"text": f"{item.message}\nfix: {item.fix}"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": item.location.path},
                            "region": {"startLine": max(item.location.line, 1)},
                        }
                    }
                ],
            }
            for item in found
        ],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)
