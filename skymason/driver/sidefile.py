"""A stack's settings for the offline cloud, beside the project's own.

The engine writes the salt of its secrets into Pulumi.<stack>.yaml. For the offline cloud that would change
the project's own file, and a real backend would take the salt for its own. So the offline stack has a small
project folder of its own with a copy of the settings: secret values replaced (only their real key can read
them), encryption and environments of the real stack left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skymason.driver.project import Project

_ENCRYPTION = ("encryptionsalt", "encryptedkey", "secretsprovider", "environment")


def side_folder(place: Path) -> Path:
    return place / "project"


def write_side(project: Project, stack: str, place: Path) -> Path:
    """Bring the copy up to date and return its Pulumi.<stack>.yaml, which keeps the salt it already has.

    place: folder of the offline cloud and its state.
    """
    from skymason.yaml_source import load_yaml

    folder = side_folder(place)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    description = {"name": project.name, "runtime": "python"}
    (folder / "Pulumi.yaml").write_text(json.dumps(description))
    own = project.stack_file(stack)
    settings = dict(load_yaml(own, project.root).data) if own.exists() else {}
    copy = folder / own.name
    kept = load_yaml(copy, folder).data if copy.exists() else {}
    derived = {key: _plain(value, key) for key, value in settings.items() if key not in _ENCRYPTION}
    derived |= {key: kept[key] for key in ("encryptionsalt",) if key in kept}
    copy.write_text(json.dumps(derived, indent=1))  # JSON is YAML, and needs no quoting rules
    return copy


def _plain(value: Any, name: str) -> Any:
    """Settings without secrets: what is encrypted for the real stack becomes a stand-in of the same name."""
    if isinstance(value, Mapping):
        if set(value) == {"secure"}:
            return f"offline-{name.rpartition(':')[2]}"
        return {key: _plain(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, name) for item in value]
    return value
