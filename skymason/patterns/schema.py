"""JSON Schemas of specs and of the patterns' file, for editors.

`python -m skymason.patterns.schema` writes them, and the two reference documents beside them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from skymason.patterns.access import KINDS
from skymason.patterns.library import PatternLibrary
from skymason.patterns.models import model_of
from skymason.patterns.models.catalogue import Catalogue
from skymason.patterns.models.common import Image, ServiceConfig
from skymason.patterns.models.service import Service

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def service_schema(library: PatternLibrary) -> Schema:
    """Of one service spec. Keys under `overrides` and `environments` depend on the pattern."""
    schema = Service.model_json_schema()
    definitions: Schema = schema.setdefault("$defs", {})
    image = _layer("image", Image, definitions)
    properties = schema["properties"]
    properties["image"] = {**image, "description": properties["image"]["description"]}
    properties["pattern"] = {
        "description": properties["pattern"]["description"],
        "oneOf": [{"const": name, "description": library.entry(name).description} for name in library.names],
    }
    schema["allOf"] = []
    for name in library.names:
        keys = _layer(name, _model(name), definitions)
        then = {"overrides": keys, "environments": {"additionalProperties": keys}}
        schema["allOf"].append(
            {
                "if": {"properties": {"pattern": {"const": name}}, "required": ["pattern"]},
                "then": {"properties": then},
            }
        )
    return {"$schema": DIALECT, **schema, "title": "Service"}


def catalogue_schema(library: PatternLibrary) -> Schema:
    """Of infrastructure-patterns.yaml."""
    schema = Catalogue.model_json_schema()
    definitions: Schema = schema["$defs"]
    common = _layer("common", ServiceConfig, definitions)
    generic = definitions["PatternEntry"]
    schema["properties"]["common"] = _with_keys(definitions["Layers"], common)
    patterns = schema["properties"]["patterns"]
    patterns["properties"] = {
        name: _with_keys(generic, _layer(name, _model(name), definitions)) for name in library.names
    }
    return {"$schema": DIALECT, **schema, "title": "Infrastructure patterns"}


def generated(root: Path) -> Mapping[str, Callable[[], str]]:
    """Path in the project → what the file must hold."""
    from skymason.patterns.documents import diagnostics_document, patterns_document

    library = PatternLibrary.load(root)
    return {
        "schemas/service.schema.json": lambda: _text(service_schema(library)),
        "schemas/infrastructure-patterns.schema.json": lambda: _text(catalogue_schema(library)),
        "docs/patterns.md": lambda: patterns_document(library),
        "docs/diagnostics.md": diagnostics_document,
    }


def main(root: Path) -> None:
    """Write every generated file."""
    for path, produce in generated(root).items():
        (root / path).write_text(produce(), encoding="utf-8")


def _model(name: str) -> type[ServiceConfig]:
    model = model_of(name)
    if model is None:
        raise ValueError(f"there are no typed keys for the pattern '{name}'")
    return model


def _with_keys(section: Schema, keys: Schema) -> Schema:
    """A section of the patterns' file whose layers may have these keys only."""
    by_environment = {"type": "object", "additionalProperties": keys}
    layers = {
        "defaults": keys,
        "clouds": _by_cloud(keys),
        "environments": by_environment,
        "cloud_environments": _by_cloud(by_environment),
    }
    described = {
        name: {**layer, "description": section["properties"][name]["description"]}
        for name, layer in layers.items()
    }
    return {**section, "properties": {**section["properties"], **described}}


def _by_cloud(value: Schema) -> Schema:
    return {"type": "object", "properties": dict.fromkeys(KINDS, value), "additionalProperties": False}


def _layer(prefix: str, model: type[Any], definitions: Schema) -> Schema:
    """A reference to the schema of a layer: nothing is required, and null takes a value away.

    Lists are replaced as a whole, so what stands in them has to be complete. Adds what it needs to
    `definitions`, under names that begin with `prefix`.
    """
    whole = model.model_json_schema()
    inner: Schema = whole.pop("$defs", {})
    root = model.__name__
    inner[root] = whole
    for name, definition in inner.items():
        definitions[f"{prefix}.{name}"] = _partial(_renamed(definition, prefix, whole=False))
        definitions[f"{prefix}.whole.{name}"] = _renamed(definition, prefix, whole=True)
    used = _reachable(f"{prefix}.{root}", definitions)
    for name in [name for name in definitions if name.startswith(f"{prefix}.") and name not in used]:
        del definitions[name]
    return {"$ref": f"#/$defs/{prefix}.{root}"}


def _partial(definition: Schema) -> Schema:
    """Without required keys, and with null for each."""
    if "properties" not in definition:
        return definition
    optional = {key: value for key, value in definition.items() if key != "required"}
    optional["properties"] = {
        name: value if _takes_null(value) else {"anyOf": [_bare(value), {"type": "null"}], **_notes(value)}
        for name, value in definition["properties"].items()
    }
    return optional


_NOTES = ("description", "default", "title")


def _notes(value: Schema) -> Schema:
    return {key: value[key] for key in _NOTES if key in value}


def _bare(value: Schema) -> Schema:
    return {key: item for key, item in value.items() if key not in _NOTES}


def _takes_null(value: Schema) -> bool:
    return {"type": "null"} in value.get("anyOf", [])


def _renamed(node: Any, prefix: str, *, whole: bool) -> Any:
    """References led to the definitions under `prefix`: inside lists to the whole ones."""
    if isinstance(node, list):
        return [_renamed(item, prefix, whole=whole) for item in node]
    if not isinstance(node, dict):
        return node
    renamed = {}
    for key, value in node.items():
        if key == "$ref":
            name = value.rpartition("/")[2]
            renamed[key] = f"#/$defs/{prefix}.{'whole.' if whole else ''}{name}"
        else:
            renamed[key] = _renamed(value, prefix, whole=whole or key == "items")
    return renamed


def _reachable(start: str, definitions: Schema) -> set[str]:
    found: set[str] = set()
    open_names = [start]
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += _references(definitions[name])
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"].rpartition("/")[2]] if "$ref" in node else []
        return own + [name for value in node.values() for name in _references(value)]
    return [name for item in node for name in _references(item)] if isinstance(node, list) else []


def _text(schema: Schema) -> str:
    kept = {name: value if name == "title" else _untitled(value) for name, value in schema.items()}
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


def _untitled(node: Any) -> Any:
    """Without the titles that pydantic makes of names: editors show the names already."""
    if isinstance(node, list):
        return [_untitled(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _untitled(value)
        for name, value in node.items()
        if not (name == "title" and isinstance(value, str))
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
