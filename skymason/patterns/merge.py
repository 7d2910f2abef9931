"""Merging of layers with memory: every value knows which layer set it, and which ones tried before.

Maps merge, lists and scalars replace, null deletes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from skymason.diagnostics import Location
from skymason.patterns.resolved import Layer
from skymason.yaml_source import SourceMap


@dataclass(frozen=True, slots=True)
class LayerSource:
    """One layer before merging.

    name: as in `Layer`. data: what it sets. source: the file it stands in; prefix: dotted key in that file
    under which `data` stands, empty for the whole file. own: it belongs to the service, not to the pattern.
    """

    name: str
    data: Mapping[str, Any]
    source: SourceMap
    prefix: str = ""
    own: bool = False

    def path(self, key: str) -> str:
        """The dotted key in the file."""
        return f"{self.prefix}.{key}" if self.prefix and key else self.prefix or key

    def location(self, key: str) -> Location:
        return self.source.location(self.path(key))

    def layer(self, key: str) -> Layer:
        return Layer(self.name, self.location(key))


Attempt = tuple[LayerSource, Any]


@dataclass(slots=True)
class Merged:
    """The outcome of merging.

    config: plain data. owners: dotted key → the layer that set the value there; lists and scalars only.
    history: dotted key → every layer that set or deleted it, lowest first, with the value that it gave.
    deleted: dotted key → the layer whose null took it away.
    """

    config: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, LayerSource] = field(default_factory=dict)
    history: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)
    deleted: dict[str, LayerSource] = field(default_factory=dict)

    def copy(self) -> Merged:
        return Merged(_copied(self.config), self.owners.copy(), self.history.copy(), self.deleted.copy())

    def add(self, layer: LayerSource) -> None:
        """Put a layer on top."""
        self._add(self.config, layer.data, "", layer)

    def owner(self, key: str) -> LayerSource | None:
        """The layer that set a key, or the list that it lies in; of a map, the highest that set any of it."""
        if key in self.owners:
            return self.owners[key]
        inside = [owner for path, owner in self.owners.items() if path.startswith(f"{key}.")]
        if inside:
            return next((owner for owner in inside if owner.own), inside[0])
        return next((self.owners[above] for above in ancestry(key) if above in self.owners), None)

    def deletion(self, key: str) -> tuple[str, LayerSource] | None:
        """The key at or above `key` that a null took away, and its layer."""
        return next(((above, self.deleted[above]) for above in ancestry(key) if above in self.deleted), None)

    def get(self, key: str) -> Any:
        return at(self.config, key)

    def put(self, key: str, value: Any, layer: LayerSource) -> None:
        """Set one dotted key, making the maps above it. Where one of those is no map, nothing is set."""
        *above, last = key.split(".")
        target: Any = self.config
        for name in above:
            target = target.setdefault(name, {})
            if not isinstance(target, dict):
                return
        self._set(target, last, value, key, layer)

    def _add(self, target: dict[str, Any], data: Mapping[str, Any], path: str, layer: LayerSource) -> None:
        for name, value in data.items():
            key = f"{path}.{name}" if path else name
            if isinstance(value, Mapping):
                if not isinstance(target.get(name), dict):
                    self._forget(key)
                    target[name] = {}
                if not value:
                    self.history[key] = (*self.history.get(key, ()), (layer, {}))
                self._add(target[name], value, key, layer)
            else:
                self._set(target, name, value, key, layer)

    def _set(self, target: dict[str, Any], name: str, value: Any, key: str, layer: LayerSource) -> None:
        if isinstance(target.get(name), dict):
            self._forget(key)
        self.history[key] = (*self.history.get(key, ()), (layer, value))
        if value is None:
            target.pop(name, None)
            self.owners.pop(key, None)
            self.deleted[key] = layer
        else:
            target[name] = _copied(value)
            self.owners[key] = layer
            self.deleted.pop(key, None)

    def _forget(self, key: str) -> None:
        inside = f"{key}."
        for path in [path for path in self.owners if path == key or path.startswith(inside)]:
            del self.owners[path]


def merge(layers: Iterable[LayerSource]) -> Merged:
    """All layers, lowest first."""
    merged = Merged()
    for layer in layers:
        merged.add(layer)
    return merged


def at(data: Any, key: str) -> Any:
    """The value at a dotted key (lists by index), or None where there is none."""
    for name in key.split("."):
        if isinstance(data, Mapping):
            data = data.get(name)
        elif isinstance(data, list) and name.isdigit() and int(name) < len(data):
            data = data[int(name)]
        else:
            return None
    return data


def ancestry(key: str) -> Iterator[str]:
    """A dotted key, then every key above it."""
    while key:
        yield key
        key = key.rpartition(".")[0]


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
