"""Reads a stack's outputs where they are kept, without running anything."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skymason.driver.attach import NOT_FOR_OFFLINE, backend_of
from skymason.driver.cli import ask
from skymason.driver.kept import deployed, outputs_of, secret_names
from skymason.driver.model import CloudKind
from skymason.driver.project import Project
from skymason.driver.sidefile import side_folder
from skymason.plan.paths import HIDDEN


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """values: by name, '[secret]' for secret ones unless they were asked for. secrets: names of those."""

    values: Mapping[str, Any]
    secrets: frozenset[str]


def read_outputs(
    project: Project, stack: str, cloud: CloudKind, *, show_secrets: bool = False
) -> StackOutputs | None:
    """Outputs of the last deployment, None where there was none.

    Raises DiagnosticError: an unreadable state, or one that only a Pulumi CLI can read.
    """
    if cloud is CloudKind.REAL:
        hidden = json.loads(ask(project, stack, "stack", "output", "--json"))
        secrets = frozenset(name for name, value in hidden.items() if HIDDEN in json.dumps(value))
        words = ("stack", "output", "--json", "--show-secrets")
        return StackOutputs(json.loads(ask(project, stack, *words)) if show_secrets else hidden, secrets)
    plan = deployed(project, stack)
    if plan is None:
        return None
    secrets = frozenset(secret_names(plan))
    if not show_secrets or not secrets:
        return StackOutputs(outputs_of(plan), secrets)
    if plan.engine == "in-process":
        return StackOutputs(plan.outputs, secrets)
    place = project.offline_folder(stack)
    own = {key: value for key, value in os.environ.items() if key not in NOT_FOR_OFFLINE}
    words = ("stack", "output", "--json", "--show-secrets")
    text = ask(project, stack, *words, folder=side_folder(place), environment={**own, **backend_of(place)})
    return StackOutputs(json.loads(text), secrets)
