"""Puts the files of a new service in their place."""

from __future__ import annotations

from pathlib import Path

from skymason.generate.render import Files


def write(files: Files, root: Path) -> None:
    """Write every file; refuses where one is there already."""
    there = [str(path) for path in files if (root / path).exists()]
    if there:
        raise FileExistsError(", ".join(there))
    for path, file in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.text, encoding="utf-8", newline="")
        target.chmod(0o755 if file.executable else 0o644)
