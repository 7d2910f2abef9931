"""Deployments from Python: a request in, an outcome out. What `sm` and the scripts in automation/ call."""

from __future__ import annotations

from pathlib import Path

from skymason.driver.model import CloudKind, Operation, Outcome, Request
from skymason.driver.operate import operate
from skymason.driver.progress import Display, choose
from skymason.driver.project import Project, find_root, open_project
from skymason.driver.tally import Tally
from skymason.engine_cli import EngineCli, find


def perform(
    project: Project, request: Request, *, engine: EngineCli | None = None, display: Display | None = None
) -> Outcome:
    """Run one operation, with its progress on stderr.

    engine: left out, the CLI that the project uses, else in process. Raises DiagnosticError where the
    operation cannot begin; an operation that failed midway returns with its findings.
    """
    tally = Tally()
    chosen = engine or find(project.root, install=request.cloud is CloudKind.OFFLINE)
    reads = request.operation is Operation.REFRESH
    shown = display or choose(tally, dry=not request.writes, reads=reads)
    return operate(project, request, chosen, tally, shown)


def project_of(folder: Path) -> Project:
    """The project in a folder or above it. Raises FileNotFoundError where there is none."""
    root = find_root(folder)
    if root is None:
        raise FileNotFoundError(f"no Pulumi.yaml in {folder} nor above it")
    return open_project(root)


__all__ = ["CloudKind", "Operation", "Outcome", "Request", "perform", "project_of"]
