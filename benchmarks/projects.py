"""Projects of any size, made of the shipped one: the same platform, and as many services as are wanted."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


def make(folder: Path, services: int) -> Path:
    """Write a project with so many services, each a copy of a shipped one under another name."""
    folder.mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    (folder / "services").mkdir()
    for spec in specs(services):
        path = folder / "services" / f"{spec['service']['name']}.yaml"
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
    return folder


def specs(services: int) -> list[dict[str, Any]]:
    """Copies of the shipped services, in turn, those that use no other service first."""
    shipped = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "services").glob("*.yaml"))]
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
        target = use.get("service")
        if target in names:
            if generation * len(names) + names.index(target) >= services:
                continue
            use["service"] = f"{target}-{generation}"
        kept.append(use)
    if "uses" in renamed:
        renamed["uses"] = kept
    return _own_hosts(renamed, generation)


def _own_hosts(value: Any, generation: int) -> Any:
    if isinstance(value, dict):
        return {
            key: [f"g{generation}.{host}" for host in item]
            if key == "hosts"
            else _own_hosts(item, generation)
            for key, item in value.items()
        }
    return [_own_hosts(item, generation) for item in value] if isinstance(value, list) else value
