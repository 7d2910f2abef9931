"""What one step of the engine changes in a resource, with values, from the events it sends."""

from __future__ import annotations

from typing import Any

from skymason.plan.details import PropertyChange, Side, details
from skymason.plan.engine import plain
from skymason.plan.paths import HIDDEN, covers, lookup

_SECRET = (HIDDEN, HIDDEN)


def details_of(step: Any) -> tuple[PropertyChange, ...]:
    """Properties that a step changes, in order of path; none where it makes or deletes the resource.

    step: `pulumi.automation.StepEventMetadata`. The engine names what it found different, also where it hides
    the values (secrets) or has them among the outputs only.
    """
    named = step.detailed_diff or {}
    if step.old is None or step.new is None or not named:
        return ()
    forcing = [path for path, found in named.items() if str(found.diff_kind.value).endswith("-replace")]
    sides = [
        (_side(old), _side(new))
        for old, new in (
            (step.old.inputs, step.new.inputs),
            (step.old.outputs, step.new.outputs),
        )
    ]
    found = {item.path: item for item in details(*sides[0], forcing=forcing)}
    for path in named:
        if not any(_same(path, known) for known in found):
            found[path] = _unseen(path, sides, path in forcing)
    return tuple(found[path] for path in sorted(found))


def _same(path: str, known: str) -> bool:
    """Whether a change at a path is told already, perhaps as one around it or inside of it."""
    return covers(path.partition("[")[0], known.partition("[")[0])


def _unseen(path: str, sides: list[tuple[Side, Side]], forces: bool) -> PropertyChange:
    """A change that inputs do not show: of a secret, or of an output."""
    for before, after in sides:
        old, new = lookup(before.values, path), lookup(after.values, path)
        if old != new or before.hides(path) or after.hides(path):
            return PropertyChange(
                path, _kind(old, new), before.shown(old, path), after.shown(new, path), forces=forces
            )
    return PropertyChange(path, "update", *_SECRET, forces=forces)


def _kind(old: Any, new: Any) -> str:
    return "add" if old is None else "delete" if new is None else "update"


def _side(values: Any) -> Side:
    return Side(*plain(values or {}))
