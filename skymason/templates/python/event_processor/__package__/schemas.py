"""Whether an event is what was agreed, and what it says."""

import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import fastavro
import jsonschema
from jsonschema.validators import validator_for

from .errors import Rejected
from .events import Record

LATEST_SECONDS = 300.0
"""How soon a new version of a schema is used for events that name none."""

Body = Mapping[str, Any]
Reader = Callable[[bytes], Body]
"""Understands the bytes of an event. Raises Rejected."""


@dataclass(frozen=True)
class Definition:
    """One version of a schema. name: of the schema. text: as it is registered."""

    name: str
    text: str


class Registry(Protocol):
    """Where schemas are registered. Every method may raise Unavailable."""

    def latest(self, name: str) -> Definition:
        """The newest version of a schema."""

    def named_by(self, data: bytes) -> tuple[str, bytes] | None:
        """Id of the version that an event names in its first bytes, and the rest of it; None where it names
        none."""

    def version(self, id: str) -> Definition:
        """The version with this id. Raises Rejected where there is none."""


class Schemas:
    """Checks events against the schemas of a registry. names: those that may be used; format: of all."""

    def __init__(self, registry: Registry, names: Sequence[str], format: str) -> None:
        self._registry, self._names = registry, names
        self._reader_of = READERS[format]
        self._versions: dict[str, Reader] = {}
        self._latest: dict[str, tuple[float, Reader]] = {}

    def read(self, record: Record) -> Body:
        """What the event says. Raises Rejected for one that fits no schema, and Unavailable."""
        named = self._registry.named_by(record.data)
        if named is not None:
            id, data = named
            return self._version(id)(data)
        problems = []
        for name in self._names:
            try:
                return self._newest(name)(record.data)
            except Rejected as error:
                problems.append(f"{name}: {error}")
        raise Rejected("; ".join(problems))

    def _version(self, id: str) -> Reader:
        if id not in self._versions:
            definition = self._registry.version(id)
            if definition.name not in self._names:
                raise Rejected(f"it is a {definition.name}; wanted is {', '.join(self._names)}")
            self._versions[id] = self._reader_of(definition.text)
        return self._versions[id]

    def _newest(self, name: str) -> Reader:
        read_at, reader = self._latest.get(name, (float("-inf"), None))
        if reader is None or time.monotonic() - read_at > LATEST_SECONDS:
            reader = self._reader_of(self._registry.latest(name).text)
            self._latest[name] = (time.monotonic(), reader)
        return reader


class AnyObject:
    """Where no schema is agreed: any JSON object will do."""

    def read(self, record: Record) -> Body:
        return _object(record.data)


def _object(data: bytes) -> Body:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise Rejected(f"no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Rejected("no JSON object")
    return found


def json_reader(text: str) -> Reader:
    """Of events in JSON. text: a JSON schema."""
    schema = json.loads(text)
    validator = validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())

    def read(data: bytes) -> Body:
        body = _object(data)
        problem = jsonschema.exceptions.best_match(validator.iter_errors(body))
        if problem is not None:
            raise Rejected(f"{problem.json_path}: {problem.message}")
        return body

    return read


def avro_reader(text: str) -> Reader:
    """Of events in Avro, without a file's header. text: the schema that they were written with."""
    schema = fastavro.parse_schema(json.loads(text))

    def read(data: bytes) -> Body:
        try:
            body = fastavro.schemaless_reader(io.BytesIO(data), schema, None)
        except (EOFError, IndexError, ValueError, UnicodeDecodeError) as error:
            raise Rejected(f"no Avro of its schema: {error!r}") from error
        if not isinstance(body, dict):
            raise Rejected("no Avro record")
        return body

    return read


READERS: Mapping[str, Callable[[str], Reader]] = {"json": json_reader, "avro": avro_reader}
