"""The offline cloud: what a provider does with a resource, on plain values with the provider's own names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skymason.offline import sdk, values
from skymason.offline.shapes import Problem, object_of
from skymason.offline.view import ResourceIndex, StoredResource


class Cloud:
    """One account with everything in it."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.index = ResourceIndex()

    def check(self, urn: str, type: str, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """Inputs with the provider's own defaults, and every breach of the contract."""
        problems: list[Problem] = []
        known = sdk.resource_class(type)
        if known is not None and known.args is not None:
            object_of(known.args).check(inputs, "", problems)
        return dict(inputs), problems

    def create(self, urn: str, type: str, inputs: Mapping[str, Any], *, preview: bool) -> StoredResource:
        """The resource with its id and all its outputs; in a preview these are unknown."""
        known = sdk.resource_class(type)
        seed = "" if preview else urn
        outputs = values.complete(object_of(known.resource), inputs, "", seed) if known else dict(inputs)
        name = urn.rpartition("::")[2]
        id = "" if preview else f"{name}-{values.digest(urn, length=7)}"
        resource = StoredResource(urn, type, name, id, dict(inputs), outputs)
        if not preview:
            self.index.add(resource)
        return resource

    def invoke(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a provider's function."""
        return dict(args)
