"""Projects of any size, made of the shipped one: the same platform, and as many services as are wanted."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
PROVIDED = ("-queue", "-database", "-cache", "-stream", "-events")
"""Ends of the names of what services provide."""


def make(folder: Path, services: int, pattern: str | None = None) -> Path:
    """Write a project with so many services, each a copy of a shipped one under another name.

    pattern: only services of this one. Default: of all, in turn.
    """
    folder.mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    shutil.copytree(ROOT / "services" / "schemas", folder / "services" / "schemas")
    for spec in specs(services, pattern):
        path = folder / "services" / f"{spec['service']['name']}.yaml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return folder


def specs(services: int, pattern: str | None = None) -> list[dict[str, Any]]:
    """Copies of the shipped services, in turn, those that use no other service first."""
    shipped = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "services").glob("*.yaml"))]
    shipped = [spec for spec in shipped if pattern in (None, spec["pattern"])]
    shipped.sort(key=lambda spec: len(spec.get("uses", [])))
    names = [spec["service"]["name"] for spec in shipped]
    made = []
    for index in range(services):
        generation, which = divmod(index, len(shipped))
        made.append(_renamed(shipped[which], names, generation, services))
    return made


def _renamed(spec: dict[str, Any], names: list[str], generation: int, services: int) -> dict[str, Any]:
    """A copy whose names, hosts and uses are those of its generation; uses of services left out go."""
    renamed = copy.deepcopy(spec)
    name = spec["service"]["name"]
    renamed["service"]["name"] = f"{name}-{generation}"
    kept = []
    for use in renamed.get("uses", []):
        kind = "service" if "service" in use else "resource"
        target = _owner(use[kind], names)
        if target:
            if generation * len(names) + names.index(target) >= services:
                continue
            use[kind] = f"{target}-{generation}{use[kind].removeprefix(target)}"
        elif kind == "service" or use[kind].endswith(PROVIDED):
            continue  # of a pattern that was left out
        kept.append(use)
    if "uses" in renamed:
        renamed["uses"] = kept
    return _own_hosts(renamed, generation)


def _owner(used: str, names: list[str]) -> str | None:
    """The service that is used, or whose queue, stream or so is: `orders` of `orders-queue`."""
    return next((name for name in names if used in (name, *(f"{name}{end}" for end in PROVIDED))), None)


def _own_hosts(value: Any, generation: int) -> Any:
    if isinstance(value, dict):
        return {
            key: [f"g{generation}.{host}" for host in item]
            if key == "hosts"
            else _own_hosts(item, generation)
            for key, item in value.items()
        }
    return [_own_hosts(item, generation) for item in value] if isinstance(value, list) else value
