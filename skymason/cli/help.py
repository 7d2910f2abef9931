"""What stands under the options in the help of a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

Rows = list[tuple[str, str]]


def sections(command: str, folder: Path) -> Iterator[tuple[str, Rows]]:
    """Title and rows, in order: patterns where the command takes one, and exit codes of its own."""
    from skymason.cli.notes import NOTES
    from skymason.cli.pattern_help import COMMANDS, patterns_in_short

    if command in COMMANDS and (rows := patterns_in_short(folder)):
        yield "Patterns", rows
    note = NOTES.get(command)
    if note and note.exits:
        yield "Exit codes of its own", [(str(code), meaning) for code, meaning in note.exits.items()]


def examples(command: str) -> Rows:
    """Command lines, and what each does."""
    from skymason.cli.notes import NOTES

    return list(NOTES[command].examples) if command in NOTES else []
