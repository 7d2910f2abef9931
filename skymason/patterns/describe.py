"""What a pattern is, as data: what for, what it makes, every key with its defaults, locks and exclusions.

`sm patterns`, the help of commands and docs/patterns.md all say the same, for they all read this.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from skymason.diagnostics import Location
from skymason.patterns.apply import has_component
from skymason.patterns.fields import walk
from skymason.patterns.library import COMMON, PatternLibrary
from skymason.patterns.merge import LayerSource, Merged, at
from skymason.patterns.models import model_of
from skymason.patterns.models.catalogue import Conflict, Lock
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.resolved import Layer
from skymason.settings.fields import bare, section_of

USUAL_ENVIRONMENTS = ("dev", "staging", "prod")
CLOUD_NAMES: Mapping[str, str] = {"aws": "AWS", "azure": "Azure"}
MODEL_DEFAULT = "model default"


@dataclass(frozen=True, slots=True)
class Knob:
    """One key that a service can set.

    values: environment → default, None for none. layers: environment → what sets it; an environment is
    absent where nothing does. group: 'own', 'inherited' (from the pattern that this one extends) or 'common'.
    specific: the pattern gives it a value of its own, also where every pattern has the key. A key inside a
    list (`tasks[].name`) has neither values nor layers.
    """

    key: str
    type: str
    meaning: str
    group: str
    values: Mapping[str, Any]
    layers: Mapping[str, Layer]
    required: bool
    specific: bool

    @property
    def default(self) -> Any:
        """Production's."""
        return self.values.get("prod")

    @property
    def exceptions(self) -> dict[str, Any]:
        """Environments that differ from production, nearest to it first."""
        differing = {name: value for name, value in self.values.items() if value != self.default}
        return dict(reversed(differing.items()))


@dataclass(frozen=True, slots=True)
class Description:
    """One pattern on one cloud.

    creates: cloud → what a service consists of, on every cloud. deployable: cloud → whether there are
    components for it. offers: what other services may use of it. knobs: as `cloud` has them.
    """

    name: str
    cloud: str
    environments: tuple[str, ...]
    extends: str | None
    purpose: str
    when_to_use: str
    when_not_to_use: str
    creates: Mapping[str, tuple[str, ...]]
    deployable: Mapping[str, bool]
    offers: tuple[str, ...]
    knobs: tuple[Knob, ...]
    locks: tuple[Lock, ...]
    conflicts: tuple[Conflict, ...]


def describe(library: PatternLibrary, name: str, cloud: str) -> Description:
    """A pattern of the library. Raises KeyError for an unknown one, ValueError for one without a model."""
    entry = library.entry(name)
    offers = [f"`{access}`" for access in entry.capabilities]
    offers += [
        f"resource `{item.resource.replace('{service}', '<service>')}`"
        + (f" ({', '.join(item.access)} only)" if item.access else "")
        for item in entry.provides
    ]
    return Description(
        name,
        cloud,
        environments_of(library),
        entry.extends,
        _flat(entry.description),
        _flat(entry.when_to_use),
        _flat(entry.when_not_to_use),
        {where: tuple(items) for where, items in entry.creates.items()},
        {where: has_component(where, name) for where in entry.creates},
        tuple(dict.fromkeys(offers)),
        tuple(knobs(library, name, cloud)),
        # An environment without a name is excepted from no lock.
        tuple(lock for lock, _ in library.locks(name, cloud, "")),
        tuple(conflict for _, conflict in library.conflicts(name)),
    )


def environments_of(library: PatternLibrary) -> tuple[str, ...]:
    """The usual ones, then others that any layer names."""
    return tuple(dict.fromkeys([*USUAL_ENVIRONMENTS, *library.environments]))


def knobs(library: PatternLibrary, name: str, cloud: str) -> Iterator[Knob]:
    """Every key of a pattern that holds a value itself; sections are told apart by their keys."""
    merged = {
        environment: library.defaults(name, cloud, environment) for environment in environments_of(library)
    }
    common = {path for path, _ in walk(ServiceConfig)}
    extends = library.entry(name).extends
    inherited = {path for path, _ in walk(typed_keys(extends))} if extends else set[str]()
    for path, field in walk(typed_keys(name)):
        if section_of(field.annotation) is not None and get_origin(bare(field.annotation)) is not list:
            continue
        group = "common" if path in common else "inherited" if path in inherited else "own"
        inside = "[]" in path
        yield Knob(
            path,
            type_in_words(field),
            _flat(field.description or ""),
            group,
            {} if inside else {key: _value_at(item, path, field) for key, item in merged.items()},
            {} if inside else dict(_layers(merged, path, field, library.source.location(f"patterns.{name}"))),
            field.is_required(),
            any(_of_pattern(item.owners.get(path)) for item in merged.values()),
        )


def _of_pattern(owner: LayerSource | None) -> bool:
    return owner is not None and not owner.prefix.startswith(COMMON)


def _value_at(merged: Merged, path: str, field: FieldInfo) -> Any:
    value = at(merged.config, path)
    if value is None and not field.is_required():
        value = plain(field.get_default(call_default_factory=True))
    return value


def _layers(
    merged: Mapping[str, Merged], path: str, field: FieldInfo, pattern: Location
) -> Iterator[tuple[str, Layer]]:
    for environment, item in merged.items():
        owner = item.owners.get(path)
        if owner is not None:
            yield environment, owner.layer(path)
        elif not field.is_required():
            yield environment, Layer(MODEL_DEFAULT, pattern)


def typed_keys(name: str) -> type[BaseModel]:
    """The model of a pattern. Raises ValueError where there is none."""
    model = model_of(name)
    if model is None:
        raise ValueError(f"there are no typed keys for the pattern '{name}'")
    return model


def type_in_words(field: FieldInfo) -> str:
    """Type and bounds: `number, 1…1000`."""
    words = _words(field.annotation)
    bounds = [item for item in field.metadata if any(hasattr(item, name) for name in ("ge", "le", "gt"))]
    low = next((item.ge for item in bounds if hasattr(item, "ge")), None)
    high = next((item.le for item in bounds if hasattr(item, "le")), None)
    if low is not None or high is not None:
        words += f", {low if low is not None else ''}…{high if high is not None else ''}"
    return words


def _words(annotation: Any) -> str:
    inner = bare(annotation)
    if isinstance(inner, type) and issubclass(inner, Enum):
        return " or ".join(f"`{item.value}`" for item in inner)
    origin = get_origin(inner)
    if origin is list:
        return f"list of {_words(get_args(inner)[0])}"
    if origin is dict:
        return "map"
    return {str: "text", int: "number", float: "number", bool: "true or false"}.get(inner, "section")


def plain(value: Any) -> Any:
    """A model's default as JSON has it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return value.value if isinstance(value, Enum) else value


def where_it_holds(lock: Lock) -> str:
    """` (except in dev; only on AWS)`, empty for a lock that holds everywhere."""
    parts = [f"except in {', '.join(lock.except_environments)}"] if lock.except_environments else []
    parts += [f"only on {' and '.join(CLOUD_NAMES[cloud] for cloud in lock.clouds)}"] if lock.clouds else []
    return f" ({'; '.join(parts)})" if parts else ""


def in_words(value: Any) -> str:
    """A value as a spec has it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _flat(text: str) -> str:
    return " ".join(text.split())
