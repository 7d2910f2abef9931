"""Which layer set a key of a service, and which layers tried."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skymason.cli import codes
from skymason.cli.checks import examine
from skymason.cli.place import project_at, stack_of
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, has_errors, nearest, suggestion
from skymason.patterns.resolved import ResolvedService


def explain(folder: Path, key: str, name: str, stack: str) -> list[dict[str, Any]]:
    """The key, or every key below it: value, the layer that set it, and all layers that gave one.

    Raises DiagnosticError: SM5006 for an unknown service, SM5007 for an unknown key, and what is wrong with
    the project where that keeps the service from being resolved.
    """
    project = project_at(folder)
    stack_of(project, stack)
    checked = examine(project, stack)
    service = next((item for item in checked.services if item.name == name), None)
    if service is None:
        if has_errors(checked.diagnostics):
            raise DiagnosticError(checked.diagnostics)
        known = sorted(item.name for item in checked.services)
        text = f"there is no service '{name}'"
        fix = suggestion(name, known) if known else "write a spec in the folder services"
        raise DiagnosticError([Diagnostic(codes.UNKNOWN_SERVICE, text, fix, Location("services"))])
    keys = sorted(path for path in service.layers if path == key or path.startswith(f"{key}."))
    if not keys:
        raise DiagnosticError([_unknown(key, service)])
    return [_entry(service, path) for path in keys]


def _unknown(key: str, service: ResolvedService) -> Diagnostic:
    text = f"service {service.name} ({service.pattern}) has no value for '{key}'"
    near = nearest(key, service.layers)
    sections = ", ".join(sorted({path.partition(".")[0] for path in service.layers}))
    fix = f"did you mean '{near}'? sections: {sections}" if near else f"sections: {sections}"
    return Diagnostic(codes.UNKNOWN_KEY, text, fix, service.location, key)


def _entry(service: ResolvedService, path: str) -> dict[str, Any]:
    layer = service.layers[path]
    tried = service.history.get(path, ())
    return {
        "key": path,
        "value": value_at(service.config, path),
        "layer": layer.name,
        "location": str(layer.location),
        "history": [
            {"layer": one.name, "location": str(one.location), "value": value} for one, value in tried
        ],
    }


def value_at(config: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted key. A name that holds dots itself (a label) is taken as a whole."""
    found: Any = config
    words = path.split(".")
    while words:
        if not isinstance(found, Mapping):
            return None
        for length in range(len(words), 0, -1):
            name = ".".join(words[:length])
            if name in found:
                found, words = found[name], words[length:]
                break
        else:
            return None
    return found


def explain_text(entries: list[dict[str, Any]], service: str, stack: str) -> str:
    """For people: the value, then the layers from lowest to highest, the one that won marked."""
    lines = [f"{service} in {stack}"]
    for entry in entries:
        lines += ["", f"{entry['key']} = {json.dumps(entry['value'])}"]
        tried = entry["history"] or [entry]
        width = max(len(one["layer"]) for one in tried)
        for index, one in enumerate(tried):
            mark = "→" if index == len(tried) - 1 else " "
            shown = json.dumps(one["value"])
            lines.append(f"  {mark} {one['layer']:<{width}}  {shown}  {one['location']}")
    return "\n".join(lines)
