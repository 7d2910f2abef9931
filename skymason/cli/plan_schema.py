"""The JSON Schema of what `sm plan --json` prints, `docs/plan.schema.json`."""

from __future__ import annotations

import json
from typing import Any

from skymason.cli.plan_text import VERSION
from skymason.driver.model import ChangeKind


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _texts(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": description}


_DETAIL = _object(
    {
        "path": _text(
            "The property. Items of a list are named where they have a name (env[LOG_LEVEL].value), and JSON "
            "documents are looked into."
        ),
        "kind": {"enum": ["add", "delete", "update"]},
        "before": {
            "description": "The value now; missing where the property is added. '[secret]' for a secret one."
        },
        "after": {
            "description": "The value to be; missing where the property is deleted. '[secret]' for a secret "
            "one, '[known after deployment]' for one that a preview cannot know."
        },
        "forces_replacement": {"type": "boolean", "description": "Whether it cannot change in place."},
        "causes": _texts("URNs of the changed resources that make the new value unknown."),
    },
    optional=("before", "after"),
)

_CHANGE = _object(
    {
        "kind": {"enum": [str(kind) for kind in ChangeKind if kind is not ChangeKind.SAME]},
        "urn": _text("The engine's name of the resource."),
        "type": _text("Its type, such as aws:sqs/queue:Queue."),
        "name": _text("Its name in the program."),
        "components": _texts("Names of the components around it, outermost first."),
        "properties": _texts("Paths of all properties that change, as the engine spells them."),
        "reasons": _texts("Those of them that make it a replacement."),
        "escaped": _texts("Properties that the `escape` section of a service's spec sets."),
        "details": {"type": "array", "items": _DETAIL, "description": "The properties with their values."},
        "consequence": {
            "type": "boolean",
            "description": "Whether it would not change, or not be replaced, but for another's replacement.",
        },
        "follows": _texts("URNs of those others, as far as dependencies tell."),
    }
)

_DIAGNOSTIC = _object(
    {
        "code": _text("The code, listed in docs/diagnostics.md."),
        "severity": {"enum": ["warning", "note"]},
        "title": _text("The code's title."),
        "path": _text("File, relative to the project."),
        "line": {"type": "integer", "minimum": 0, "description": "Line; 0 for the whole file."},
        "key": _text("Dotted key, '' where there is none."),
        "message": _text("What is found."),
        "set_by": _texts("The layers that set the values involved."),
        "fix": _text("What to do about it."),
    }
)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "sm plan --json",
    "description": "What the next `sm up` would change. Keys may be added under the same version.",
    **_object(
        {
            "version": {"const": VERSION},
            "project": _text("Name of the project."),
            "stack": _text("Name of the stack."),
            "service": {"type": ["string", "null"], "description": "The only service shown, null for all."},
            "against": _text("What it was compared with, in words."),
            "revision": {
                "type": ["string", "null"],
                "description": "Hash of the commit that it was compared with, null for anything else.",
            },
            "counts": {
                "type": "object",
                "propertyNames": {"enum": [str(kind) for kind in ChangeKind]},
                "additionalProperties": {"type": "integer", "minimum": 1},
                "description": "Number of resources by what happens to them; unchanged ones as 'same'.",
            },
            "data_at_risk": _texts("URNs of resources that hold data and would be replaced or deleted."),
            "changes": {"type": "array", "items": _CHANGE},
            "diagnostics": {"type": "array", "items": _DIAGNOSTIC},
            "seconds": {"type": "number", "minimum": 0},
        }
    ),
}


def text() -> str:
    """The file's content."""
    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"
