"""Files that are generated from the code and committed: written or checked by `sm schema`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path


def producers() -> Mapping[str, Callable[[], str]]:
    """Path in the project → what the file must hold."""
    from skymason.cli.reference import render

    return {"docs/cli.md": render}


def stale(root: Path) -> list[str]:
    """Generated files that are missing or differ from what the code says."""
    return [path for path, produce in producers().items() if _text(root / path) != produce()]


def write(root: Path) -> list[str]:
    """Bring all of them up to date; returns those that changed."""
    changed = stale(root)
    for path in changed:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(producers()[path](), encoding="utf-8")
    return changed


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
