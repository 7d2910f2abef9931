"""Colours of results: on a terminal only, never where NO_COLOR is set, always where FORCE_COLOR is."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TextIO

from skymason.driver.model import ChangeKind

Paint = Callable[[str, str], str]
"""A text and the name of a colour → the text as it is printed."""

_CODES = {"red": "31", "green": "32", "yellow": "33", "magenta": "35", "dim": "2", "bold": "1"}

OF_KIND = {
    ChangeKind.CREATE: "green",
    ChangeKind.UPDATE: "yellow",
    ChangeKind.REPLACE: "magenta",
    ChangeKind.DELETE: "red",
    ChangeKind.SAME: "dim",
}


def plain(text: str, colour: str) -> str:
    """No colours."""
    return text


def coloured(text: str, colour: str) -> str:
    """ANSI colours."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if text else text


def paint_for(stream: TextIO | None = None, environment: Mapping[str, str] | None = None) -> Paint:
    """How to print on a stream, stdout if left out."""
    stream = sys.stdout if stream is None else stream
    environment = os.environ if environment is None else environment
    if environment.get("NO_COLOR"):
        return plain
    if environment.get("FORCE_COLOR"):
        return coloured
    return coloured if stream.isatty() and environment.get("TERM") != "dumb" else plain
