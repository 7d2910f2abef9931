"""Glue schema registry and its schemas."""

import json
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import glue

from components.aws.schema_grants import registry_binding, schemas_of
from components.binding import Binding
from components.findings import Finding, refuse
from components.inputs import last_segment

MAX_DEFINITION = 170_000


class SchemaFormat(StrEnum):
    AVRO = "AVRO"
    JSON = "JSON"
    PROTOBUF = "PROTOBUF"


class SchemaCompatibility(StrEnum):
    """Which schemas must still be able to read an event. Glue refuses a version that breaks it."""

    NONE = "NONE"
    DISABLED = "DISABLED"
    """No new versions at all."""
    BACKWARD = "BACKWARD"
    """Readers with this version read events of the one before: consumers are deployed first."""
    BACKWARD_ALL = "BACKWARD_ALL"
    FORWARD = "FORWARD"
    """Readers with the version before read events of this one: producers are deployed first."""
    FORWARD_ALL = "FORWARD_ALL"
    FULL = "FULL"
    FULL_ALL = "FULL_ALL"


class SchemaArgs(TypedDict):
    name: str
    """Name of the schema. A change replaces it, with its versions."""
    definition: str
    """The schema's text. A change adds a version."""
    format: NotRequired[SchemaFormat]
    """Default: AVRO. A change replaces the schema."""
    compatibility: NotRequired[SchemaCompatibility]
    """Default: BACKWARD."""


class ExistingRegistryArgs(TypedDict):
    """A registry that is there already; `schemas` are added to it, and those in it may be read."""

    arn: pulumi.Input[str]


class SchemaRegistryArgs(TypedDict):
    schemas: NotRequired[list[SchemaArgs]]
    existing: NotRequired[ExistingRegistryArgs]
    registry_name: NotRequired[pulumi.Input[str]]
    """Name of the registry. Default: the component's name, the project's and the stack's. A change replaces
    it."""


class SchemaRegistry(pulumi.ComponentResource):
    """A registry whose schemas are part of the program: producers find their version, and register none.

    Raises ValueError for a definition that is no schema of its format.
    """

    arn: pulumi.Output[str]
    registry_name: pulumi.Output[str]
    schema_arns: pulumi.Output[dict[str, str]]
    """Name of a schema → ARN."""

    def __init__(
        self, name: str, args: SchemaRegistryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("skymason:aws:SchemaRegistry", name, None, opts)
        self._short = name
        schemas = args.get("schemas", [])
        refuse(
            f"schema registry '{name}'", [found for schema in schemas for found in schema_findings(schema)]
        )
        child = pulumi.ResourceOptions(parent=self)
        if "existing" in args:
            self.arn = pulumi.Output.from_input(args["existing"]["arn"])
            self.registry_name = last_segment(self.arn, "/")
        else:
            own = f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}"
            registry = glue.Registry(
                f"{name}-registry", registry_name=args.get("registry_name", own), opts=child
            )
            self.arn, self.registry_name = registry.arn, registry.registry_name
        made = {
            schema["name"]: glue.Schema(
                f"{name}-{schema['name']}-schema",
                registry_arn=self.arn,
                schema_name=schema["name"],
                data_format=str(schema.get("format", SchemaFormat.AVRO)),
                compatibility=str(schema.get("compatibility", SchemaCompatibility.BACKWARD)),
                schema_definition=schema["definition"],
                opts=child,
            ).arn
            for schema in schemas
        }
        self._schemas = [schemas_of(self.arn)] if "existing" in args else list(made.values())
        self.schema_arns = pulumi.Output.all(**made)
        self.register_outputs(
            {"arn": self.arn, "registry_name": self.registry_name, "schema_arns": self.schema_arns}
        )

    def binding(self, access: str, alias: str | None = None) -> Binding:
        """What a workload gets that writes or reads events. access: read. alias: its name for it, if
        another."""
        return registry_binding(
            alias or self._short,
            access,
            arn=self.arn,
            registry_name=self.registry_name,
            schema_arns=self._schemas,
        )


def schema_findings(schema: SchemaArgs) -> list[Finding]:
    """Whether a definition can be a schema of its format at all."""
    format, text = SchemaFormat(str(schema.get("format", SchemaFormat.AVRO))), schema["definition"]
    problem = _too_long(text) or (_protobuf(text) if format is SchemaFormat.PROTOBUF else _json(format, text))
    if not problem:
        return []
    return [Finding("schema_text", f"schema '{schema['name']}' {problem}", f"give a schema in {format}")]


def _too_long(text: str) -> str:
    return f"has {len(text)} characters; Glue takes {MAX_DEFINITION}" if len(text) > MAX_DEFINITION else ""


def _protobuf(text: str) -> str:
    return "" if "message " in text and "syntax" in text else "declares no syntax, or no message"


def _json(format: SchemaFormat, text: str) -> str:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        return f"is no JSON: {error.msg} in line {error.lineno}"
    if not isinstance(parsed, dict):
        return "is no JSON object"
    if format is SchemaFormat.AVRO and not {"type", "name"} <= set(parsed):
        return "has no 'type' and 'name', which an Avro record has"
    return ""
