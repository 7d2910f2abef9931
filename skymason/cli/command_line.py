"""Which options and arguments each command takes, as plain data.

Completion and the reference of commands read it. For completion it is kept beside this module, brought up to
date by `sm schema`: to ask the commands themselves takes 0.1 s, which is long between two keystrokes.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

FILE = "skymason/cli/command_line.json"


class Parameter(TypedDict):
    """One option or argument. flags: of an option, as on the command line. takes_value: False for switches.
    many: may be given more than once. choices: all allowed values, None where any is."""

    name: str
    flags: list[str]
    takes_value: bool
    many: bool
    required: bool
    help: str
    choices: list[str] | None


class CommandLine(TypedDict):
    """One command. passes_on: what follows its first argument belongs to another command."""

    options: list[Parameter]
    arguments: list[Parameter]
    passes_on: bool


def command_line(name: str) -> CommandLine:
    """Of one command, as it is kept; of one that is not, as it is. Raises KeyError for an unknown one."""
    found = _kept().get(name)
    return found if found is not None else described(name)


def described(name: str) -> CommandLine:
    """Of one command, by the command itself."""
    from skymason.cli.app import load

    command = load(name)
    shown = [item for item in command.params if not getattr(item, "hidden", False)]
    return {
        "options": [_parameter(item) for item in shown if item.param_type_name == "option"],
        "arguments": [_parameter(item) for item in shown if item.param_type_name == "argument"],
        "passes_on": not command.context_settings.get("allow_interspersed_args", True),
    }


def text() -> str:
    """What the kept file must hold."""
    from skymason.cli.table import COMMANDS

    return json.dumps({name: described(name) for name in COMMANDS}, indent=1, ensure_ascii=False) + "\n"


def _parameter(item: Any) -> Parameter:
    choices = item.type_descriptor.choices
    flags = [*item.opts, *item.secondary_opts] if item.param_type_name == "option" else []
    return {
        "name": item.name,
        "flags": flags,
        "takes_value": not getattr(item, "is_flag", False),
        "many": bool(item.multiple) or item.nargs == -1,
        "required": bool(item.required),
        "help": " ".join((item.help or "").split()),
        "choices": None if choices is None else [str(getattr(choice, "value", choice)) for choice in choices],
    }


@cache
def _kept() -> dict[str, CommandLine]:
    file = Path(__file__).with_suffix(".json")
    try:
        found: dict[str, CommandLine] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
