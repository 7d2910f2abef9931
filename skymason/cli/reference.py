"""docs/cli.md: every command with its arguments, options, exit codes and examples, generated from the code.

Prose that belongs to no command stands in `reference.md` beside this module; all else the commands say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from skymason.cli.exits import MEANING
from skymason.cli.notes import NOTES
from skymason.cli.pattern_help import COMMANDS as WITH_PATTERNS
from skymason.cli.table import COMMANDS

_PREFACE = Path(__file__).with_name("reference.md")
_SAID = re.compile(r"\s*\[default: (.+)\]\.?$")
"""A default that depends on something, at the end of an option's help."""
_TYPES = {"str": "text", "int": "number", "float": "number", "Path": "path"}


def render() -> str:
    """The whole document."""
    text = _PREFACE.read_text(encoding="utf-8")
    for mark, lines in (
        ("commands in short", _in_short()),
        ("exit codes", _exit_codes()),
        ("commands", (line for name in COMMANDS for line in section(name))),
    ):
        text = text.replace(f"<!-- {mark} -->", "\n".join(lines).rstrip())
    return text.rstrip() + "\n"


def section(name: str) -> Iterator[str]:
    """One command: what it does, how it is called, what it takes, how it ends, examples."""
    from skymason.cli.app import load

    command = load(name)
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    yield from (f"### `sm {name}`", "", "\n\n".join(paragraphs), "")
    shown = [item for item in command.params if not getattr(item, "hidden", False)]
    arguments = [item for item in shown if item.param_type_name == "argument"]
    options = [item for item in shown if item.param_type_name == "option"]
    words = [_placeholder(item) for item in arguments]
    taken = ["[OPTIONS]"] if options else []
    passes_on = not command.context_settings.get("allow_interspersed_args", True)
    usage = [*taken, *words] if passes_on else [*words, *taken]
    yield from ("```text", " ".join(["sm", name, *usage]), "```", "")
    if arguments:
        yield from ("| argument | values | meaning |", "|---|---|---|")
        yield from (f"| {_name(item)} | {_values(item)} | {_meaning(item)} |" for item in arguments)
        yield ""
    if options:
        yield from ("| option | values | default | meaning |", "|---|---|---|---|")
        yield from (
            f"| {_name(item)} | {_values(item)} | {_default(item)} | {_meaning(item)} |" for item in options
        )
        yield ""
    if name in WITH_PATTERNS:
        yield from ("[Patterns](patterns.md) describes each of them.", "")
    yield from _notes(name)


def _notes(name: str) -> Iterator[str]:
    note = NOTES.get(name)
    if note is None:
        return
    if note.exits:
        ends = "; ".join(f"{code}: {meaning}" for code, meaning in note.exits.items())
        yield from (f"Exit code {ends}.", "")
    lines = [line for command, what in note.examples for line in (f"# {what}", command)]
    yield from ("```sh", *lines, "```", "")


def _in_short() -> Iterator[str]:
    yield from ("| command | does |", "|---|---|")
    for entry in COMMANDS.values():
        yield f"| [`sm {entry.name}`](#sm-{entry.name}) | {_cell(entry.summary)} |"


def _exit_codes() -> Iterator[str]:
    yield from ("| code | meaning |", "|---|---|")
    yield from (f"| {code} | {_cell(meaning)} |" for code, meaning in MEANING.items())


def _placeholder(item: Any) -> str:
    word = str(item.display_name_raw).upper()
    return word if item.required else f"[{word}]"


def _name(item: Any) -> str:
    if item.param_type_name == "argument":
        return f"`{str(item.display_name_raw).upper()}`{'' if item.required else ' (may be left out)'}"
    return ", ".join(f"`{flag}`" for flag in (*item.opts, *item.secondary_opts))


def _values(item: Any) -> str:
    if getattr(item, "is_flag", False):
        return ""
    if item.type_descriptor.choices is not None:
        return ", ".join(f"`{_plain(choice)}`" for choice in item.type_descriptor.choices)
    kind = _TYPES.get(item.bare_type().rpartition(".")[2].removeprefix("list[").rstrip("]"), "text")
    word = f"`{item.metavar}`" if item.metavar and item.param_type_name == "option" else kind
    return f"{word}, repeated" if item.multiple or item.nargs == -1 else word


def _default(item: Any) -> str:
    if item.required:
        return "required"
    if isinstance(item.show_default, str):
        return item.show_default
    said = _SAID.search(_help(item))
    if said:
        return _cell(said[1])
    value = item.default
    if value in (None, False, "", (), []) or callable(value):
        return ""
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def _meaning(item: Any) -> str:
    return _cell(_SAID.sub("", _help(item)))


def _help(item: Any) -> str:
    return " ".join((item.help or "").split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")
