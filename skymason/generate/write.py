"""Puts the files of a new service in their place, all of them or none, and never over another one.

Everything is written aside first, in a folder of `.skymason`, which lies on the project's file system. Then
each part is moved: a folder that is not there yet as a whole, a file by a hard link, which fails where
something stands in its place. A journal in the folder aside says what is moved where; whatever ends the run
early, this run or the next one takes back what was moved, by the journal.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import FrameType

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.engine_cli import ignored_folder
from skymason.generate import codes
from skymason.generate.journal import JOURNAL, Journal, Part
from skymason.generate.render import Files

PREFIX = "create-"
"""Name of a folder aside, before letters drawn at random."""

_FIXES = {
    errno.ENOSPC: "free some space on the disk, and run it again",
    errno.EDQUOT: "free some of your quota, and run it again",
    errno.EROFS: "the file system is read-only: work in a copy of the project that you may write",
    errno.EACCES: "make the folder one that you may write, and run it again",
    errno.EPERM: "make the folder one that you may write, and run it again",
    errno.EEXIST: "something came to stand there in the meantime: run it again",
    errno.EXDEV: "the folder lies on another file system than the project: choose another --directory",
    errno.ENAMETOOLONG: "choose a shorter --directory",
}


def write(files: Files, root: Path, *, last: PurePosixPath) -> None:
    """Write every file, none of which may be there.

    last: the file whose presence makes the others count; it is moved last. Raises DiagnosticError where they
    cannot be written, and KeyboardInterrupt where the run is stopped; nothing is left behind then.
    """
    made = not (root / ".skymason").exists()
    aside: Path | None = None
    try:
        with _stopped_by_signals():
            aside = Path(tempfile.mkdtemp(prefix=PREFIX, dir=ignored_folder(root)))
            with Journal.begin(aside, _parts(files, root, last)) as journal:
                _write_aside(files, aside)
                journal.record()
                with _undisturbed():
                    journal.move(root)
    except OSError as problem:
        raise DiagnosticError([_not_written(problem, root)]) from None
    finally:
        if aside is not None and not (aside / JOURNAL).exists():
            shutil.rmtree(aside, ignore_errors=True)
        if made:
            _remove_own_folder(root)


def recover(root: Path) -> list[str]:
    """Take back what killed runs left half done. Returns what was done, in sentences; empty for nothing."""
    said = []
    for aside in sorted((root / ".skymason").glob(f"{PREFIX}*")):
        try:
            journal = Journal.of_killed_run(aside)
            if journal is None:
                continue
            with journal:
                taken, kept = journal.take_back(root, only_unchanged=True)
                shutil.rmtree(aside)
        except OSError as problem:
            why = problem.strerror or type(problem).__name__
            said.append(f"what an interrupted run left in {aside.relative_to(root)} cannot be removed: {why}")
            continue
        if taken:
            said.append(f"took back what an interrupted run left: {', '.join(taken)}")
        if kept:
            said.append(f"an interrupted run left {', '.join(kept)}, changed since: remove it, if you may")
    return said


def _parts(files: Files, root: Path, last: PurePosixPath) -> list[PurePosixPath]:
    """What is moved as a whole: for each file the topmost folder above it that is not there, or itself."""
    parts = dict.fromkeys(_topmost(path, root) for path in files)
    end = _topmost(last, root)
    return [*(part for part in parts if part != end), *([end] if end in parts else [])]


def _topmost(path: PurePosixPath, root: Path) -> PurePosixPath:
    for above in reversed([path, *path.parents][:-1]):
        if not (root / above).exists():
            return above
    return path


def _write_aside(files: Files, aside: Path) -> None:
    for path, file in files.items():
        target = aside / Part.FOLDER / path
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o777 if file.executable else 0o666
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(file.text.encode())


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """A polite end (SIGTERM, SIGHUP) is an interrupt too, so that what was begun is taken back."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []
    before = {name: signal.signal(name, stop) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals wait until what is inside is done: it takes milliseconds."""
    if not hasattr(signal, "pthread_sigmask"):  # pragma: no cover - Windows
        yield
        return
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _not_written(problem: OSError, root: Path) -> Diagnostic:
    place = Path(str(problem.filename2 or problem.filename or root))
    shown = place.relative_to(root) if place.is_relative_to(root) else place
    reason = problem.strerror or type(problem).__name__
    fix = _FIXES.get(problem.errno or 0, "see to it, and run it again")
    return Diagnostic(codes.NOT_WRITTEN, f"{reason}; nothing was written", fix, Location(shown.as_posix()))


def _remove_own_folder(root: Path) -> None:
    """The project's `.skymason`, where this run made it and nothing else is in it."""
    folder = root / ".skymason"
    with suppress(OSError):
        if {path.name for path in folder.iterdir()} <= {".gitignore"}:
            (folder / ".gitignore").unlink(missing_ok=True)
            folder.rmdir()
