"""What a run moves where, written down so that another run can take it back."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import ClassVar, Self

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: a run that still goes on cannot be told from a killed one
    fcntl = None  # type: ignore[assignment]

JOURNAL = "journal.json"
"""File in the folder aside; where it is, something may have been moved."""
_LOCK = "lock"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links say to a link."""


@dataclass(slots=True)
class Part:
    """A file or a folder that is moved as a whole.

    path: from the project's root, and from the folder aside. inode: of the moved file or folder; a file that
    is linked and a folder that is renamed keep it. digests: path of each file inside → SHA-256.
    """

    FOLDER: ClassVar[str] = "files"
    """Folder of what was written aside."""

    path: str
    aside: Path
    inode: int = 0
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def written(self) -> Path:
        return self.aside / self.FOLDER / self.path

    def move(self, root: Path) -> None:
        """Into its place. Raises OSError where something is there, or it cannot be moved."""
        target = root / self.path
        if not self.written.is_dir():
            try:
                os.link(self.written, target)
                return
            except FileExistsError:
                raise
            except OSError as problem:
                if problem.errno not in _NO_LINKS:
                    raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        self.written.rename(target)

    def is_moved(self, root: Path) -> bool:
        """Whether what stands in its place is what was moved there."""
        try:
            return (root / self.path).lstat().st_ino == self.inode
        except OSError:
            return False

    def is_unchanged(self, root: Path) -> bool:
        """Whether nobody has touched it since."""
        place = root / self.path
        return digests_of(place) == self.digests

    def take_back(self, root: Path) -> None:
        """Out of its place, into the folder aside."""
        place = root / self.path
        if place.is_dir():
            self.written.parent.mkdir(parents=True, exist_ok=True)
            place.rename(self.written)
        else:
            place.unlink()


@dataclass(slots=True)
class Journal:
    """The parts of one run, in the order in which they are moved. lock: held until the run ends."""

    aside: Path
    parts: list[Part]
    lock: int

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.lock)

    @classmethod
    def begin(cls, aside: Path, parts: Iterable[PurePosixPath]) -> Self:
        """Of this run: other runs leave its folder alone until it ends."""
        return cls(aside, [Part(str(path), aside) for path in parts], _locked(aside))

    @classmethod
    def of_killed_run(cls, aside: Path) -> Self | None:
        """None where the run still goes on."""
        try:
            lock = _locked(aside)
        except BlockingIOError:
            return None
        try:
            data = json.loads((aside / JOURNAL).read_text(encoding="utf-8"))
            parts = [Part(item["path"], aside, item["inode"], item["digests"]) for item in data]
        except (OSError, ValueError, KeyError, TypeError):
            parts = []
        return cls(aside, parts, lock)

    def record(self) -> None:
        """Write down what is about to be moved; nothing is moved before that."""
        for part in self.parts:
            part.inode, part.digests = part.written.lstat().st_ino, digests_of(part.written)
        data = [{"path": part.path, "inode": part.inode, "digests": part.digests} for part in self.parts]
        partial = self.aside / f"{JOURNAL}.partial"
        with partial.open("w", encoding="utf-8") as stream:
            json.dump(data, stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(self.aside / JOURNAL)

    def move(self, root: Path) -> None:
        """All parts into their places, or none: what was moved is taken back where one cannot be."""
        try:
            for part in self.parts:
                part.move(root)
        except BaseException:
            self.take_back(root)
            raise
        finally:
            if not any(part.is_moved(root) for part in self.parts) or self._is_complete(root):
                (self.aside / JOURNAL).unlink()

    def take_back(self, root: Path, *, only_unchanged: bool = False) -> tuple[list[str], list[str]]:
        """Undo what was moved, last part first; nothing, if all of it was.

        only_unchanged: leave what somebody has touched since. Returns what was taken back, and what was left.
        """
        taken, kept = list[str](), list[str]()
        if self._is_complete(root):
            return taken, kept
        for part in reversed(self.parts):
            if not part.is_moved(root):
                continue
            if only_unchanged and not part.is_unchanged(root):
                kept.append(part.path)
            else:
                part.take_back(root)
                taken.append(part.path)
        return taken, kept

    def _is_complete(self, root: Path) -> bool:
        return all(part.is_moved(root) for part in self.parts)


def _locked(aside: Path) -> int:
    """A handle that holds the folder's lock. Raises BlockingIOError where another process holds it."""
    handle = os.open(aside / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def digests_of(place: Path) -> dict[str, str]:
    """Path of each file in a folder, or '' for a file itself → SHA-256 of its content."""
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    return {
        "" if path == place else path.relative_to(place).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in files
    }
