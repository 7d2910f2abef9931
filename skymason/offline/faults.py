"""Faults and drift on demand, so that a test can see what a failing cloud does to a program.

`faults.json` in the cloud's folder, or the file that SKYMASON_OFFLINE_FAULTS names, is a list of
`{"operation": "create", "type": "aws:sqs/queue:Queue", "nth": 2, "kind": "fail", "code": …, "message": …}`:
kind `fail` (default) or `throttle` refuses, `slow` waits `seconds`. `type` and `operation` may be `*`; `nth`
counts matching operations from 1, left out it means every one; `name` narrows it to one logical name.

`drift.json` in the folder is a list of `{"name": logical name or id, "set": {property: value}}` or
`{"name": …, "delete": true}`: changes made behind the program's back, put in force when the cloud next looks.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "SKYMASON_OFFLINE_FAULTS"
FAULTS = "faults.json"
DRIFT = "drift.json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; see the module."""

    operation: str = "create"
    type: str = "*"
    name: str = "*"
    nth: int = 0
    kind: str = "fail"
    code: str = ""
    message: str = ""
    seconds: float = 0.0


class InjectedFault(Exception):  # noqa: N818  it is no error of ours
    """The cloud refuses, because a fault says so."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Faults:
    """The faults in force. Counts the operations that it sees."""

    def __init__(self, faults: list[Fault] | None = None) -> None:
        self.faults = faults or []
        self._seen: Counter[int] = Counter()

    @classmethod
    def of(cls, folder: Path | None) -> Faults:
        """The faults that the environment or the folder asks for."""
        named = os.environ.get(VARIABLE)
        path = Path(named) if named else folder / FAULTS if folder else None
        if path is None or not path.is_file():
            return cls()
        return cls([Fault(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))])

    def pause(self, operation: str, type: str, name: str) -> None:
        """Wait where a fault asks for it. Called before the cloud is locked, so that others can go on."""
        for fault in self._due(operation, type, name, slow=True):
            time.sleep(fault.seconds)

    def strike(self, operation: str, type: str, name: str) -> None:
        """Count an operation, and raise InjectedFault where one is due."""
        for fault in self._due(operation, type, name, slow=False):
            throttled = fault.kind == "throttle"
            code = "ThrottlingException" if throttled else "InternalFailure"
            message = "Rate exceeded" if throttled else f"{operation} of {type} was made to fail"
            raise InjectedFault(fault.code or code, fault.message or message)

    def _due(self, operation: str, type: str, name: str, *, slow: bool) -> Iterator[Fault]:
        for number, fault in enumerate(self.faults):
            if (
                (fault.kind == "slow") is slow
                and _fits(fault.operation, operation)
                and _fits(fault.type, type)
                and _fits(fault.name, name)
            ):
                self._seen[number] += 1
                if not fault.nth or self._seen[number] == fault.nth:
                    yield fault


def _fits(wanted: str, value: str) -> bool:
    return wanted in ("*", value)


def take_drift(folder: Path) -> list[Mapping[str, Any]]:
    """The drift that waits in a folder, once: the file is put aside when it has been read."""
    path = folder / DRIFT
    try:
        taken = path.rename(path.with_suffix(".applied.json"))
    except FileNotFoundError:
        return []
    return list(json.loads(taken.read_text(encoding="utf-8")))
