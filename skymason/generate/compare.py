"""What is there already of the files of a service, and how it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path, PurePosixPath

from skymason.generate.render import File, Files


@dataclass(frozen=True, slots=True)
class Comparison:
    """new: files that are not there. same: paths of those that are there as they would be. different: path →
    what is there, None where that is no text."""

    new: Files
    same: tuple[PurePosixPath, ...]
    different: Mapping[PurePosixPath, str | None]


def compare(files: Files, root: Path) -> Comparison:
    """Look for every file in a project; modes do not count, since not every file system keeps them."""
    new, same, different = Files(), [], {}
    for path, file in files.items():
        there = root / path
        if not there.exists() and not there.is_symlink():
            new[path] = file
            continue
        text = _text(there)
        if text == file.text:
            same.append(path)
        else:
            different[path] = text
    return Comparison(new, tuple(same), different)


def difference(files: Files, comparison: Comparison) -> str:
    """A unified diff as `git apply` takes it, from what is there to what would be; files in order of path."""
    parts = []
    for path, file in files.items():
        if path in comparison.new:
            parts.append(_created(path, file))
        elif path in comparison.different:
            parts.append(_changed(path, comparison.different[path], file.text))
    return "".join(parts)


def _created(path: PurePosixPath, file: File) -> str:
    head = f"diff --git a/{path} b/{path}\nnew file mode {'100755' if file.executable else '100644'}\n"
    if not file.text:
        return f"{head}index 0000000..e69de29\n"
    return head + "".join(_hunks("", file.text, "/dev/null", f"b/{path}"))


def _changed(path: PurePosixPath, before: str | None, after: str) -> str:
    head = f"diff --git a/{path} b/{path}\n"
    if before is None:
        return f"{head}Binary files a/{path} and b/{path} differ\n"
    return head + "".join(_hunks(before, after, f"a/{path}", f"b/{path}"))


def _hunks(before: str, after: str, one: str, other: str) -> Iterator[str]:
    for line in unified_diff(_lines(before), _lines(after), one, other):
        yield line
        if not line.endswith("\n"):
            yield "\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one, as for git."""
    pieces = text.split("\n")
    return [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


def _text(path: Path) -> str | None:
    """What is there; None for a folder, for what may not be read, and for what is no text."""
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None
