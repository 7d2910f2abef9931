"""All documents: links lead somewhere, and commands that are named exist."""

import re
from pathlib import Path

import pytest

from skymason.cli.table import COMMANDS

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md"))
    if "diagnostics" not in path.stem
)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
COMMAND = re.compile(r"(?:`|^\$ |^)sm ([a-z][a-z-]*)", re.MULTILINE)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    broken = [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_commands_exist(path: Path) -> None:
    assert set(COMMAND.findall(path.read_text())) <= set(COMMANDS)


def test_the_readme_leads_to_every_document_of_the_first_level() -> None:
    readme = (ROOT / "README.md").read_text()
    missing = [path.name for path in (ROOT / "docs").glob("*.md") if f"docs/{path.name}" not in readme]
    assert missing == []
