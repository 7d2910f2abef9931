"""Schemas in the Glue schema registry."""

import uuid
import zlib
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .errors import Rejected, Unavailable
from .schemas import Definition

HEADER, PLAIN, DEFLATED = 3, 0, 5
"""First byte of an event that Glue's own serializers wrote, and what its second byte says of the rest; 16
bytes with the version's id come next. Source: aws-glue-schema-registry, AWSSchemaRegistryConstants."""
_PREFIX = 18


class GlueRegistry:
    """A registry by its name."""

    def __init__(self, glue: Any, registry: str) -> None:
        self._glue, self._registry = glue, registry

    def latest(self, name: str) -> Definition:
        return self._definition(
            SchemaId={"RegistryName": self._registry, "SchemaName": name},
            SchemaVersionNumber={"LatestVersion": True},
        )

    def named_by(self, data: bytes) -> tuple[str, bytes] | None:
        if len(data) < _PREFIX or data[0] != HEADER or data[1] not in (PLAIN, DEFLATED):
            return None
        rest = data[_PREFIX:]
        if data[1] == DEFLATED:
            try:
                rest = zlib.decompress(rest)
            except zlib.error as error:
                raise Rejected(f"cannot be unpacked: {error}") from error
        return str(uuid.UUID(bytes=data[2:_PREFIX])), rest

    def version(self, id: str) -> Definition:
        return self._definition(SchemaVersionId=id)

    def _definition(self, **which: Any) -> Definition:
        try:
            found = self._glue.get_schema_version(**which)
        except ClientError as error:
            if error.response["Error"]["Code"] == "EntityNotFoundException" and "SchemaVersionId" in which:
                raise Rejected(f"its schema is not registered: {which['SchemaVersionId']}") from error
            raise Unavailable(f"Glue: {error}") from error
        except BotoCoreError as error:
            raise Unavailable(f"Glue: {error}") from error
        return Definition(name=found["SchemaArn"].rpartition("/")[2], text=found["SchemaDefinition"])
