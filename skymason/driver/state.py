"""What a stack's state says: its resources, when it was written, and what is pending. Nothing is run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes, recover
from skymason.driver.cli import ask
from skymason.driver.kept import kept, newer, state_path
from skymason.driver.model import CloudKind
from skymason.driver.project import Project
from skymason.plan.model import Plan


@dataclass(frozen=True, slots=True)
class StackState:
    """plan: what is deployed, None for nothing. updated: when it was written last. pending: URN and kind of
    each operation whose outcome is unknown. place: where the state is kept, for people."""

    stack: str
    plan: Plan | None
    updated: datetime | None
    pending: tuple[tuple[str, str], ...]
    place: str


def read_state(project: Project, stack: str, cloud: CloudKind) -> StackState:
    """The state of one stack. Raises DiagnosticError: unreadable, or a real one that cannot be had."""
    if cloud is CloudKind.REAL:
        text = ask(project, stack, "stack", "export")
        return _exported(stack, json.loads(text), "the backend you are logged in to")
    state, plan = state_path(project, stack), project.kept_plan(stack)
    if newer(state, plan):
        place = project.shown(project.offline_folder(stack))
        return _exported(stack, {"deployment": recover.read_deployment(state)}, place)
    found = kept(project, stack)
    return StackState(stack, found, _written(plan) if found else None, (), project.shown(plan))


def _exported(stack: str, data: Mapping[str, Any], place: str) -> StackState:
    from skymason.plan.engine import from_state

    deployment = data["deployment"]
    pending = tuple(
        (item["resource"]["urn"], str(item.get("type") or ""))
        for item in deployment.get("pending_operations") or ()
    )
    plan = from_state(data) if deployment.get("resources") else None
    return StackState(stack, plan, _time(deployment), pending, place)


def _time(deployment: Mapping[str, Any]) -> datetime | None:
    """When the engine wrote it; it gives nanoseconds, and year 1 for never."""
    text = str((deployment.get("manifest") or {}).get("time") or "")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.year > 1 else None


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def age(then: datetime, now: datetime) -> str:
    """'just now', '5 minutes ago', '3 hours ago', '2 days ago'."""
    seconds = max(int((now - then).total_seconds()), 0)
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {word}{'' if count == 1 else 's'} ago"
    return "just now"


def unknown(resource: str, known: str) -> DiagnosticError:
    """The error for a resource that the state does not have."""
    text = f"the state has no resource '{resource}'"
    return DiagnosticError([Diagnostic(codes.UNKNOWN_RESOURCE, text, known, Location("sm state"))])
