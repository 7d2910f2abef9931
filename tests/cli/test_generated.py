"""Generated files: `sm schema` writes them, `sm schema --check` finds stale ones."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from skymason.cli import generated

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


def test_all_kinds_of_generated_files_are_known() -> None:
    assert set(generated.producers(ROOT)) == {
        "schemas/service.schema.json",
        "schemas/infrastructure-patterns.schema.json",
        *(f"schemas/escape/{path.name}" for path in (ROOT / "schemas/escape").glob("*.json")),
        "docs/patterns.md",
        "docs/diagnostics.md",
        "docs/cli.md",
        "docs/environments.md",
        "docs/offline-rules.md",
        "docs/plan.schema.json",
        "skymason/cli/command_line.json",
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that keeps one schema, current, and one document, stale."""
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/cli.md").write_text("old")
    (tmp_path / "a.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        generated, "producers", lambda root: {"a.json": lambda: "{}", "docs/cli.md": lambda: "new"}
    )
    return tmp_path


def test_stale_files_are_findings(sm: Run, project: Path) -> None:
    assert sm("schema", "--check") == (
        1,
        "",
        "error SM5009 docs/cli.md\n  differs from what the code says\n  fix: run `sm schema`\n",
    )
    assert (project / "docs/cli.md").read_text() == "old"


def test_writing_mends_them(sm: Run, project: Path) -> None:
    assert sm("schema") == (0, "wrote docs/cli.md\n", "")
    assert (project / "docs/cli.md").read_text() == "new"
    assert sm("schema") == (0, "everything is current\n", "")
    assert sm("schema", "--check") == (0, "everything is current\n", "")


def test_a_project_without_documents_gets_schemas_only(tmp_path: Path) -> None:
    shutil.copy(ROOT / "infrastructure-patterns.yaml", tmp_path)
    assert {path.partition("/")[0] for path in generated.producers(tmp_path)} == {"schemas"}
