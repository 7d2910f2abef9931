"""Command lines that cannot be understood: what was meant is said from what commands take and projects hold."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from skymason.cli import candidates, usage
from skymason.cli.command_line import command_line
from skymason.cli.table import COMMANDS
from skymason.diagnostics import nearest

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def shop(tiny: Path) -> Path:
    """The tiny project with two services."""
    shutil.copy(ROOT / "infrastructure-patterns.yaml", tiny)
    (tiny / "services").mkdir()
    for name in ("orders", "wallet"):
        (tiny / f"services/{name}.yaml").write_text(
            f"service: {{name: {name}, owner: a}}\npattern: web_api\n"
        )
    return tiny


def said(sm: Run, *words: str) -> tuple[str, str]:
    """Message and fix of the only finding."""
    code, out, err = sm(*words)
    head, message, fix = err.splitlines()
    assert (code, out, head) == (2, "", f"error SM5002 sm {words[0]}")
    return message.strip(), fix.removeprefix("  fix: ")


@pytest.mark.parametrize(
    ("words", "message", "fix"),
    [
        (("explain", "scaling.max"), "--service is missing", "give --service one of: orders, wallet"),
        (("chart-values",), "SERVICE is missing", "give SERVICE one of: orders, wallet"),
        (("up", "prod"), "'prod' is more than `sm up` takes", "did you mean --stack prod?"),
        (
            ("explain", "scaling", "orders", "--service", "x"),
            "'orders' is more than `sm explain` takes",
            "did you mean --service orders?",
        ),
        (
            ("up", "mars", "venus"),
            "'mars venus' is more than `sm up` takes",
            "`sm up --help` lists what it takes",
        ),
        (
            ("patterns", "web_api", "--clod", "aws"),
            "there is no option --clod",
            "did you mean '--cloud'? `sm patterns --help` lists what it takes",
        ),
        (
            ("up", "--hlp"),
            "there is no option --hlp",
            "did you mean '--help'? `sm up --help` lists what it takes",
        ),
    ],
)
def test_what_was_meant(sm: Run, shop: Path, words: tuple[str, ...], message: str, fix: str) -> None:
    assert said(sm, *words) == (message, fix)


def test_an_option_of_other_commands(sm: Run, shop: Path) -> None:
    message, fix = said(sm, "outputs", "--markdown")
    assert message == "there is no option --markdown"
    assert fix == "`sm outputs --help` lists what it takes; --markdown belongs to sm plan"


def test_a_value_that_is_missing(sm: Run, shop: Path) -> None:
    assert sm("explain", "scaling", "--service") == (
        2,
        "",
        "error SM5002 sm explain\n  --service needs a value\n  fix: give --service one of: orders, wallet\n",
    )


def test_outside_of_a_project_what_it_means(sm: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert said(sm, "explain", "scaling") == ("--service is missing", "give --service: The service")


def test_a_folder_that_cannot_be_read_is_no_trouble(
    sm: Run, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise OSError

    monkeypatch.setattr(candidates, "values_of", fail)
    assert said(sm, "explain", "scaling") == ("--service is missing", "give --service: The service")


class UnforeseenError(Exception):
    """An error of Typer that nothing is known of."""

    message = "The stars are wrong."

    def format_message(self) -> str:
        return "Value error, the stars\nare wrong."


def test_any_other_error_is_one_line_and_points_to_the_help() -> None:
    found = usage.diagnostic(UnforeseenError(), ["up"])
    assert (found.message, found.fix) == ("the stars are wrong", "`sm up --help` lists what it takes")


def test_as_data(sm: Run, shop: Path) -> None:
    code, out, err = sm("up", "--clod", "real", "--json")
    (found,) = json.loads(out)["diagnostics"]
    assert (code, err, found["message"]) == (2, "", "there is no option --clod")


def test_every_command_says_what_is_wrong_with_an_option_that_it_has_not(sm: Run, shop: Path) -> None:
    for name in COMMANDS:
        code, _, err = sm(name, "--no-such-option-anywhere")
        if not command_line(name)["passes_on"]:
            head, message, fix = err.splitlines()
            assert (code, head) == (2, f"error SM5002 sm {name}")
            assert message == "  there is no option --no-such-option-anywhere"
            assert fix.endswith(f"`sm {name} --help` lists what it takes")


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("valdate", ["validate", "plan"], "validate"),
        ("production", ["dev", "prod"], "prod"),
        ("stag", ["dev", "staging"], "staging"),
        ("pr", ["dev", "prod-eu-central"], None),
        ("mars", ["dev", "prod"], None),
    ],
)
def test_the_nearest_word(word: str, known: list[str], expected: str | None) -> None:
    assert nearest(word, known) == expected
