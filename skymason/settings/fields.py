"""Walks the models: which keys a section has, what type a key takes, and how to say so in words."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from skymason.settings.models import Settings
from skymason.settings.values import NAME_FORM, Form

Found = TypeVar("Found")

NOT_WRITTEN = ("project", "stack", "region")
"""Fields of Settings that come from elsewhere than `<project>:<key>`."""

_WORDS = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}


def bare(annotation: Any) -> Any:
    """A type without its metadata and without `| None`."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [item for item in get_args(annotation) if item is not type(None)]
        return bare(kept[0])
    return annotation


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The model inside a type: of the value itself, of a list's items or of a map's values."""
    inner = bare(annotation)
    if get_origin(inner) in (list, dict):
        return section_of(get_args(inner)[-1])
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that may be written in a section."""
    return [name for name in model.model_fields if model is not Settings or name not in NOT_WRITTEN]


def section_at(path: Sequence[str | int]) -> type[BaseModel]:
    """The model whose key the last element of an error's path is."""
    model: type[BaseModel] = Settings
    for name in path[:-1]:
        field = model.model_fields.get(str(name))
        inner = section_of(field.annotation) if field else None
        model = inner or model
    return model


def field_at(path: Sequence[str | int]) -> FieldInfo | None:
    """The field at an error's path; for an item of a list or map, the field that holds it."""
    model = section_at(path)
    named = [name for name in path if isinstance(name, str) and name in model.model_fields]
    return model.model_fields[named[-1]] if named else None


def metadata_of(field: FieldInfo, kind: type[Found]) -> Found | None:
    """The first piece of metadata of a kind on a field or in its type, however deep."""
    return next(
        (item for item in (*field.metadata, *_inside(field.annotation)) if isinstance(item, kind)), None
    )


def _inside(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for item in get_args(annotation):
        yield from _inside(item)


def form_of(path: Sequence[str | int]) -> str:
    """The syntax of the text at an error's path."""
    field = field_at(path)
    form = metadata_of(field, Form) if field else None
    return form.words if form else NAME_FORM


def words(annotation: Any) -> str:
    """A type as a person says it."""
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        return "one of " + ", ".join(f"`{item}`" for item in get_args(inner))
    if get_origin(inner) is list:
        return f"a list of {_plural(get_args(inner)[0])}"
    if get_origin(inner) is dict:
        return f"a map of names to {_plural(get_args(inner)[1])}"
    return _WORDS.get(inner, "a section of keys")


def _plural(annotation: Any) -> str:
    inner = bare(annotation)
    if get_origin(inner) is Literal:
        return words(inner).removeprefix("one of ")
    return "sections" if section_of(inner) else "texts"
