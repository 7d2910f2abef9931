"""Outputs as an env file that `docker run --env-file`, docker compose and dotenv libraries read alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPECIAL = re.compile(r"""^["'`\s]|\s$|[$#\r\n]""")
"""What one reader or another takes for more than itself: outer quotes and blanks, interpolation, comments."""


def variable(path: Iterable[str]) -> str:
    """The name of an output: `storefront`, `roleArn` → STOREFRONT_ROLE_ARN."""
    words = (re.sub(r"[^A-Za-z0-9]+", "_", _WORDS.sub("_", part)).strip("_").upper() for part in path)
    name = "_".join(word for word in words if word)
    return f"_{name}" if name[:1].isdigit() or not name else name


def text_of(value: Any) -> str:
    """A value as one text: lists of plain texts joined by commas, what is nested deeper as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        return ",".join(value)
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def quoted(text: str) -> str:
    """Bare where all readers agree; else in single quotes, inside of which nothing is replaced.

    A text that has single quotes or line breaks itself stands in double quotes, with escapes.
    """
    if not _SPECIAL.search(text):
        return text
    if not re.search(r"['\r\n]", text):
        return f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r") + '"'


def render(values: Mapping[str, Any], left_out: Iterable[str] = ()) -> str:
    """The file. left_out: secret outputs, each named in a comment instead.

    Raises DiagnosticError where two outputs would have the same name.
    """
    names: dict[str, str] = {}
    lines = []
    hidden = set(left_out)
    for path, value in _flat(values, ()):
        name, output = variable(path), ".".join(path)
        if path[0] in hidden:
            lines.append(f"# {name} is secret: --show-secrets writes it")
            continue
        if name in names:
            raise _twice(name, names[name], output)
        names[name] = output
        lines.append(f"{name}={quoted(text_of(value))}")
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def needs_quotes(values: Mapping[str, Any], left_out: Iterable[str] = ()) -> list[str]:
    """Names of variables in quotes, which `docker run --env-file` would take as part of the value."""
    hidden = set(left_out)
    return [
        variable(path)
        for path, value in _flat(values, ())
        if path[0] not in hidden and quoted(text_of(value)) != text_of(value)
    ]


def _flat(values: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in sorted(values.items()):
        if isinstance(value, Mapping) and value:
            yield from _flat(value, (*above, key))
        else:
            yield (*above, key), value


def _twice(name: str, first: str, second: str) -> DiagnosticError:
    text = f"outputs {first} and {second} would both be {name}"
    fix = "rename one of them in the program, or use --json"
    return DiagnosticError([Diagnostic(codes.SAME_VARIABLE, text, fix, Location("sm outputs"))])
