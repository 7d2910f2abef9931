"""What can come next on a command line that is being typed; asked by the scripts of `sm completion`.

A script sets SM_COMPLETE to the name of its shell and hands the line over, see `asked`. The answer is a line
for each candidate: the value, and for shells that show it a tab and what it means. No answer leaves the shell
to complete names of files. Nothing is ever said on stderr: the user is in the middle of a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skymason.cli.command_line import CommandLine, Parameter

SHELL = "SM_COMPLETE"
"""Environment variable with the shell's name; the mark of a question."""
LINE = "SM_LINE"
"""The command line up to the cursor; for shells that hand over no words."""
WORDS = "SM_WORDS"
"""The words up to the cursor, one a line, the last one unfinished unless there is `WORD`."""
WORD = "SM_WORD"
"""The unfinished word; for a shell that cannot end a text with an empty line."""
BREAKS = "SM_BREAKS"
"""Characters at which bash begins a new word: what stands before one is not repeated in an answer."""

_CLOSED = "--"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may come next, and what it means. open: more belongs to the same word."""

    value: str
    meaning: str = ""
    open: bool = False


@dataclass(slots=True)
class Typed:
    """What was typed before the word in question. options: parameter → values. arguments: in order."""

    command: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    waiting: Parameter | None = None
    closed: bool = False

    @property
    def folder(self) -> Path:
        """Where the command would run."""
        return Path((self.options.get("cwd") or ["."])[-1]).expanduser().resolve()


def respond(environ: Mapping[str, str]) -> int:
    """Answer a script. Whatever goes wrong, the answer is that nothing is known."""
    try:
        words = asked(environ)
        found = list(candidates(words))
    except Exception:
        return 0
    breaks = environ.get(BREAKS, "")
    cut = max((words[-1].rfind(mark) for mark in breaks if mark in "=:"), default=-1) + 1
    for item in found:
        told = environ[SHELL] != "bash" and item.meaning
        meaning = " ".join(item.meaning.split())
        print(f"{item.value[cut:]}\t{meaning}" if told else item.value[cut:])
    return 0


def asked(environ: Mapping[str, str]) -> list[str]:
    """The words after `sm`, the last one unfinished and perhaps empty."""
    if WORDS in environ:
        last = [environ[WORD]] if WORD in environ else []
        return [*environ[WORDS].split("\n")[1:], *last] or [""]
    return _split(environ.get(LINE, ""))[1:] or [""]


def _split(line: str) -> list[str]:
    """Words as a shell parts them; a quote that is still open ends with the line."""
    words, word, quote, begun = [], "", "", False
    letters = iter(line)
    for letter in letters:
        if quote:
            if letter == quote:
                quote = ""
            else:
                word += letter
        elif letter in "'\"":
            quote, begun = letter, True
        elif letter == "\\":
            word, begun = word + next(letters, ""), True
        elif letter.isspace():
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + letter, True
    return [*words, word]


def candidates(words: Sequence[str]) -> Iterator[Candidate]:
    """What the last word may become, in the order of the help."""
    from skymason.cli.table import COMMANDS

    *before, last = words
    name = next((word for word in before if not word.startswith("-")), None)
    if name is None:
        known = _main_options() if last.startswith("-") else _commands()
        yield from (item for item in known if item.value.startswith(last))
        return
    if name not in COMMANDS:
        return
    from skymason.cli.command_line import command_line

    command = command_line(name)
    typed = read(name, command, before[before.index(name) + 1 :])
    if typed.closed:
        return
    option, equals, begun = last.partition("=")
    parameter = typed.waiting
    if parameter is None and equals and option.startswith("--"):
        parameter = _options(command).get(option)
        for item in _values(parameter, typed, begun) if parameter is not None else ():
            yield Candidate(f"{option}={item.value}", item.meaning, item.open)
    elif parameter is not None:
        yield from _values(parameter, typed, last)
    elif last.startswith("-"):
        yield from (item for item in _unused(command, typed) if item.value.startswith(last))
    else:
        arguments = command["arguments"]
        position = min(len(typed.arguments), len(arguments) - 1)
        if arguments and (len(typed.arguments) < len(arguments) or arguments[-1]["many"]):
            yield from _values(arguments[position], typed, last)


def read(name: str, command: CommandLine, words: Sequence[str]) -> Typed:
    """Options and arguments among words that are finished."""
    typed = Typed(name)
    known = _options(command)
    for word in words:
        if typed.waiting is not None:
            typed.options.setdefault(typed.waiting["name"], []).append(word)
            typed.waiting = None
        elif word == _CLOSED:
            typed.closed = True
            break
        elif word.startswith("-") and word != "-":
            option, equals, value = word.partition("=")
            parameter = known.get(option)
            if parameter is None:
                continue
            if equals:
                typed.options.setdefault(parameter["name"], []).append(value)
            elif parameter["takes_value"]:
                typed.waiting = parameter
            else:
                typed.options[parameter["name"]] = []
        else:
            typed.arguments.append(word)
            typed.closed = command["passes_on"]
    return typed


def _options(command: CommandLine) -> dict[str, Parameter]:
    return {flag: item for item in command["options"] for flag in item["flags"]}


def _unused(command: CommandLine, typed: Typed) -> Iterator[Candidate]:
    """Options by their long names, each as often as it may be given."""
    for item in command["options"]:
        if item["many"] or item["name"] not in typed.options:
            yield from (Candidate(flag, item["help"]) for flag in item["flags"] if flag.startswith("--"))
    yield Candidate("--help", "Show this message and exit.")


def _values(parameter: Parameter, typed: Typed, begun: str) -> Iterator[Candidate]:
    from skymason.cli.candidates import values_of

    if parameter["choices"] is None:
        found = values_of(typed, parameter["name"], begun)
    else:
        found = (Candidate(choice) for choice in parameter["choices"])
    given = typed.options.get(parameter["name"], ()) if parameter["many"] else ()
    yield from (item for item in found if item.value.startswith(begun) and item.value not in given)


def _commands() -> Iterator[Candidate]:
    from skymason.cli.table import COMMANDS

    return (Candidate(entry.name, entry.summary) for entry in COMMANDS.values())


def _main_options() -> Iterator[Candidate]:
    yield Candidate("--version", "Print the version.")
    yield Candidate("--help", "Show this message and exit.")
