"""The resources of one evaluation of a program, wherever it ran, as plain data.

Cost, graph, compliance, permission and difference reports read this type and never the components.
Property names are the provider's own (camelCase on the wire, as in `pulumi preview --json`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""A value that is known only after deployment; the engine's own spelling."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where the program made the resource. path: relative to the program's folder; line counts from 1."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class ResourceOptions:
    """The options that change what the engine does with a resource; defaults mean 'not set'."""

    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    provider: str = ""
    deleted_with: str = ""


@dataclass(frozen=True, slots=True)
class PlannedResource:
    """One resource.

    inputs, outputs: plain JSON values; unknown ones are UNKNOWN, secret ones their plain value, listed in
    `secrets` (dotted paths, never printed). dependencies: URNs. property_dependencies: property → URNs.
    escaped: dotted input paths that a spec's `escape` section set.
    """

    urn: str
    type: str
    name: str
    parent: str = ""
    id: str = ""
    custom: bool = True
    remote: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    options: ResourceOptions = ResourceOptions()
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    unknowns: tuple[str, ...] = ()
    escaped: tuple[str, ...] = ()
    source: SourceLine | None = None


@dataclass(frozen=True)
class Plan:
    """All resources of one evaluation, in order of URN, so that equal inputs give equal bytes.

    engine: 'in-process', 'preview' or 'state': where it was read from. preview: True where computed outputs
    were held unknown.
    """

    project: str
    stack: str
    engine: str
    preview: bool
    resources: tuple[PlannedResource, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    secret_outputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "resources", tuple(sorted(self.resources, key=lambda r: r.urn)))

    @cached_property
    def by_urn(self) -> Mapping[str, PlannedResource]:
        return {resource.urn: resource for resource in self.resources}

    def of_type(self, type: str) -> list[PlannedResource]:
        return [resource for resource in self.resources if resource.type == type]

    def children(self, urn: str) -> list[PlannedResource]:
        return [resource for resource in self.resources if resource.parent == urn]

    def to_json(self) -> str:
        """Canonical JSON: sorted keys. Holds secret values, so it belongs in the ignored folder only."""
        return json.dumps(asdict(self), sort_keys=True, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        data = json.loads(text)
        data["resources"] = tuple(_resource(item) for item in data["resources"])
        data["secret_outputs"] = tuple(data["secret_outputs"])
        return cls(**data)


def _resource(item: dict[str, Any]) -> PlannedResource:
    options = {key: _tuple(value) for key, value in item.pop("options").items()}
    source = item.pop("source")
    item["property_dependencies"] = {key: tuple(urns) for key, urns in item["property_dependencies"].items()}
    for key in ("dependencies", "secrets", "unknowns", "escaped"):
        item[key] = tuple(item[key])
    return PlannedResource(
        **item, options=ResourceOptions(**options), source=SourceLine(**source) if source else None
    )


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def component_of(resource: PlannedResource, plan: Plan) -> str:
    """Name of the nearest component above a resource, or '' for one that stands alone."""
    parent = plan.by_urn.get(resource.parent)
    while parent is not None:
        if not parent.custom:
            return parent.name
        parent = plan.by_urn.get(parent.parent)
    return ""


def names(resources: Iterable[PlannedResource]) -> list[str]:
    return [resource.name for resource in resources]
