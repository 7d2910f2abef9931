"""Schemas in Azure Schema Registry."""

from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from .errors import Rejected, Unavailable
from .schemas import Definition


class AzureRegistry:
    """A schema group of a namespace."""

    def __init__(self, client: Any, group: str) -> None:
        self._client, self._group = client, group
        self._newest: dict[str, tuple[int, Definition]] = {}

    def latest(self, name: str) -> Definition:
        """Versions count up from 1, and the registry does not tell which is the last: the ones after the
        last known are asked for until there is none."""
        version, definition = self._newest.get(name, (0, None))
        while True:
            found = self._found(group_name=self._group, name=name, version=version + 1)
            if found is None:
                break
            version, definition = version + 1, found
        if definition is None:
            raise Unavailable(f"schema registry: there is no {name} in {self._group}")
        self._newest[name] = version, definition
        return definition

    def named_by(self, data: bytes) -> tuple[str, bytes] | None:
        # Azure's serializers name the schema beside the event (content type), and not in its bytes.
        return None

    def version(self, id: str) -> Definition:
        found = self._found(id)
        if found is None:
            raise Rejected(f"its schema is not registered: {id}")
        return found

    def _found(self, *id: str, **which: Any) -> Definition | None:
        try:
            schema = self._client.get_schema(*id, **which)
        except ResourceNotFoundError:
            return None
        except AzureError as error:
            raise Unavailable(f"schema registry: {error}") from error
        return Definition(name=schema.properties.name, text=schema.definition)
