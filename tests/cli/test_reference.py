"""docs/cli.md: whatever a command takes stands in it, and its examples can be run."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from skymason.cli.app import load
from skymason.cli.command_line import described
from skymason.cli.exits import MEANING
from skymason.cli.notes import NOTES
from skymason.cli.reference import render, section
from skymason.cli.table import COMMANDS

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]
TEXT = render()


def test_it_is_current() -> None:
    assert (ROOT / "docs/cli.md").read_text(encoding="utf-8") == TEXT, "run `sm schema`"


def test_every_command_is_listed_and_described_in_the_order_of_the_help() -> None:
    assert re.findall(r"^\| \[`sm (\S+)`\]", TEXT, re.MULTILINE) == list(COMMANDS)
    assert re.findall(r"^### `sm (\S+)`$", TEXT, re.MULTILINE) == list(COMMANDS)


def test_every_exit_code_is_explained() -> None:
    assert [code for code, meaning in MEANING.items() if f"| {code} | {meaning} |" not in TEXT] == []
    assert "<!--" not in TEXT


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_of_a_command(name: str) -> None:
    lines = list(section(name))
    taken = described(name)
    options = [line for line in lines if re.match(r"\| `--?\w", line)]
    assert [re.findall(r"`(-[^`]*)`", line.split(" | ")[0]) for line in options] == [
        item["flags"] for item in taken["options"]
    ]
    for item, line in zip(taken["options"], options, strict=True):
        cells = line.strip("| ").replace("\\|", "¦").split("|")
        assert len(line.replace("\\|", "").split("|")) == 6, line
        for choice in item["choices"] or ():
            assert f"`{choice}`" in cells[1]
        assert (cells[2].strip() == "required") == item["required"]
    assert len([line for line in lines if line.startswith("| `") and line not in options]) == len(
        taken["arguments"]
    )
    assert "```text" in lines
    assert "```sh" in lines


def test_defaults_choices_and_placeholders() -> None:
    text = "\n".join(section("validate"))
    assert "| `--stack`, `-s` | text | `dev` | The stack; its settings are Pulumi.\\<stack>.yaml. |" in text
    assert "| `--format`, `-f` | `text`, `json`, `sarif` | `text` | How findings are written. |" in text
    assert "| `--all-stacks` |  |  | Check every stack there is. |" in text
    assert "sm validate [OPTIONS]" in text
    assert "Exit code 1: there is an error; warnings alone are fine." in text
    assert "| `--service` | text | required | The service. |" in "\n".join(section("explain"))
    assert "sm explain KEY [OPTIONS]" in "\n".join(section("explain"))
    assert "| `--cloud` | `aws`, `azure` | all | Show one cloud alone. |" in "\n".join(section("patterns"))
    text = "\n".join(section("create-microservice"))
    assert "| `--uses` | `NAME:ACCESS`, repeated |  |" in text
    assert "| `--directory`, `-d` | text | apps/NAME | Folder from the project's root |" in text
    assert "[Patterns](patterns.md) describes each of them." in text
    assert "sm offline [OPTIONS] -- COMMAND..." in "\n".join(section("offline"))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_examples_that_its_own_options_understand(name: str) -> None:
    note = NOTES[name]
    assert note.examples
    command = load(name)
    for line, what in note.examples:
        assert what
        inner = line.partition("<(")[2].rstrip(")") or line  # source <(sm …)
        words = shlex.split(inner.partition(" > ")[0])
        assert words[:2] == ["sm", name], line
        command.make_context(f"sm {name}", words[2:])


def test_notes_are_of_commands_and_codes_that_there_are() -> None:
    assert set(NOTES) == set(COMMANDS)
    for name, note in NOTES.items():
        assert set(note.exits) <= set(MEANING), name


def test_the_help_ends_with_exit_codes_and_examples(sm: Run) -> None:
    code, out, _ = sm("validate", "--help")
    assert code == 0
    assert "\nExit codes of its own:\n  1  there is an error; warnings alone are fine\n" in out
    assert out.endswith(
        "Examples:\n"
        "  # check one stack\n  sm validate --stack prod\n"
        "  # check all of them, for a code host\n  sm validate --all-stacks --format sarif\n"
        "  # check again with every change, while specs are written\n  sm validate --watch\n"
    )
