"""Where a project is, and what its stacks are."""

from pathlib import Path

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.driver.project import find_root, open_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("prod", "dev"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    return tmp_path.resolve()


def test_a_project_is_found_from_any_folder_inside_it(root: Path) -> None:
    inside = root / "services" / "deep"
    inside.mkdir(parents=True)
    assert find_root(inside) == root
    assert find_root(root) == root


def test_no_project_anywhere_above(tmp_path: Path) -> None:
    assert find_root(tmp_path) is None


def test_name_stacks_and_places(root: Path) -> None:
    project = open_project(root)
    assert (project.name, project.stacks) == ("shop", ["dev", "prod"])
    assert project.shown(project.offline_folder("dev")) == ".skymason/offline/dev"
    assert project.shown(project.kept_plan("dev")) == ".skymason/plans/dev.json"
    assert project.shown(Path("/elsewhere/x")) == "/elsewhere/x"


def test_a_project_without_a_name_is_called_as_its_folder(root: Path) -> None:
    (root / "Pulumi.yaml").write_text("runtime: python\n")
    assert open_project(root).name == root.name


def test_a_project_file_that_does_not_parse_is_a_diagnostic(root: Path) -> None:
    (root / "Pulumi.yaml").write_text("name: [\n")
    with pytest.raises(DiagnosticError) as caught:
        open_project(root)
    assert [item.location.path for item in caught.value.diagnostics] == ["Pulumi.yaml"]


def test_folders_for_state_are_private(root: Path) -> None:
    project = open_project(root)
    folder = project.make_folder(project.offline_folder("dev"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (root / ".skymason/.gitignore").read_text() == "*\n"
