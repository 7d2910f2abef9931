"""The Makefile: what it lists, and what its targets run."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = ("help", "up", "preview", "plan", "validate", "destroy", "test", "lint", "bench", "clean")


ALONE = {
    key: value
    for key, value in os.environ.items()
    if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "STACK", "PYTHON")
}
"""As outside of `make test`."""


def make(*words: str) -> str:
    said = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True, check=True, env=ALONE)
    return said.stdout


def test_alone_it_lists_every_target() -> None:
    assert re.findall(r"^  make (\S+)", make(), re.MULTILINE) == list(TARGETS)
    assert make() == make("help")


def test_the_stack_is_dev_unless_it_is_named() -> None:
    assert make().splitlines()[-1] == "  STACK=dev chooses the stack: dev, staging or prod"
    assert make("STACK=prod").splitlines()[-1] == "  STACK=prod chooses the stack: dev, staging or prod"


@pytest.mark.parametrize(
    ("target", "command"),
    [
        ("up", ".venv/bin/sm up --stack prod --cloud offline"),
        ("preview", ".venv/bin/sm preview --stack prod --cloud offline"),
        ("plan", ".venv/bin/sm plan --stack prod"),
        ("validate", ".venv/bin/sm validate --stack prod"),
        ("destroy", ".venv/bin/sm destroy --stack prod --cloud offline"),
        ("test", ".venv/bin/python -m pytest -n 2 --dist loadfile --cov --cov-report=term"),
        ("lint", ".venv/bin/sm schema --check"),
        ("bench", ".venv/bin/python -m benchmarks"),
    ],
)
def test_what_a_target_runs_in_the_end(target: str, command: str) -> None:
    assert make("-n", target, "STACK=prod").splitlines()[-1] == command


def test_a_machine_without_python_is_told_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).touch()
    said = subprocess.run(
        ["make", "up", "PYTHON="], cwd=tmp_path, capture_output=True, text=True, check=False, env=ALONE
    )
    assert said.returncode == 2
    assert said.stderr.splitlines()[0] == "Python 3.11 or newer is needed; name it with PYTHON=…"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "Makefile",
        "pyproject.toml",
        "requirements.txt",
    ]
