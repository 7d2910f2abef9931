"""The virtual environment that a project's program runs in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from skymason.driver.project import Project


def missing_environment(project: Project) -> str:
    """The virtual environment that Pulumi.yaml names, if it is not there; '' where nothing is missing.

    The Pulumi CLI makes it, installs the project's requirements into it, and says nothing meanwhile.
    """
    from skymason.yaml_source import load_yaml

    runtime = load_yaml(project.root / "Pulumi.yaml", project.root).data.get("runtime")
    options = runtime.get("options") if isinstance(runtime, Mapping) else None
    named = options.get("virtualenv") if isinstance(options, Mapping) else None
    if not named or Path(project.root, str(named)).exists():
        return ""
    return str(named)
