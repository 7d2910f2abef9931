"""What a deployment is asked to do, what happens to each resource, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from skymason.diagnostics import Diagnostic
from skymason.plan.details import PropertyChange


class Operation(StrEnum):
    """What to do with a stack; the engine's own four."""

    UP = "up"
    PREVIEW = "preview"
    REFRESH = "refresh"
    DESTROY = "destroy"


class CloudKind(StrEnum):
    """Where it is done: in the offline cloud on this machine, or with the user's own credentials."""

    OFFLINE = "offline"
    REAL = "real"


class ChangeKind(StrEnum):
    """What happens to one resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    SAME = "same"


class Result(StrEnum):
    """How an operation ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Change:
    """What happened, or would happen, to one resource.

    components: names of the components above it, outermost first. properties: paths of what changes.
    reasons: the properties that make it a replacement. escaped: properties that a spec's `escape` sets.
    details: what changes, with values. consequence: it would not change, or not be replaced, but for the
    replacement of others. follows: URNs of those others, as far as dependencies tell.
    """

    kind: ChangeKind
    urn: str
    type: str
    name: str
    components: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    escaped: tuple[str, ...] = ()
    details: tuple[PropertyChange, ...] = ()
    consequence: bool = False
    follows: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "components": list(self.components),
            "properties": list(self.properties),
            "reasons": list(self.reasons),
            "escaped": list(self.escaped),
            "details": [item.as_dict() for item in self.details],
            "consequence": self.consequence,
            "follows": list(self.follows),
        }


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the driver.

    dry: only show what refresh or destroy would do (a preview is always dry). expect_no_changes: a preview
    that finds a change has failed.
    """

    operation: Operation
    stack: str
    cloud: CloudKind = CloudKind.OFFLINE
    dry: bool = False
    expect_no_changes: bool = False

    @property
    def writes(self) -> bool:
        """Whether the operation changes the stack's state."""
        return self.operation is not Operation.PREVIEW and not self.dry


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one operation.

    changes: every resource that is or was in the stack, unchanged ones too (kind same); components and the
    engine's own resources are left out. engine: which one ran; reason: why that one. outputs: secret ones are
    replaced by '[secret]'. state: where the state is kept. seconds: elapsed time.
    """

    project: str
    stack: str
    operation: Operation
    cloud: CloudKind
    engine: str
    reason: str
    result: Result
    changes: tuple[Change, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    state: str = ""
    seconds: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def counts(self) -> dict[ChangeKind, int]:
        """Number of resources by what happened to them; kinds that did not happen are left out."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in ChangeKind if found[kind]}

    @property
    def changed(self) -> int:
        """Number of resources that were, or would be, changed."""
        return sum(number for kind, number in self.counts.items() if kind is not ChangeKind.SAME)
