"""The virtual environment of a project."""

from pathlib import Path

import pytest

from skymason.driver.project import Project
from skymason.driver.python import missing_environment


@pytest.mark.parametrize(
    ("runtime", "missing"),
    [
        ("python", ""),
        ("{name: python}", ""),
        ("{name: python, options: {toolchain: pip}}", ""),
        ("{name: python, options: {virtualenv: .venv}}", ".venv"),
        ("{name: python, options: {virtualenv: there}}", ""),
    ],
)
def test_what_is_missing(tmp_path: Path, runtime: str, missing: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: tiny\nruntime: {runtime}\n")
    (tmp_path / "there").mkdir()
    assert missing_environment(Project(tmp_path, "tiny")) == missing
