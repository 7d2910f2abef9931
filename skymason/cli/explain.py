"""Which layer set a key of a service, and which layers tried: as JSON and for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skymason.patterns.engine import Explanation


def as_json(found: Sequence[Explanation]) -> str:
    """A list of keys, each with value, meaning, type and the layers that gave it a value, lowest first."""
    return json.dumps([_entry(item) for item in found], indent=2)


def _entry(item: Explanation) -> dict[str, Any]:
    return {
        "service": item.service,
        "key": item.key,
        "value": item.value,
        "type": item.type,
        "meaning": item.meaning,
        "layer": item.layer.name if item.layer else None,
        "location": str(item.layer.location) if item.layer else None,
        "history": [
            {"layer": layer.name, "location": str(layer.location), "value": value}
            for layer, value in item.history
        ],
    }


def as_text(found: Sequence[Explanation], service: str, stack: str) -> str:
    """The value and its meaning, then the layers from lowest to highest; the one that won is marked."""
    lines = [f"{service} in {stack}"]
    for item in found:
        lines += ["", f"{item.key} = {json.dumps(item.value)}"]
        if item.meaning:
            lines.append(f"  {item.meaning} ({item.type})")
        rows = [(layer.name, json.dumps(value), str(layer.location)) for layer, value in item.history]
        if not rows:
            lines.append("    no layer sets it")
            continue
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        for index, (layer, value, location) in enumerate(rows):
            mark = "→" if index == len(rows) - 1 else " "
            lines.append(f"  {mark} {layer:<{widths[0]}}  {value:<{widths[1]}}  {location}")
    return "\n".join(lines)
