"""docs/tutorial.md, typed line by line in a fresh copy of the project; each answer must be the one written."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from console import Shell, Step, expected, steps

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
]


def fresh_copy(folder: Path) -> Path:
    """What a clone holds, and the environment that the first `make` makes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and name != ".venv":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
    for name in ("requirements.txt", "pyproject.toml"):
        os.utime(folder / name, (0, 0))  # what is installed is current: nothing shall be installed from here
    return folder


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = fresh_copy(tmp_path_factory.mktemp("tutorial") / "skymason")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))
    }
    environment |= {"NO_COLOR": "1", "COLUMNS": "110", "PYTHONPATH": str(folder), "CI": "true"}
    with Shell(folder, environment) as shell:
        yield shell


@pytest.mark.parametrize("step", steps(TUTORIAL.read_text()), ids=lambda step: f"line-{step.line}")
def test_each_line_answers_as_written(shell: Shell, step: Step) -> None:
    code, said = shell.run(step.command)
    assert code == step.code, f"docs/tutorial.md:{step.line}: {step.command}\n{said}"
    assert expected(step.answer).fullmatch(said), f"docs/tutorial.md:{step.line}: {step.command}\n{said}"
