"""`Pulumi.yaml` and `Pulumi.<stack>.yaml` as the engine reads them, with the line of every key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location, suggestion
from skymason.settings import codes
from skymason.yaml_source import SourceMap, load_yaml

PROJECT_FILE = "Pulumi.yaml"


@dataclass(frozen=True)
class ProjectFiles:
    """Both files of a stack. config: the flat map that the engine hands to the program."""

    project: str
    config: Mapping[str, str]
    project_source: SourceMap
    stack_source: SourceMap

    def location(self, key: str) -> Location:
        """Where a setting is written: in the stack's file, else in the project's; `key` as in `Source`."""
        head = key.split(".", 1)[0]
        for prefix in ("", f"{self.project}:"):
            if f"config.{prefix}{head}" in self.stack_source.lines:
                return self.stack_source.location(f"config.{prefix}{key}")
        if f"config.{head}" in self.project_source.lines:
            return self.project_source.location(f"config.{head}")
        return self.stack_source.location("config")


def read(root: Path, stack: str) -> ProjectFiles:
    """Raises DiagnosticError where a file is missing, does not parse, or has a shape that Pulumi refuses."""
    project_source = load_yaml(root / PROJECT_FILE, root)
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        stacks = sorted(item.name[7:-5] for item in root.glob("Pulumi.?*.yaml"))
        fix = f"{suggestion(stack, stacks)}, or write {path.name}" if stacks else f"write {path.name}"
        raise _error(codes.NO_SUCH_STACK, f"there is no stack '{stack}'", fix, Location(path.name))
    stack_source = load_yaml(path, root)
    project = project_source.data.get("name")
    if not isinstance(project, str) or not project:
        fix = "add `name: <project>` at the top level"
        raise _error(
            codes.BAD_CONFIG, "the project has no name", fix, project_source.location("name"), "name"
        )
    declared = _section(project_source)
    written = _section(stack_source)
    config, secrets = {}, []
    for key, declaration in declared.items():
        full = key if ":" in key else f"{project}:{key}"
        value = _declared(declaration)
        if value is not None:
            config[full] = _flat(value)
    for key, value in written.items():
        full = key if ":" in key else f"{project}:{key}"
        if _encrypted(value):
            config.pop(full, None)
            if full.startswith(f"{project}:"):
                secrets.append((key, stack_source.location(f"config.{key}")))
            continue
        config[full] = _flat(value)
    if secrets:
        fix = "take it out; keep it in the secret store, list it under `existing`, and let services use it"
        raise DiagnosticError(
            [
                Diagnostic(codes.SECRET_SETTING, "settings hold no secrets", fix, place, key)
                for key, place in secrets
            ]
        )
    return ProjectFiles(project, config, project_source, stack_source)


def _section(source: SourceMap) -> dict[str, Any]:
    section = source.data.get("config")
    if section is None:
        return {}
    if not isinstance(section, dict):
        fix = "write `config:` with one key a line below it"
        raise _error(
            codes.BAD_CONFIG, "`config` is not a mapping of keys", fix, source.location("config"), "config"
        )
    return section


def _declared(declaration: Any) -> Any:
    """The value that a declaration in Pulumi.yaml gives: `default`, `value` or itself; None for none."""
    if not isinstance(declaration, dict):
        return declaration
    return declaration.get("value", declaration.get("default"))


def _encrypted(value: Any) -> bool:
    if isinstance(value, dict):
        if value.keys() == {"secure"} and isinstance(value["secure"], str):
            return True
        return any(_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(_encrypted(item) for item in value)


def _flat(value: Any) -> str:
    """As the engine writes it: text as it is, everything else as Go's JSON with sorted keys."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _error(code: Any, message: str, fix: str, location: Location, key: str = "") -> DiagnosticError:
    return DiagnosticError([Diagnostic(code, message, fix, location, key)])
