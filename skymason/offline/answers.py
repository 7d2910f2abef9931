"""What the offline cloud answers: checked inputs, a difference, or why it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from skymason.offline.shapes import Problem
from skymason.plan.paths import Change

NOT_FOUND = "ResourceNotFound"
"""The code of a refusal because something is not there."""


class Reason(NamedTuple):
    """Why the cloud refuses.

    code, message: its own. property: path of the offending input. rule: id of the rule, if it was one.
    """

    code: str
    message: str
    property: str = ""
    rule: str = ""


class Refused(Exception):  # noqa: N818  a cloud's answer, not an error of ours
    """The cloud refuses an operation, for all of `reasons`."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__("; ".join(f"{reason.code}: {reason.message}" for reason in reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Checked:
    """Inputs with the provider's defaults and physical name, and every breach of the contract."""

    inputs: dict[str, Any]
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether every value has the type that rules and templates expect of it."""
        return not any(problem.kind in ("token", "type") for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Difference:
    """What an update would change.

    replaces: the changed paths that make a new resource of it. delete_first: the old one has to go before.
    """

    changes: tuple[Change, ...]
    replaces: tuple[str, ...]
    delete_first: bool = False
