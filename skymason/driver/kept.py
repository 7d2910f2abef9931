"""What the offline cloud holds of a stack: the engine's state, or the plan of an evaluation in process.

Whichever was written last counts: a project may get a Pulumi CLI, or lose it, between two deployments.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.driver import codes, recover
from skymason.driver.attach import BACKEND
from skymason.driver.project import Project
from skymason.plan.model import UNKNOWN, Plan
from skymason.plan.paths import HIDDEN, LATER


def keep(project: Project, plan: Plan) -> Path:
    """Write the plan of a deployment in process, in one piece."""
    file = project.kept_plan(plan.stack)
    project.make_folder(file.parent)
    draft = file.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds secrets
    with os.fdopen(descriptor, "w") as stream:
        stream.write(plan.to_json())
    draft.replace(file)
    return file


def forget(project: Project, stack: str) -> None:
    """Nothing is deployed in process any more."""
    project.kept_plan(stack).unlink(missing_ok=True)


def kept(project: Project, stack: str) -> Plan | None:
    """The plan of the last deployment in process, None for none. Raises DiagnosticError, SM4107."""
    file = project.kept_plan(stack)
    if not file.exists():
        return None
    return read_plan(file, project.shown(file))


def read_plan(file: Path, shown: str) -> Plan:
    """A plan as `keep` writes it. Raises DiagnosticError, SM4107, for anything else."""
    try:
        return Plan.from_json(file.read_text())
    except (OSError, ValueError, KeyError, TypeError) as problem:
        text = f"this is not a plan: {type(problem).__name__}: {problem}"
        fix = "delete it: the next `sm up` writes a new one"
        raise DiagnosticError([Diagnostic(codes.UNREADABLE_STATE, text, fix, Location(shown))]) from None


def state_path(project: Project, stack: str) -> Path:
    """The engine's state of the offline stack."""
    return recover.state_file(project.offline_folder(stack) / BACKEND, project.name, stack)


def deployed(project: Project, stack: str) -> Plan | None:
    """What is deployed in the offline cloud, None for nothing."""
    from skymason.plan.engine import from_state

    state, plan = state_path(project, stack), project.kept_plan(stack)
    if newer(state, plan):
        deployment = recover.read_deployment(state)
        if not deployment.get("resources"):
            return None
        return from_state({"version": 3, "deployment": deployment})
    return kept(project, stack)


def newer(first: Path, second: Path) -> bool:
    """Whether the first of two files was written after the second, or is the only one of them."""
    if not first.exists():
        return False
    return not second.exists() or first.stat().st_mtime_ns > second.stat().st_mtime_ns


def secret_names(plan: Plan) -> set[str]:
    """Names of the outputs that are secret, as a whole or in part."""
    return {path.partition(".")[0].partition("[")[0] for path in plan.secret_outputs}


def outputs_of(plan: Plan) -> dict[str, Any]:
    """Outputs as they may be shown."""
    secret = secret_names(plan)

    def shown(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shown(item) for key, item in value.items()}
        if isinstance(value, list):
            return [shown(item) for item in value]
        return LATER if value == UNKNOWN else value

    return {key: HIDDEN if key in secret else shown(value) for key, value in plan.outputs.items()}
