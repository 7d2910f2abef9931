"""The patterns in short, for the help of commands that take one: from the same file as everything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

FILE = "infrastructure-patterns.yaml"
COMMANDS = ("create-microservice", "patterns")
"""Commands whose help ends with it."""


def patterns_in_short(folder: Path) -> list[tuple[str, str]]:
    """Name of each pattern and what it is for; none where the file cannot be read: help comes in any case."""
    return [
        (name, f"{_flat(entry.get('description'))} Use it when: {_flat(entry.get('when_to_use'))}")
        for name, entry in pattern_entries(folder).items()
    ]


def pattern_entries(folder: Path) -> dict[str, dict[str, Any]]:
    """The patterns of the project around a folder, else those shipped, as they are written; none where the
    file cannot be read. Without the checks of the library, which take ten times as long."""
    from skymason.diagnostics import DiagnosticError
    from skymason.driver.project import find_root
    from skymason.yaml_source import load_yaml

    root = find_root(folder)
    shipped = Path(__file__).parents[2]
    place = root if root and (root / FILE).is_file() else shipped
    try:
        found = load_yaml(place / FILE, place).data.get("patterns")
    except (DiagnosticError, OSError):
        return {}
    entries = found if isinstance(found, dict) else {}
    return {str(name): entry for name, entry in entries.items() if isinstance(entry, dict)}


def _flat(text: object) -> str:
    return " ".join(str(text or "").split())
