"""Stands in for the engine where there is no CLI: evaluates the program in this process.

Twice, as the engine would run it: as a preview, with everything unknown that a first deployment cannot know,
and as a deployment to the offline cloud. The plan is kept; the next run is compared with it.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from skymason.driver.attach import CLOUD
from skymason.driver.changes import changes_between
from skymason.driver.kept import deployed, forget, keep, outputs_of
from skymason.driver.model import Change, CloudKind, Operation, Outcome, Request, Result
from skymason.driver.observed import compared_with_cloud
from skymason.driver.progress import Display
from skymason.driver.project import Project
from skymason.driver.tally import Tally
from skymason.engine_cli import EngineCli
from skymason.plan.model import Plan

if TYPE_CHECKING:
    from skymason.offline.cloud import Cloud


def run(project: Project, request: Request, engine: EngineCli, tally: Tally, display: Display) -> Outcome:
    """Run one operation. Raises DiagnosticError with everything that the program or the cloud says no to."""
    stack = request.stack
    if request.operation in (Operation.UP, Operation.PREVIEW):
        display.note("evaluating the program in this process")
    before = deployed(project, stack)
    changes, after = _DO[request.operation](project, request, before)
    return Outcome(
        project=project.name,
        stack=stack,
        operation=request.operation,
        cloud=CloudKind.OFFLINE,
        engine=engine.name,
        reason=engine.reason,
        result=Result.SUCCEEDED,
        changes=changes,
        outputs=outputs_of(after) if after else {},
        state=project.shown(project.kept_plan(stack)),
        seconds=tally.seconds,
    )


Done = tuple[tuple[Change, ...], Plan | None]


def _up(project: Project, request: Request, before: Plan | None) -> Done:
    changes, _ = _preview(project, request, before)
    after = evaluated(project, request.stack, preview=False)
    keep(project, after)
    return changes, after


def _preview(project: Project, request: Request, before: Plan | None) -> Done:
    after = evaluated(project, request.stack, preview=True)
    return changes_between(before, after), after


def _refresh(project: Project, request: Request, before: Plan | None) -> Done:
    if before is None:
        return (), None
    changes, found = compared_with_cloud(before, project.offline_folder(request.stack) / CLOUD)
    if request.writes:
        keep(project, found)
    return changes, found if request.writes else before


def _destroy(project: Project, request: Request, before: Plan | None) -> Done:
    if request.writes:
        forget(project, request.stack)
        shutil.rmtree(project.offline_folder(request.stack), ignore_errors=True)
    return changes_between(before, None), None


_DO = {
    Operation.UP: _up,
    Operation.PREVIEW: _preview,
    Operation.REFRESH: _refresh,
    Operation.DESTROY: _destroy,
}


def evaluated(project: Project, stack: str, *, preview: bool, cloud: Cloud | None = None) -> Plan:
    """The plan of the project's program against an offline cloud, which a preview does not change.

    cloud: left out, the stack's own. Raises DiagnosticError with everything that the program or the cloud
    says no to.
    """
    import pulumi  # noqa: F401  before a program stands in for __main__, which the SDK's import looks at

    from skymason.offline.cloud import Cloud
    from skymason.plan.evaluate import evaluate_project

    if cloud is None:
        folder = project.offline_folder(stack) / CLOUD
        if not preview:
            project.make_folder(folder)
        cloud = Cloud(folder) if folder.exists() else Cloud()
    return evaluate_project(project.root, stack, preview=preview, cloud=cloud)
