"""Schema files: whether a new version of a schema gets along with the one before.

`reading.v3.avsc` is version 3 of the schema `reading`; the file of the highest version below it in the same
folder (`reading.v2.avsc`) is the one before. A file without a version has none before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from skymason.diagnostics import Diagnostic, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.models.event_processor import Compatibility, EventProcessor, SchemaFormat

INCOMPATIBLE = define(
    "SM2514",
    "Schema breaks with the version before",
    "Events of the other version are still in the stream and in the store, and could not be read.",
)
NO_SCHEMA_FILE = define(
    "SM2515", "Schema file cannot be read", "The registry gets the text of the file when it is deployed."
)
KEY_NOT_THERE = define(
    "SM2530",
    "Order is kept by a field that events need not have",
    "Events without the key have no order among themselves, and go wherever they happen to.",
)
SCHEMA_TWICE = define(
    "SM2516", "Two versions of one schema", "The registry keeps the versions; a spec names the newest one."
)

_VERSION = re.compile(r"^(?P<name>.+)\.v(?P<version>\d+)$")
_PROTO_FIELD = re.compile(
    r"\b(?!option\b)(?:(?P<label>required|optional|repeated)\s+)?(?P<type>map\s*<[^>]*>|[\w.]+)"
    r"\s+(?P<name>\w+)\s*=\s*(?P<number>\d+)"
)
_PROTO_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_PROTO_MESSAGE = re.compile(r"\bmessage\s+(\w+)\s*\{|\}|\{")
_OLD_READS_NEW = {Compatibility.FORWARD, Compatibility.FORWARD_ALL}


@dataclass(frozen=True, slots=True)
class SchemaField:
    """A field of an event. type: in the words of its format. required: a reader cannot do without it, and
    has no default for it."""

    type: str
    required: bool


Fields = Mapping[str, SchemaField]


def schema_name(file: str) -> str:
    """Name of the schema in a file: `reading` of `schemas/reading.v3.avsc`."""
    return _split(file)[0]


def previous_file(path: Path) -> Path | None:
    """The file of the version before, beside `path`."""
    name, version = _split(path.name)
    older = [
        (_split(other.name)[1], other)
        for other in path.parent.glob(f"*{path.suffix}")
        if _split(other.name)[0] == name and 0 <= _split(other.name)[1] < version
    ]
    return max(older)[1] if older else None


def breaks(format: SchemaFormat, mode: Compatibility, before: str, after: str) -> list[str]:
    """What of the schema `after` does not get along with `before`; empty where everything does.

    Raises ValueError for a text that is no schema of its format.
    """
    old, new = fields(format, before), fields(format, after)
    if mode is Compatibility.NONE:
        return []
    found = [f"'{name}' is gone" for name in old if name not in new]
    found += [
        f"'{name}' was {old[name].type} and is {new[name].type}"
        for name in old
        if name in new and old[name].type != new[name].type
    ]
    if mode not in _OLD_READS_NEW:
        found += [
            f"'{name}' is new and required, and has no default"
            if name not in old
            else f"'{name}' is required now, and has no default"
            for name, field in new.items()
            if field.required and (name not in old or not old[name].required)
        ]
    return found


def fields(format: SchemaFormat, text: str) -> dict[str, SchemaField]:
    """Fields of a schema by dotted name, those of records inside too."""
    if format is SchemaFormat.PROTOBUF:
        return dict(_protobuf(text))
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}") from None
    if not isinstance(parsed, dict):
        raise ValueError("it is no JSON object")
    return dict((_avro if format is SchemaFormat.AVRO else _json)(parsed, ""))


def _avro(record: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, SchemaField]]:
    for field in record.get("fields") or []:
        name, kind = f"{prefix}{field['name']}", field["type"]
        yield name, SchemaField(_avro_type(kind), "default" not in field)
        if isinstance(kind, dict) and kind.get("type") == "record":
            yield from _avro(kind, f"{name}.")


def _avro_type(kind: Any) -> str:
    if isinstance(kind, list):
        return " or ".join(sorted(_avro_type(item) for item in kind))
    if not isinstance(kind, dict):
        return str(kind)
    if kind.get("type") in ("array", "map"):
        return f"{kind['type']} of {_avro_type(kind.get('items', kind.get('values')))}"
    return str(kind.get("name") or kind.get("logicalType") or _avro_type(kind.get("type")))


def _json(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, SchemaField]]:
    required = set(schema.get("required") or [])
    for key, value in (schema.get("properties") or {}).items():
        kind: Mapping[str, Any] = value if isinstance(value, dict) else {}
        yield f"{prefix}{key}", SchemaField(_json_type(kind), key in required and "default" not in kind)
        yield from _json(kind, f"{prefix}{key}.")
        if isinstance(kind.get("items"), dict):
            yield from _json(kind["items"], f"{prefix}{key}[].")


def _json_type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", schema.get("$ref", "anything"))
    if isinstance(kind, list):
        return " or ".join(sorted(map(str, kind)))
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"array of {_json_type(schema['items'])}"
    return str(kind)


def _protobuf(text: str) -> Iterator[tuple[str, SchemaField]]:
    """Fields by message and number: the number is what is sent, the name may change."""
    plain = _PROTO_COMMENT.sub("", text)
    if "message" not in plain:
        raise ValueError("it declares no message")
    inside: list[str] = []
    start = 0
    for brace in [*_PROTO_MESSAGE.finditer(plain), None]:
        for field in _PROTO_FIELD.finditer(plain, start, brace.start() if brace else len(plain)):
            label = field["label"] or ""
            kind = " ".join(part for part in (label if label == "repeated" else "", field["type"]) if part)
            name = ".".join((*(part for part in inside if part), field["number"]))
            yield name, SchemaField(kind, label == "required")
        if brace is None:
            return
        start = brace.end()
        if brace.group() == "}":
            inside[-1:] = []
        else:
            inside.append(brace.group(1) or "")


def _split(file: str) -> tuple[str, int]:
    """Name and version; -1 for none."""
    stem = PurePosixPath(file).stem
    found = _VERSION.match(stem)
    return (found["name"], int(found["version"])) if found else (stem, -1)


@check(EventProcessor)
def schema_files(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    schemas, folder = subject.config.schemas, subject.spec.source.folder
    seen: dict[str, str] = {}
    for index, file in enumerate(schemas.files):
        key, name = f"schemas.files.{index}", schema_name(file)
        if name in seen:
            yield subject.finding(
                SCHEMA_TWICE,
                f"'{seen[name]}' and '{file}' are both the schema '{name}'",
                "name the newest version alone",
                key,
            )
        seen.setdefault(name, file)
        if folder is None:
            continue
        try:
            found, before = _compared(folder / file, schemas.format, schemas.compatibility)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            yield subject.finding(
                NO_SCHEMA_FILE, f"'{file}': {reason}", "give a schema file, relative to the spec", key
            )
            continue
        for problem in found:
            yield subject.finding(
                INCOMPATIBLE,
                f"'{file}' is not {schemas.compatibility} compatible with {before}: {problem}",
                "give new fields a default or leave them optional, and keep old ones; else make it a schema "
                "of another name",
                key,
                "schemas.compatibility",
            )


@check(EventProcessor)
def ordering_key(subject: Subject[EventProcessor]) -> Iterator[Diagnostic]:
    """Of formats that know fields by name and can require them: Protocol Buffers do neither. Files that
    cannot be read are another check's matter."""
    key, schemas, folder = subject.config.ordering.key, subject.config.schemas, subject.spec.source.folder
    if key is None or folder is None or schemas.format is SchemaFormat.PROTOBUF:
        return
    for index, file in enumerate(schemas.files):
        try:
            known = fields(schemas.format, (folder / file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        field = known.get(key)
        if field is None or not field.required:
            lacking = "has no field" if field is None else "does not require the field"
            yield subject.finding(
                KEY_NOT_THERE,
                f"'{file}' {lacking} '{key}'",
                "require it in the schema, or order by another one: "
                + (", ".join(name for name, item in known.items() if item.required) or "it requires none"),
                "ordering.key",
                f"schemas.files.{index}",
            )


def _compared(path: Path, format: SchemaFormat, mode: Compatibility) -> tuple[list[str], str]:
    after, before = path.read_text(encoding="utf-8"), previous_file(path)
    if before is None:
        fields(format, after)
        return [], ""
    return breaks(format, mode, before.read_text(encoding="utf-8"), after), before.name
