"""What the offline cloud shows its rules: the resources that exist, and where they exist.

`ResourceIndex` is the implementation: the offline cloud keeps one up to date, tests make small ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class StoredResource:
    """One resource of the offline cloud, as plain JSON values with the provider's own property names.

    inputs: after check, so physical names and defaults are in. outputs: everything that the provider knows.
    id: '' for a resource that is about to be created.
    """

    urn: str
    type: str
    name: str
    id: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)


class CloudView(Protocol):
    """The resources of one cloud, asked by type, by id and by the value of a property."""

    @property
    def account(self) -> str:
        """Account number or subscription id."""
        ...

    @property
    def region(self) -> str: ...

    @property
    def strict(self) -> bool:
        """True where nothing exists outside the store, so that every reference must be found in it."""
        ...

    def of_type(self, token: str, /) -> Collection[StoredResource]:
        """All resources of a type, in order of creation."""
        ...

    def by_id(self, id_or_arn: str, /) -> StoredResource | None:
        """The resource with this id, or with this `arn` among its outputs."""
        ...

    def by_property(self, token: str, property: str, value: Any, /) -> Collection[StoredResource]:
        """Resources of a type whose `id` or property (input, else output; dotted below) has a value."""
        ...

    def made(self, token: str, id_or_arn: str, /) -> bool:
        """Whether this cloud made such a resource at some time, though it may be gone by now."""
        ...


class ResourceIndex:
    """A CloudView over resources in memory. Indices are made when first asked for, then kept current."""

    def __init__(
        self,
        resources: Iterable[StoredResource] = (),
        *,
        account: str = "123456789012",
        region: str = "eu-central-1",
        strict: bool = False,
    ) -> None:
        self.account = account
        self.region = region
        self.strict = strict
        self._types: dict[str, dict[tuple[str, str], StoredResource]] = {}
        self._ids: dict[str, StoredResource] = {}
        self._made: set[tuple[str, str]] = set()
        self._properties: dict[tuple[str, str], dict[Any, dict[tuple[str, str], StoredResource]]] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: StoredResource) -> None:
        """Put a resource in, in place of the one with the same URN and id."""
        key = (resource.urn, resource.id)
        known = self._types.setdefault(resource.type, {})
        if key in known:
            self.remove(known[key])
        known[key] = resource
        for id in _ids(resource):
            self._ids[id] = resource
            self._made.add((resource.type, id))
        for (token, property), index in self._properties.items():
            if token == resource.type:
                index.setdefault(_value(resource, property), {})[key] = resource

    def remove(self, resource: StoredResource) -> None:
        """Take a resource out; its id stays known as made here. Unknown resources are ignored."""
        key = (resource.urn, resource.id)
        resource = self._types.get(resource.type, {}).pop(key, resource)
        for id in _ids(resource):
            if self._ids.get(id) is resource:
                del self._ids[id]
        for (token, property), index in self._properties.items():
            if token == resource.type:
                index.get(_value(resource, property), {}).pop(key, None)

    def of_type(self, token: str, /) -> Collection[StoredResource]:
        return self._types.get(token, {}).values()

    def by_id(self, id_or_arn: str, /) -> StoredResource | None:
        return self._ids.get(id_or_arn)

    def by_property(self, token: str, property: str, value: Any, /) -> Collection[StoredResource]:
        index = self._properties.get((token, property))
        if index is None:
            index = self._properties[token, property] = {}
            for key, resource in self._types.get(token, {}).items():
                index.setdefault(_value(resource, property), {})[key] = resource
        return index.get(_hashable(value), {}).values()

    def made(self, token: str, id_or_arn: str, /) -> bool:
        return (token, id_or_arn) in self._made


def _ids(resource: StoredResource) -> list[str]:
    arn = resource.outputs.get("arn")
    return [id for id in (resource.id, arn) if isinstance(id, str) and id]


def _value(resource: StoredResource, property: str) -> Any:
    if property == "id":
        return resource.id
    steps = property.split(".")
    value = _at(resource.inputs, steps)
    return _hashable(_at(resource.outputs, steps) if value is None else value)


def _at(node: Any, steps: list[str]) -> Any:
    for step in steps:
        if not isinstance(node, Mapping):
            return None
        node = node.get(step)
    return node


def _hashable(value: Any) -> Any:
    """Plain values are compared, maps and lists never: rules look into those themselves."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else id(value)
