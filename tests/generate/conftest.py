"""A project to make services in: a copy of the shipped one's own files."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def copy_project(root: Path) -> Path:
    """Settings, patterns, specs and program of the shipped project."""
    root.mkdir(parents=True)
    for path in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(path, root)
    for folder in ("services", "schemas"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "shop")


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes one more project at each call."""
    return lambda: copy_project(tmp_path_factory.mktemp("project") / "shop")


@pytest.fixture(scope="module")
def shared_project(new_project: Callable[[], Path]) -> Path:
    """One for all tests of a file, which leave it as it is."""
    return new_project()
