"""The project and the stack that a command works on, or a diagnostic that says why there is none."""

from __future__ import annotations

from pathlib import Path

from skymason.cli import codes
from skymason.diagnostics import Code, Diagnostic, DiagnosticError, Location, suggestion
from skymason.driver.project import Project, find_root, open_project


def project_at(folder: Path) -> Project:
    """The project around a folder. Raises DiagnosticError: SM5004 no folder, SM5003 no project."""
    root = find_root(folder_at(folder))
    if root is None:
        shown = folder.resolve()
        text = f"no Pulumi.yaml in {shown} nor in any folder above it"
        raise _error(
            codes.NO_PROJECT, text, "change to a project's folder, or name it with --cwd", str(shown)
        )
    return open_project(root)


def folder_at(folder: Path) -> Path:
    """The folder, if it is one. Raises DiagnosticError, SM5004."""
    if folder.is_dir():
        return folder
    text = f"{folder} is not a folder" if folder.exists() else f"there is no folder {folder}"
    raise _error(codes.NO_FOLDER, text, "give --cwd a folder that exists", str(folder))


def stack_of(project: Project, name: str) -> str:
    """The name, if the project has settings for it; of `org/project/stack` the last part has the file."""
    short = name.rpartition("/")[2]
    known = project.stacks
    if short in known:
        return name
    fix = suggestion(short, known) if known else "create Pulumi.<stack>.yaml next to Pulumi.yaml"
    text = f"there is no stack '{name}': no file Pulumi.{short}.yaml"
    raise _error(codes.UNKNOWN_STACK, text, fix, project.root.name)


def _error(code: Code, text: str, fix: str, place: str) -> DiagnosticError:
    return DiagnosticError([Diagnostic(code, text, fix, Location(place))])
