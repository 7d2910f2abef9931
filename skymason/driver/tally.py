"""Follows an operation step by step: which resources are in progress and what became of the others.

Fed by the engine's events; read by the progress display while it runs and by the summary afterwards.
Safe to feed from one thread and to read from another.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from skymason.driver.model import Change, ChangeKind
from skymason.plan.details import PropertyChange

STACK = "pulumi:pulumi:Stack"

_KINDS = {
    "same": ChangeKind.SAME,
    "read": ChangeKind.SAME,
    "refresh": ChangeKind.SAME,
    "create": ChangeKind.CREATE,
    "import": ChangeKind.CREATE,
    "update": ChangeKind.UPDATE,
    "delete": ChangeKind.DELETE,
    "discard": ChangeKind.DELETE,
    "replace": ChangeKind.REPLACE,
    "create-replacement": ChangeKind.REPLACE,
    "delete-replaced": ChangeKind.REPLACE,
    "read-replacement": ChangeKind.REPLACE,
    "import-replacement": ChangeKind.REPLACE,
    "discard-replaced": ChangeKind.REPLACE,
    "remove-pending-replace": ChangeKind.REPLACE,
}

_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (ChangeKind.SAME, ChangeKind.CREATE, ChangeKind.UPDATE, ChangeKind.DELETE, ChangeKind.REPLACE)
    )
}
"""A resource goes through several steps when it is replaced, or refreshed first: the gravest one is told."""


@dataclass(slots=True)
class Step:
    """One resource, as far as the engine has come with it."""

    urn: str
    type: str
    parent: str
    custom: bool
    kind: ChangeKind
    started: float
    ended: float | None = None
    failed: bool = False
    properties: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    details: tuple[PropertyChange, ...] = ()

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def counted(self) -> bool:
        """Whether people would call it a resource: not a component, nor a provider the engine adds itself."""
        default = self.type.startswith("pulumi:providers:") and self.name.startswith("default")
        return self.custom and not default


@dataclass(slots=True)
class Row:
    """The state of one component in a progress display."""

    name: str
    done: Counter[ChangeKind] = field(default_factory=Counter)
    running: list[Step] = field(default_factory=list)
    failed: int = 0


class Tally:
    """All steps of one operation."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.began = clock()
        self.messages: list[tuple[str, str, str]] = []
        """Severity, URN and text of what the engine said."""
        self.outputs: dict[str, Any] = {}
        """Outputs of the stack, secrets already hidden by the engine."""
        self._steps: dict[str, Step] = {}
        self._known: dict[str, Step] = {}
        self._lock = Lock()

    @property
    def seconds(self) -> float:
        return self.clock() - self.began

    def know(self, urn: str, type: str, *, parent: str, custom: bool) -> None:
        """A resource of the stack as it was. A destruction reaches components after what is inside them."""
        self._known[urn] = Step(urn, type, parent, custom, ChangeKind.SAME, self.began)

    def begin(self, urn: str, type: str, operation: str, *, parent: str = "", custom: bool = True) -> Step:
        """The engine begins one step of a resource."""
        kind = _KINDS.get(operation, ChangeKind.SAME)
        with self._lock:
            step = self._steps.get(urn)
            if step is None:
                step = Step(urn, type, parent, custom, kind, self.clock())
                self._steps[urn] = step
            elif _RANK[kind] >= _RANK[step.kind]:
                step.kind = kind
            step.parent = parent or step.parent
            step.ended = None
            return step

    def end(self, urn: str, operation: str = "same", *, failed: bool = False) -> Step | None:
        """The engine has ended a step of a resource; returns it, None for one that never began."""
        kind = _KINDS.get(operation, ChangeKind.SAME)
        with self._lock:
            step = self._steps.get(urn)
            if step is not None:
                if _RANK[kind] > _RANK[step.kind]:
                    step.kind = kind
                step.ended, step.failed = self.clock(), failed or step.failed
            return step

    def steps(self) -> list[Step]:
        with self._lock:
            return list(self._steps.values())

    def rows(self) -> list[Row]:
        """One row for each outermost component, in the order in which they began."""
        steps = self.steps()
        above = _Ancestry(steps, self._known)
        rows: dict[str, Row] = {}
        for step in steps:
            if not step.counted:
                continue
            name = (above.names(step.urn) or ("",))[0]
            row = rows.setdefault(name, Row(name))
            if step.failed:
                row.failed += 1
            elif step.ended is None:
                row.running.append(step)
            else:
                row.done[step.kind] += 1
        return list(rows.values())

    def changes(self) -> tuple[Change, ...]:
        """What became of every resource, in order of URN; one that failed has not changed."""
        steps = self.steps()
        above = _Ancestry(steps, self._known)
        return tuple(
            Change(
                ChangeKind.SAME if step.failed else step.kind,
                step.urn,
                step.type,
                step.name,
                above.names(step.urn),
                step.properties,
                step.reasons,
                details=step.details,
            )
            for step in sorted(steps, key=lambda step: step.urn)
            if step.counted and step.ended is not None
        )


class _Ancestry:
    """Names of the components above a resource, outermost first; the stack itself is not one of them."""

    def __init__(self, steps: Iterable[Step], known: Mapping[str, Step]) -> None:
        self._steps = {**known, **{step.urn: step for step in steps}}
        self._names: dict[str, tuple[str, ...]] = {}

    def names(self, urn: str) -> tuple[str, ...]:
        known = self._names.get(urn)
        if known is None:
            step = self._steps.get(urn)
            parent = self._steps.get(step.parent) if step else None
            if parent is None or parent.type == STACK:
                known = ()
            elif parent.custom:
                known = self.names(parent.urn)
            else:
                known = (*self.names(parent.urn), parent.name)
            self._names[urn] = known
        return known
