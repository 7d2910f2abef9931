"""Where a project is, what its stacks are, and where a stack's local files are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from skymason.engine_cli import ignored_folder


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project on this machine. root: absolute path of the folder that holds Pulumi.yaml."""

    root: Path
    name: str

    @property
    def stacks(self) -> list[str]:
        """Names of the stacks that have a settings file, sorted."""
        return stacks_of(self.root)

    def stack_file(self, stack: str) -> Path:
        return self.root / f"Pulumi.{stack}.yaml"

    def offline_folder(self, stack: str) -> Path:
        """The offline cloud and the state of one stack."""
        return self.root / ".skymason" / "offline" / stack

    def kept_plan(self, stack: str) -> Path:
        """The plan of the last deployment in process, and of nothing else."""
        return self.root / ".skymason" / "plans" / f"{stack}.json"

    def shown(self, path: Path) -> str:
        """A path as people read it: relative to the project where it lies inside."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def make_folder(self, folder: Path) -> Path:
        """A folder under `.skymason`, readable by its owner only: state holds secrets."""
        ignored_folder(self.root)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def stacks_of(root: Path) -> list[str]:
    found = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in root.glob("Pulumi.*.yaml"))
    return sorted(name for name in found if name)


def open_project(root: Path) -> Project:
    """The project in this folder. Raises DiagnosticError where its Pulumi.yaml cannot be read."""
    from skymason.yaml_source import load_yaml

    description = load_yaml(root / "Pulumi.yaml", root)
    return Project(root.resolve(), str(description.data.get("name") or root.resolve().name))


def find_root(start: Path) -> Path | None:
    """The nearest folder with a Pulumi.yaml, from `start` upwards; as the Pulumi CLI looks for it."""
    start = start.resolve()
    return next((folder for folder in (start, *start.parents) if (folder / "Pulumi.yaml").is_file()), None)
