"""A copy of the shipped project, deployed by the real engine to the offline cloud."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from skymason.offline.attach import attached
from skymason.offline.cloud import Cloud

ROOT = Path(__file__).parents[2]
PARTS = ("components", "skymason", "services", "schemas", "__main__.py", "infrastructure-patterns.yaml")


@dataclass
class Project:
    """A project folder with the offline cloud attached: `pulumi` runs the CLI in it."""

    folder: Path
    cloud: Path
    environment: dict[str, str]
    stack: str = "dev"

    def pulumi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--stack", self.stack]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **self.environment, "PULUMI_SKIP_UPDATE_CHECK": "true", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        if check:
            assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done

    def up(self, *more: str) -> dict[str, int]:
        """Deploys; returns how many resources were touched, by operation, same ones left out."""
        self.pulumi("up", "--yes", "--skip-preview", "--suppress-outputs", *more)
        (last,) = json.loads(self.pulumi("stack", "history", "--json", "--page-size", "1").stdout)
        return {operation: n for operation, n in last["resourceChanges"].items() if operation != "same"}

    def changes(self) -> list[tuple[str, str]]:
        """(operation, resource name) of everything that a preview would touch."""
        steps = json.loads(self.pulumi("preview", "--json").stdout)["steps"]
        return [(step["op"], step["urn"].split("::")[-1]) for step in steps if step["op"] != "same"]

    def state(self) -> list[dict[str, Any]]:
        deployment = json.loads(self.pulumi("stack", "export").stdout)["deployment"]
        return deployment.get("resources", [])

    def left_in_the_cloud(self) -> list[str]:
        """URNs of all that the offline cloud still holds."""
        return [resource.urn for resource in Cloud(self.cloud).resources]

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))


def copy_of_project(folder: Path) -> Path:
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    for source in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(source, folder / source.name)
    (folder / ".venv").symlink_to(Path(os.environ.get("VIRTUAL_ENV", ROOT / ".venv")))
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = copy_of_project(tmp_path_factory.mktemp("project"))
    cloud = tmp_path_factory.mktemp("cloud")
    with attached(cloud) as environment:
        project = Project(folder, cloud, environment)
        project.pulumi("stack", "init")
        yield project
