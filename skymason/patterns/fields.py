"""Walks a model: which keys there are at a path, what they mean, and which defaults they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from skymason.settings.fields import bare, section_of

Path = Sequence[str | int]


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model of the section at a path; None where that is no section with fixed keys."""
    current: type[BaseModel] | None = model
    skip = False
    for name in path:
        if skip:  # the index of an item, or the name in a map of sections
            skip = False
            continue
        field = current.model_fields.get(str(name)) if current else None
        if field is None:
            return None
        current = section_of(field.annotation)
        skip = get_origin(bare(field.annotation)) in (list, dict)
    return None if skip else current


def field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field at a path; for an item of a list or a map, the field that holds it."""
    for end in range(len(path), 0, -1):
        parent = model_at(model, path[: end - 1])
        if parent is not None and str(path[end - 1]) in parent.model_fields:
            return parent.model_fields[str(path[end - 1])]
    return None


def examples(field: FieldInfo | None) -> list[Any]:
    """Examples of a value, also where they belong to the items of a list or the names of a map."""
    if field is None:
        return []
    if field.examples:
        return list(field.examples)
    return _annotated_examples(field.annotation)


def _annotated_examples(annotation: Any) -> list[Any]:
    for item in get_args(annotation):
        found = item.examples if isinstance(item, FieldInfo) else _annotated_examples(item)
        if found:
            return list(found)
    return []


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key as a dotted path (`[]` for items, `<name>` for names of a map), sections first."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        yield path, field
        inner = section_of(field.annotation)
        if inner is not None:
            kind = get_origin(bare(field.annotation))
            middle = "[]." if kind is list else ".<name>." if kind is dict else "."
            yield from walk(inner, path + middle)


def keys(model: type[BaseModel]) -> list[str]:
    """Dotted keys that a layer can set one by one: none inside lists or maps of free names."""
    return [path for path, _ in walk(model) if "[]" not in path and "<name>" not in path]


def filled(model: type[BaseModel], data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` with the model's own defaults where a key is left out; required keys stay out."""
    result = dict(data)
    for name, field in model.model_fields.items():
        if name not in result:
            if not field.is_required():
                default = field.get_default(call_default_factory=True)
                result[name] = _plain(default)
            continue
        inner = section_of(field.annotation)
        if inner is not None:
            result[name] = _filled(inner, result[name])
    return result


def _filled(model: type[BaseModel], value: Any) -> Any:
    if isinstance(value, Mapping):
        return filled(model, value)
    return [_filled(model, item) for item in value] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value.value if hasattr(value, "value") else value
