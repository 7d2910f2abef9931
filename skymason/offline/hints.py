"""Shapes from the SDK's type hints: each class of inputs or outputs is compiled once, when first needed."""

from __future__ import annotations

import collections.abc
import enum
import types
import typing
from functools import cache
from typing import Any

from skymason.offline.shapes import (
    ANYTHING,
    AnyOf,
    Choice,
    Entries,
    Items,
    Marked,
    Object,
    Property,
    Scalar,
    Shape,
    Suggestion,
)
from skymason.offline.wire import ARCHIVE, ASSET, RESOURCE

_SCALARS: dict[Any, Shape] = {
    str: Scalar("string"),
    int: Scalar("integer"),
    float: Scalar("number"),
    bool: Scalar("boolean"),
}


# Lists in the SDK that are older than the cloud: new sizes, versions and regions appear every month, so a
# value that is not in the list is no error.
GROWING = frozenset(
    {"InstanceType", "Region", "InstanceClass", "EngineType", "Runtime", "AMITypes", "KubernetesVersion"}
)


@cache
def object_of(source: type) -> Object:
    """The shape of an SDK class with property metadata: inputs, outputs, nested types or a resource."""
    return Object(source)


def properties_of(source: type) -> dict[str, Property]:
    from pulumi import _types

    hints = _types._raw_return_hints(source)
    return {name: Property(*_shape(hint)) for name, hint in hints.items()}


def _shape(hint: Any) -> tuple[Shape, bool]:
    """The shape of a type hint, and whether a value must be there."""
    import pulumi

    members, required = _members(hint)
    members = [member for member in members if not _is_lifted(member, pulumi.Output)]
    if not members:
        return ANYTHING, required
    if str in members:
        # A relaxed enum says 'string or one of these'.
        listed = [member for member in members if _is_enum(member)]
        closed = [_relaxed(member) for member in listed if member.__name__ not in GROWING]
        others = [member for member in members if member is not str and member not in listed]
        shapes = (*closed, *map(_single, others)) or (_SCALARS[str],)
        if not closed and others:
            shapes = (_SCALARS[str], *shapes)
        return (shapes[0] if len(shapes) == 1 else AnyOf(tuple(dict.fromkeys(shapes)))), required
    shapes = tuple(dict.fromkeys(_single(member) for member in members))
    return (shapes[0] if len(shapes) == 1 else AnyOf(shapes)), required


def _members(hint: Any) -> tuple[list[Any], bool]:
    """The members of a possibly nested union without None, and whether None was not among them."""
    import pulumi

    if typing.get_origin(hint) is pulumi.Output:
        return _members(typing.get_args(hint)[0])
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return [hint], hint is not type(None)
    found: list[Any] = []
    required = True
    for member in typing.get_args(hint):
        if member is type(None):
            required = False
        else:
            found.append(member)
    return found, required


def _is_lifted(member: Any, output: Any) -> bool:
    origin = typing.get_origin(member)
    return origin is collections.abc.Awaitable or origin is output or member is output


def _is_enum(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, enum.Enum)


@cache
def _relaxed(listed: Any) -> Shape:
    """The shape of a relaxed enum. Azure takes the listed values; those of AWS are mere suggestions."""
    values = tuple(item.value for item in listed)
    kind = Suggestion if listed.__module__.startswith("pulumi_aws") else Choice
    return kind(values, listed.__name__)


@cache
def _single(member: Any) -> Shape:
    import pulumi

    origin = typing.get_origin(member)
    if origin is typing.Literal:
        return Choice(typing.get_args(member), "this type")
    if origin is collections.abc.Sequence or origin is list:
        return Items(_shape(typing.get_args(member)[0])[0])
    if origin is collections.abc.Mapping or origin is dict:
        return Entries(_shape(typing.get_args(member)[1])[0])
    if not isinstance(member, type):
        return ANYTHING
    if member in _SCALARS:
        return _SCALARS[member]
    if issubclass(member, enum.Enum):
        if member.__name__ in GROWING:
            return _SCALARS[str]
        return Choice(tuple(item.value for item in member), member.__name__)
    if issubclass(member, pulumi.Archive):
        return Marked((ARCHIVE,), "an archive")
    if issubclass(member, pulumi.Asset):
        return Marked((ASSET, ARCHIVE), "an asset")
    if issubclass(member, pulumi.Resource):
        return Marked((RESOURCE,), "a resource")
    from pulumi import _types

    source: Any = member
    if _types.is_input_type(source) or _types.is_output_type(source):
        return object_of(source)
    return ANYTHING
