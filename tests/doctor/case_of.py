"""A machine that is as a test says, and a project on it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skymason.doctor.model import Answer, Case, Finding, Machine
from skymason.engine_cli import EngineCli

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
FOUND = EngineCli(True, "Pulumi CLI 3.260.0 on the PATH", None, "3.260.0")
NO_CLI = EngineCli(False, "no Pulumi CLI on the PATH nor in .skymason/pulumi")


def case(
    home: Path,
    root: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    programs: Mapping[str, str | None] | None = None,
    packages: Mapping[str, str] | None = None,
    answers: Mapping[str, Answer] | None = None,
    engine: EngineCli = NO_CLI,
    online: bool = False,
    **machine: Any,
) -> Case:
    """programs: name → what it prints, None where it does not run. answers: address → answer; every other
    address is a mistake of the test."""

    def run(words: Sequence[str]) -> str | None:
        return (programs or {}).get(words[0])

    def fetch(address: str) -> Answer:
        assert answers is not None, f"{address} was asked"
        return answers[address]

    found = Case(
        Machine(
            environ=environ or {},
            home=home,
            find=lambda name: f"/usr/bin/{name}" if name in (programs or {}) else None,
            run=run,
            installed=(packages or {}).get,
            now=lambda: NOW,
            fetch=fetch,
            **machine,
        ),
        root,
        online,
    )
    found.__dict__["engine"] = engine
    return found


def said(findings: Any) -> list[tuple[str, str, str]]:
    """Status, what was found and the fix, of each finding."""
    return [(str(item.status), item.found, item.fix) for item in findings]


def statuses(findings: Any) -> list[str]:
    return [str(item.status) for item in findings if isinstance(item, Finding)]
