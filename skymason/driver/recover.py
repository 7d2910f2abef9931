"""Finds what a killed update left behind: locks that nobody holds, and operations of unknown outcome."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location, Severity
from skymason.driver import codes


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock of the file backend. alive: its process runs, or runs on another machine for all we know."""

    path: Path
    pid: int
    owner: str
    alive: bool


_PROTECTIONS = ("deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection")
"""What the clouds call it; a resource type has one of them at most."""
_OFF: dict[object, object] = {True: False, "ACTIVE": "INACTIVE"}


def state_file(backend: Path, project: str, stack: str) -> Path:
    """Where the file backend keeps the state of a stack."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def locks(backend: Path, project: str, stack: str) -> list[Lock]:
    """Locks on a stack of a file backend."""
    folder = backend / ".pulumi" / "locks" / "organization" / project / stack
    return [_lock(path) for path in sorted(folder.glob("*.json"))]


def _lock(path: Path) -> Lock:
    try:
        data = json.loads(path.read_text())
        pid, host = int(data["pid"]), str(data["hostname"])
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(path, 0, "unknown", alive=False)
    here = host == socket.gethostname()
    return Lock(path, pid, f"process {pid} on {host}", alive=not here or _runs(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    """Ended, but not yet collected by its parent; only Linux tells."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def clear_stale_locks(backend: Path, project: str, stack: str) -> list[Diagnostic]:
    """Remove locks whose process is gone. Raises DiagnosticError for one that is held."""
    place = Location(f"stack {stack}")
    found = locks(backend, project, stack)
    held = [lock for lock in found if lock.alive]
    if held:
        text = f"locked by {', '.join(lock.owner for lock in held)}"
        fix = "wait until it ends; if it hangs, end that process and run this again"
        raise DiagnosticError([Diagnostic(codes.LOCKED, text, fix, place)])
    for lock in found:
        lock.path.unlink(missing_ok=True)
        lock.path.with_name(f"{lock.path.name}.attrs").unlink(missing_ok=True)
    if not found:
        return []
    text = f"the lock of {', '.join(lock.owner for lock in found)} was left behind and has been removed"
    return [Diagnostic(codes.STALE_LOCK, text, "nothing to do", place, severity=Severity.WARNING)]


def pending_operations(state: Path) -> list[str]:
    """URNs of the operations that a file backend's state calls pending. Raises DiagnosticError, SM4107."""
    deployment = read_deployment(state)
    return [item["resource"]["urn"] for item in deployment.get("pending_operations") or ()]


def protected(state: Path) -> bool:
    """Whether the state holds a resource that must not be deleted."""
    return any(item.get("protect") for item in read_deployment(state).get("resources") or ())


def lift_protection(cloud_folder: Path) -> list[str]:
    """Turn off the clouds' own protection from deletion in an offline cloud; names of what was protected."""
    from skymason.offline.cloud import Cloud

    if not cloud_folder.exists():
        return []
    cloud = Cloud(cloud_folder)
    lifted = []
    for resource in cloud.resources:
        known = {**resource.outputs, **resource.inputs}
        values = {key: known[key] for key in _PROTECTIONS if isinstance(known.get(key), (bool, str))}
        off = {key: _OFF[value] for key, value in values.items() if value in _OFF}
        if off:
            cloud.drift(resource.urn, off)
            lifted.append(resource.name)
    return sorted(lifted)


def forget_unknown(cloud_folder: Path, state: Path) -> list[str]:
    """Take out of the offline cloud what the stack's state does not know; returns the URNs.

    The state is written at the end of a run, so a run that was killed leaves resources that nobody knows: a
    real cloud's have to be imported or deleted by hand, and the next run would find their names taken.
    """
    from skymason.offline.cloud import Cloud

    if not cloud_folder.exists():
        return []
    known = {item["urn"] for item in read_deployment(state).get("resources") or ()}
    cloud = Cloud(cloud_folder)
    lost = [resource for resource in cloud.resources if resource.urn not in known]
    for resource in lost:
        cloud.forget(resource)
    return [resource.urn for resource in lost]


def read_deployment(state: Path) -> dict[str, Any]:
    """The deployment in a file backend's state, {} for a stack that was never deployed."""
    if not state.exists():
        return {}
    try:
        latest = json.loads(state.read_text())["checkpoint"].get("latest")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        text = f"the state is damaged: {problem}"
        fix = f"copy {state.name}.bak over it, or delete the folder to begin with an empty offline cloud"
        raise DiagnosticError([Diagnostic(codes.UNREADABLE_STATE, text, fix, Location(str(state)))]) from None
    return latest or {}
