"""How fast `sm` answers, and what it does not import to do so."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from skymason import __version__
from skymason.cli.app import load
from skymason.cli.table import COMMANDS

Run = Callable[..., tuple[int, str, str]]
HEAVY = ("pulumi", "pulumi_aws", "grpc", "rich", "pydantic", "yaml", "jinja2")


def run(*words: str, script: str = "") -> subprocess.CompletedProcess[str]:
    code = script or "import sys; from skymason.cli.main import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


def imported(*words: str) -> set[str]:
    """Top-level modules that a command line imports."""
    script = (
        "import sys; from skymason.cli.main import main; main()\n"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    return set(run(*words, script=script).stderr.splitlines()[-1].split())


def test_help_imports_nothing_heavy() -> None:
    assert imported("--help").isdisjoint(HEAVY)


def test_a_commands_help_imports_nothing_of_pulumi() -> None:
    for name in COMMANDS:
        assert imported(name, "--help").isdisjoint({"pulumi", "pulumi_aws", "grpc", "rich", "jinja2"})


def test_validate_imports_nothing_of_pulumi() -> None:
    assert imported("validate").isdisjoint({"pulumi", "pulumi_aws", "grpc", "rich", "jinja2"})


def test_the_table_says_what_each_command_says_of_itself() -> None:
    for entry in COMMANDS.values():
        assert (load(entry.name).help or "").partition("\n\n")[0].replace("\n", " ") == entry.summary


def test_help_lists_every_command(sm: Run) -> None:
    code, out, _ = sm("--help")
    assert code == 0
    assert [name for name in COMMANDS if f"  {name} " not in out] == []
    assert "Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 differs, 130 interrupted." in out


def test_version(sm: Run) -> None:
    assert sm("--version") == (0, f"sm {__version__}\n", "")


def test_alone_it_shows_the_help_and_is_wrong_usage(sm: Run) -> None:
    code, out, _ = sm()
    assert (code, out.splitlines()[0]) == (2, "Usage: sm [OPTIONS] COMMAND [ARGS]...")


def test_python_m_skymason_is_the_same() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "skymason", "--version"], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, f"sm {__version__}\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrokenPipeError])
def test_interrupts_and_closed_pipes_end_quietly(
    sm: Run,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    from skymason.cli import main as module

    def stop(words: list[str]) -> int:
        raise error

    monkeypatch.setattr(module, "_run", stop)
    monkeypatch.setattr(module.os, "dup2", lambda *_: None)
    said = sm("plan")
    expected = (130, "", "interrupted\n") if error is KeyboardInterrupt else (1, "", "")
    assert said == expected
