"""From a command line that cannot be understood to a diagnostic: what is wrong in it, and what was meant.

Typer says what it could not do; this says what to type instead, from what the commands take (`command_line`)
and what the project holds (`candidates`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from skymason.cli import codes
from skymason.cli.command_line import CommandLine, Parameter, command_line
from skymason.cli.table import COMMANDS
from skymason.diagnostics import Diagnostic, Location, nearest, suggestion

_NOT_CHOSEN = re.compile(r"^(?:Value error, )?'(.*)' is not one of ")
_TOO_MANY = re.compile(r"^Got unexpected extra argument\(s\) \((.*)\)$")
_NEEDS_VALUE = re.compile(r"^Option '(.+)' requires an argument\.?$")
_NO_VALUE = re.compile(r"^Option '(.+)' does not take a value\.?$")
_MAIN: CommandLine = {
    "options": [
        {
            "name": "version",
            "flags": ["--version"],
            "takes_value": False,
            "many": False,
            "required": False,
            "help": "Print the version.",
            "choices": None,
        }
    ],
    "arguments": [],
    "passes_on": False,
}


def diagnostic(error: Any, words: Sequence[str]) -> Diagnostic:
    """What is wrong with a command line. error: what Typer raised for it."""
    name = next((word for word in words if not word.startswith("-")), "")
    if name and name not in COMMANDS:
        unknown = f"there is no command '{name}'"
        return Diagnostic(codes.UNKNOWN_COMMAND, unknown, suggestion(name, list(COMMANDS)), Location("sm"))
    line = command_line(name) if name else _MAIN
    place = f"sm {name}".rstrip()
    for explain in _EXPLANATIONS:
        found = explain(error, line, name)
        if found is not None:
            message, fix = found
            break
    else:
        text = " ".join(error.format_message().split()).replace("Value error, ", "").rstrip(".")
        message = text[:1].lower() + text[1:]
        fix = ""
    return Diagnostic(codes.WRONG_USAGE, message, fix or _help(place), Location(place))


Explained = tuple[str, str] | None
"""Message and fix; an empty fix points to the help."""


def _unknown_option(error: Any, line: CommandLine, name: str) -> Explained:
    option = getattr(error, "option_name", None)
    if option is None or not hasattr(error, "possibilities"):
        return None
    place = f"sm {name}".rstrip()
    near = nearest(option, [*_long_flags(line), "--help"])
    if near:
        fix = f"did you mean '{near}'? {_help(place)}"
    else:
        takers = [other for other in COMMANDS if option in _flags(command_line(other))] if name else []
        fix = f"{_help(place)}; {option} belongs to sm {', '.join(takers)}" if takers else ""
    return f"there is no option {option}", fix


def _value_missing(error: Any, line: CommandLine, name: str) -> Explained:
    match = _NEEDS_VALUE.match(error.message or "")
    if match is None:
        return None
    parameter = _parameter(line, match[1])
    return f"{match[1]} needs a value", _give(match[1], parameter, name) if parameter else ""


def _value_too_much(error: Any, line: CommandLine, name: str) -> Explained:
    match = _NO_VALUE.match(error.message or "")
    return (f"{match[1]} takes no value", f"write {match[1]} alone") if match else None


def _not_a_choice(error: Any, line: CommandLine, name: str) -> Explained:
    match = _NOT_CHOSEN.match(error.message or "")
    parameter = _of(error, line)
    if match is None or parameter is None:
        return None
    return f"{_shown(parameter)} cannot be '{match[1]}'", suggestion(match[1], parameter["choices"] or [])


def _missing(error: Any, line: CommandLine, name: str) -> Explained:
    parameter = _of(error, line)
    if type(error).__name__ != "MissingParameter" or parameter is None:
        return None
    shown = _shown(parameter) if parameter["flags"] else error.param.display_name_raw.upper()
    return f"{shown} is missing", _give(shown, parameter, name)


def _too_many_words(error: Any, line: CommandLine, name: str) -> Explained:
    match = _TOO_MANY.match(error.message or "")
    if match is None:
        return None
    word = match[1].split()[0] if match[1].split() else ""
    for parameter in line["options"]:
        if parameter["takes_value"] and word in _known(parameter, name):
            return f"'{match[1]}' is more than `sm {name}` takes", f"did you mean {_shown(parameter)} {word}?"
    return f"'{match[1]}' is more than `sm {name}` takes", ""


_EXPLANATIONS: tuple[Callable[[Any, CommandLine, str], Explained], ...] = (
    _unknown_option,
    _value_missing,
    _value_too_much,
    _not_a_choice,
    _missing,
    _too_many_words,
)


def _help(place: str) -> str:
    return f"`{place} --help` lists what it takes"


def _give(shown: str, parameter: Parameter, name: str) -> str:
    """What to type: allowed values where they are known, else what the parameter means."""
    known = _known(parameter, name)
    if known:
        return f"give {shown} one of: {', '.join(known)}"
    return f"give {shown}: {parameter['help'].rstrip('.')}"


def _known(parameter: Parameter, name: str) -> list[str]:
    """Values that a parameter can have, in this folder; none where any will do."""
    if parameter["choices"] is not None:
        return parameter["choices"]
    from skymason.cli.candidates import NAMES, values_of
    from skymason.cli.completion import Typed

    if parameter["name"] not in NAMES:
        return []
    try:
        return [item.value for item in values_of(Typed(name), parameter["name"], "")]
    except OSError:
        return []


def _of(error: Any, line: CommandLine) -> Parameter | None:
    name = getattr(getattr(error, "param", None), "name", None)
    return next((item for item in (*line["options"], *line["arguments"]) if item["name"] == name), None)


def _parameter(line: CommandLine, flag: str) -> Parameter | None:
    return next((item for item in line["options"] if flag in item["flags"]), None)


def _flags(line: CommandLine) -> Iterator[str]:
    return (flag for item in line["options"] for flag in item["flags"])


def _long_flags(line: CommandLine) -> list[str]:
    return [flag for flag in _flags(line) if flag.startswith("--")]


def _shown(parameter: Parameter) -> str:
    """As it is typed: the first long name of an option, an argument in capitals."""
    long = [flag for flag in parameter["flags"] if flag.startswith("--")]
    return (long or parameter["flags"] or [parameter["name"].upper()])[0]
