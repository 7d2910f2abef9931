"""Schema registry: exact inputs, what is no schema, binding."""

import json
from typing import Any

import pulumi
import pytest
from blocks import REFUSALS, Built, build, component_inputs, component_outputs, plain, unknown

from components.aws.schema_registry import (
    SchemaArgs,
    SchemaCompatibility,
    SchemaFormat,
    SchemaRegistry,
    schema_findings,
)

AVRO = json.dumps({"type": "record", "name": "Reading", "fields": [{"name": "id", "type": "string"}]})
PROTOBUF = 'syntax = "proto3";\nmessage Reading { string id = 1; }\n'


@pytest.fixture(scope="module")
def built() -> Built:
    schemas: list[SchemaArgs] = [
        {"name": "reading", "definition": AVRO},
        {
            "name": "alarm",
            "definition": PROTOBUF,
            "format": SchemaFormat.PROTOBUF,
            "compatibility": SchemaCompatibility.FULL_ALL,
        },
    ]

    def program() -> None:
        registry = SchemaRegistry("telemetry", {"schemas": schemas})
        pulumi.export("binding", registry.binding("read"))
        pulumi.export("schemas", registry.schema_arns)

    return build(program)


def test_registry_and_schemas(built: Built) -> None:
    assert built.names() == ["telemetry-alarm-schema", "telemetry-reading-schema", "telemetry-registry"]
    assert built.inputs("telemetry-registry") == {"registryName": "skymason-test-telemetry"}
    registry = built.one("telemetry-registry").outputs["arn"]
    assert built.inputs("telemetry-reading-schema") == {
        "registryArn": registry,
        "schemaName": "reading",
        "dataFormat": "AVRO",
        "compatibility": "BACKWARD",
        "schemaDefinition": AVRO,
    }
    assert built.inputs("telemetry-alarm-schema") == {
        "registryArn": registry,
        "schemaName": "alarm",
        "dataFormat": "PROTOBUF",
        "compatibility": "FULL_ALL",
        "schemaDefinition": PROTOBUF,
    }


def test_producers_and_consumers_find_versions_and_register_none(built: Built) -> None:
    arns = plain(built.deployed, "schemas")
    assert set(arns) == {"reading", "alarm"}
    binding = plain(built.deployed, "binding")
    assert binding["environment"] == {"TELEMETRY_REGISTRY": "skymason-test-telemetry"}
    assert binding["statements"] == [
        {
            "sid": "TelemetryRead",
            "actions": ["glue:GetRegistry", "glue:GetSchemaByDefinition", "glue:GetSchema"],
            "resources": [built.one("telemetry-registry").outputs["arn"], arns["reading"], arns["alarm"]],
        },
        {"sid": "TelemetryRead1", "actions": ["glue:GetSchemaVersion"], "resources": ["*"]},
    ]


def test_schemas_in_an_existing_registry() -> None:
    arn = "arn:aws:glue:eu-central-1:222222222222:registry/theirs"

    def program() -> None:
        schemas: list[SchemaArgs] = [{"name": "reading", "definition": AVRO}]
        registry = SchemaRegistry("theirs", {"existing": {"arn": arn}, "schemas": schemas})
        pulumi.export("name", registry.registry_name)

    built = build(program)
    assert built.names() == ["theirs-reading-schema"]
    assert built.inputs("theirs-reading-schema")["registryArn"] == arn
    assert plain(built.deployed, "name") == "theirs"


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        SchemaRegistry("later", {"registry_name": unknown()})
        SchemaRegistry("theirs", {"existing": {"arn": unknown()}})

    assert build(program).names() == ["later-registry"]


@pytest.mark.parametrize(
    ("format", "text", "problem"),
    [
        (SchemaFormat.AVRO, AVRO, ""),
        (SchemaFormat.JSON, '{"type": "object"}', ""),
        (SchemaFormat.PROTOBUF, PROTOBUF, ""),
        (SchemaFormat.AVRO, '{"type": "record"}', "has no 'type' and 'name', which an Avro record has"),
        (SchemaFormat.AVRO, "[]", "is no JSON object"),
        (SchemaFormat.JSON, '{\n"type":', "is no JSON: Expecting value in line 2"),
        (SchemaFormat.PROTOBUF, "message Reading {}", "declares no syntax, or no message"),
        (SchemaFormat.JSON, "{" + " " * 170_000, "has 170001 characters; Glue takes 170000"),
    ],
)
def test_definitions(format: SchemaFormat, text: str, problem: str) -> None:
    found = schema_findings({"name": "reading", "definition": text, "format": format})
    expected = [f"schema 'reading' {problem}"] if problem else []
    assert [item.message for item in found] == expected


def test_refused() -> None:
    schemas: Any = [{"name": "a", "definition": ""}, {"name": "b", "definition": "1"}]
    with pytest.raises(REFUSALS, match="schema 'a' is no JSON") as error:
        build(lambda: SchemaRegistry("bad", {"schemas": schemas}))
    assert "schema 'b' is no JSON object" in str(error.value)


def test_other_languages_can_use_it() -> None:
    assert component_inputs(SchemaRegistry) == {"schemas": True, "existing": True, "registryName": True}
    assert component_outputs(SchemaRegistry) == {"arn", "registryName", "schemaArns"}
