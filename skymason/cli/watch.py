"""Validates again whenever a file changes that validation reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from stat import S_ISREG

from skymason.cli.validation import Validated, as_line, findings_text

DEBOUNCE_MS, QUIET_MS = 1000, 60
"""A run begins once nothing has changed for the second, and at latest after the first: an editor that saves
removes a file and puts it back, and a branch that is checked out changes many."""
LOOK_MS = 1000
"""Files are looked at so often also where the file system reports no changes."""

CLEAR = "\x1b[2J\x1b[3J\x1b[H"
_ROOT_FILES = ("Pulumi*.yaml", "infrastructure-patterns.yaml")
_SERVICES = "services"

Snapshot = Mapping[str, tuple[int, int]]


def watch(run: Callable[[], Validated], root: Path, *, as_json: bool, every_stack: bool) -> int:
    """Run, print, wait for a change, and again, until Ctrl-C; that is how it ends, so the exit code is 0.

    root: the project. run: never raises. On a terminal each run takes the place of the one before, elsewhere
    it is appended.
    """
    redraw = sys.stdout.isatty() and not as_json
    try:
        for changed in changes(root):
            validated = run()
            if as_json:
                _say(as_line(validated, changed, datetime.now().astimezone().isoformat(timespec="seconds")))
                continue
            _say((CLEAR if redraw else "") + _page(validated, changed, every_stack=every_stack))
    except KeyboardInterrupt:
        if redraw:
            _say("")
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _page(validated: Validated, changed: set[str], *, every_stack: bool) -> str:
    what = ", ".join(sorted(changed)[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
    head = f"{datetime.now():%H:%M:%S}  {f'{what} changed' if changed else 'watching; Ctrl-C ends'}"
    verdict = f"{validated.verdict(every_stack=every_stack)} ({validated.seconds:.2f} s)"
    parts = [head, findings_text(validated.diagnostics, changed), verdict]
    return "\n".join(part for part in parts if part)


def changes(root: Path) -> Iterator[set[str]]:
    """At once with nothing, then the paths from `root` that changed, whenever some did.

    What changes while the caller works is found out afterwards by comparing, so nothing is lost.
    """
    before = snapshot(root)
    yield set()
    while True:
        after = snapshot(root)
        changed = differing(before, after)
        before = after
        if changed:
            yield changed
        else:
            _wait(root, before)


def _wait(root: Path, known: Snapshot) -> None:
    """Return once something differs from what is known, or folders came or went."""
    from watchfiles import watch as events

    folders = _folders(root)
    try:
        for _ in events(
            *folders,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            step=QUIET_MS,
            recursive=False,
            yield_on_timeout=True,
            rust_timeout=LOOK_MS,
        ):
            if differing(known, snapshot(root)) or _folders(root) != folders:
                return
    except OSError:
        time.sleep(QUIET_MS / 1000)  # a folder went away before it could be watched


def snapshot(root: Path) -> Snapshot:
    """Path from the root → when it was changed, and its size; of every file that validation reads."""
    found = {}
    for path in _files(root):
        try:
            status = path.stat()
        except OSError:
            continue  # gone between listing and looking
        if S_ISREG(status.st_mode):
            found[path.relative_to(root).as_posix()] = (status.st_mtime_ns, status.st_size)
    return found


def _files(root: Path) -> list[Path]:
    try:
        found = [path for pattern in _ROOT_FILES for path in root.glob(pattern)]
        return found + [path for path in (root / _SERVICES).rglob("*") if not path.name.startswith(".")]
    except OSError:
        return []  # a folder went away while it was read


def differing(before: Snapshot, after: Snapshot) -> set[str]:
    """Paths that came, went or changed."""
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def _folders(root: Path) -> list[Path]:
    """What has to be watched: not the whole project, which holds a virtual environment."""
    services = root / _SERVICES
    below = [path for path in services.rglob("*") if path.is_dir()] if services.is_dir() else []
    return [root, *([services] if services.is_dir() else []), *sorted(below)]
