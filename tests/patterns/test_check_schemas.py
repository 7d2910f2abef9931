"""Schema files: what breaks with the version before, in each format and mode."""

import json
from pathlib import Path

import pytest

from skymason.patterns.checks.schemas import breaks, fields, previous_file, schema_name
from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.patterns.models.event_processor import Compatibility, SchemaFormat
from skymason.settings import load_stack

ROOT = Path(__file__).parents[2]
SPEC = f"""
service: {{name: telemetry, owner: team-a}}
pattern: event_processor
image: {{repository: telemetry, digest: "sha256:{64 * "c"}"}}
overrides:
  schemas:
    format: json
    compatibility: %s
    files: [%s]
"""
BACKWARD, FORWARD, FULL, NONE = (
    Compatibility.BACKWARD,
    Compatibility.FORWARD,
    Compatibility.FULL,
    Compatibility.NONE,
)


def avro(*fields: dict) -> str:
    return json.dumps({"type": "record", "name": "Event", "fields": list(fields)})


def plain(required: tuple[str, ...], **properties: dict) -> str:
    return json.dumps({"type": "object", "required": list(required), "properties": properties})


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
ID = {"name": "id", "type": "string"}
AVRO, JSON, PROTOBUF = SchemaFormat.AVRO, SchemaFormat.JSON, SchemaFormat.PROTOBUF
INNER = {"type": "record", "name": "Place", "fields": [{"name": "floor", "type": "int"}]}
PROTO = 'syntax = "proto2"; message Event { required string id = 1; // floor = 9\n %s }'


@pytest.mark.parametrize(
    ("format", "mode", "before", "after", "expected"),
    [
        (AVRO, BACKWARD, avro(ID), avro(ID, {**ID, "name": "unit", "default": "kWh"}), []),
        (
            AVRO,
            BACKWARD,
            avro(ID),
            avro(ID, {**ID, "name": "unit"}),
            ["'unit' is new and required, and has no default"],
        ),
        (AVRO, FORWARD, avro(ID), avro(ID, {**ID, "name": "unit"}), []),
        (AVRO, FORWARD, avro(ID, {**ID, "name": "unit"}), avro(ID), ["'unit' is gone"]),
        (AVRO, BACKWARD, avro(ID), avro({"name": "id", "type": "long"}), ["'id' was string and is long"]),
        (AVRO, NONE, avro(ID), avro({"name": "key", "type": "long"}), []),
        (
            AVRO,
            BACKWARD,
            avro({**ID, "default": ""}),
            avro(ID),
            ["'id' is required now, and has no default"],
        ),
        (
            AVRO,
            FULL,
            avro({"name": "at", "type": INNER}),
            avro({"name": "at", "type": {**INNER, "fields": []}}),
            ["'at.floor' is gone"],
        ),
        (
            AVRO,
            FULL,
            avro({"name": "ids", "type": {"type": "array", "items": "int"}}),
            avro({"name": "ids", "type": {"type": "array", "items": ["null", "int"]}}),
            ["'ids' was array of int and is array of int or null"],
        ),
        (JSON, BACKWARD, plain(("id",), id=TEXT), plain(("id",), id=TEXT, unit=TEXT), []),
        (
            JSON,
            BACKWARD,
            plain(("id",), id=TEXT),
            plain(("id", "unit"), id=TEXT, unit=TEXT),
            ["'unit' is new and required, and has no default"],
        ),
        (
            JSON,
            BACKWARD,
            plain(("id",), id=TEXT),
            plain(("id", "unit"), id=TEXT, unit={**TEXT, "default": "kWh"}),
            [],
        ),
        (JSON, BACKWARD, plain((), id=TEXT), plain((), id=NUMBER), ["'id' was string and is number"]),
        (
            JSON,
            BACKWARD,
            plain((), at={"type": "object", "properties": {"floor": NUMBER}}),
            plain((), at={"type": "object", "properties": {}}),
            ["'at.floor' is gone"],
        ),
        (
            JSON,
            BACKWARD,
            plain((), ids={"type": "array", "items": TEXT}),
            plain((), ids={"type": "array", "items": {"type": ["null", "string"]}}),
            ["'ids' was array of string and is array of null or string"],
        ),
        (PROTOBUF, BACKWARD, PROTO % "", PROTO % "optional string unit = 2;", []),
        (
            PROTOBUF,
            BACKWARD,
            PROTO % "",
            PROTO % "required string unit = 2;",
            ["'Event.2' is new and required, and has no default"],
        ),
        (
            PROTOBUF,
            BACKWARD,
            PROTO % "message Place { optional int32 floor = 1; } optional Place at = 3;",
            PROTO % "message Place { optional string level = 1; } optional Place at = 3;",
            ["'Event.Place.1' was int32 and is string"],
        ),
    ],
)
def test_breaks(
    format: SchemaFormat, mode: Compatibility, before: str, after: str, expected: list[str]
) -> None:
    assert breaks(format, mode, before, after) == expected


@pytest.mark.parametrize(
    ("format", "text", "message"),
    [
        (AVRO, "{", "Expecting property name"),
        (JSON, "[]", "no JSON object"),
        (PROTOBUF, "enum A { B = 0; }", "no message"),
    ],
)
def test_no_schema(format: SchemaFormat, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fields(format, text)


def test_versions_of_a_file(tmp_path: Path) -> None:
    for name in ("reading.v1.json", "reading.v2.json", "reading.v10.json", "other.v9.json", "reading.json"):
        (tmp_path / name).touch()
    assert previous_file(tmp_path / "reading.v10.json") == tmp_path / "reading.v2.json"
    assert previous_file(tmp_path / "reading.v1.json") is None
    assert previous_file(tmp_path / "reading.json") is None
    assert schema_name("schemas/reading.v10.json") == schema_name("reading.json") == "reading"


def found(folder: Path, mode: str, files: str) -> list[tuple[str, str, str, int]]:
    (folder / "services").mkdir(exist_ok=True)
    (folder / "services" / "telemetry.yaml").write_text(SPEC % (mode, files))
    engine, settings = InfrastructurePatternEngine.load(ROOT), load_stack(ROOT, "prod")
    specs = engine.load_services(folder / "services")
    return [
        (item.code.id, item.key, item.message, item.location.line)
        for item in engine.validate(specs, "prod", settings.cloud, settings)
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "services" / "schemas"
    folder.mkdir(parents=True)
    (folder / "reading.v1.json").write_text(plain(("id",), id=TEXT))
    (folder / "reading.v2.json").write_text(plain(("id", "unit"), id=TEXT, unit=TEXT))
    (folder / "broken.json").write_text("{")
    return tmp_path


def test_a_new_version_that_breaks(project: Path) -> None:
    message = (
        "'schemas/reading.v2.json' is not backward compatible with reading.v1.json: "
        "'unit' is new and required, and has no default"
    )
    key = "overrides.schemas.files.0"
    assert found(project, "backward", "schemas/reading.v2.json") == [("SM2514", key, message, 9)]


def test_a_near_miss(project: Path) -> None:
    assert found(project, "forward", "schemas/reading.v2.json") == []
    assert found(project, "backward", "schemas/reading.v1.json") == []


def test_files_that_cannot_be_read(project: Path) -> None:
    first, second = found(project, "backward", "schemas/gone.json, schemas/broken.json")
    assert first[:3] == (
        "SM2515",
        "overrides.schemas.files.0",
        "'schemas/gone.json': No such file or directory",
    )
    assert second[0] == "SM2515"
    assert second[2].startswith("'schemas/broken.json': Expecting property name")


def test_two_versions_of_one_schema(project: Path) -> None:
    (one,) = found(project, "none", "schemas/reading.v1.json, schemas/reading.v2.json")
    message = "'schemas/reading.v1.json' and 'schemas/reading.v2.json' are both the schema 'reading'"
    assert one[:3] == ("SM2516", "overrides.schemas.files.1", message)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("id", None),
        ("unit", "'schemas/reading.v1.json' does not require the field 'unit'"),
        ("building", "'schemas/reading.v1.json' has no field 'building'"),
    ],
)
def test_order_is_kept_by_a_field_that_every_event_has(project: Path, key: str, message: str | None) -> None:
    (project / "services" / "schemas" / "reading.v1.json").write_text(plain(("id",), id=TEXT, unit=TEXT))
    text = SPEC % ("backward", "schemas/reading.v1.json, schemas/gone.json")
    (project / "services" / "telemetry.yaml").write_text(f"{text}  ordering: {{key: {key}}}\n")
    engine, settings = InfrastructurePatternEngine.load(ROOT), load_stack(ROOT, "prod")
    specs = engine.load_services(project / "services")
    diagnostics = engine.validate(specs, "prod", settings.cloud, settings)
    assert [
        (item.key, item.message, item.location.line, item.fix)
        for item in diagnostics
        if item.code.id == "SM2530"
    ] == (
        [("overrides.ordering.key", message, 10, "require it in the schema, or order by another one: id")]
        if message
        else []
    )


def test_protocol_buffers_require_nothing(project: Path) -> None:
    (project / "services" / "schemas" / "reading.proto").write_text(PROTO % "string id = 3;")
    text = (SPEC % ("backward", "schemas/reading.proto")).replace("format: json", "format: protobuf")
    (project / "services" / "telemetry.yaml").write_text(f"{text}  ordering: {{key: building}}\n")
    engine, settings = InfrastructurePatternEngine.load(ROOT), load_stack(ROOT, "prod")
    specs = engine.load_services(project / "services")
    assert engine.validate(specs, "prod", settings.cloud, settings) == []
