"""The contract of a resource type, as the installed SDK has it: what its inputs may say, and what they must.

Nothing is imported but the module of the type that is asked for, and each type is compiled once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from skymason.diagnostics import nearest
from skymason.offline import sdk
from skymason.offline.hints import object_of
from skymason.offline.shapes import AnyOf, Object, Problem, Scalar, Shape
from skymason.plan.model import UNKNOWN

_OBJECT = ("apiVersion", "kind", "metadata")


def problems(token: str, inputs: Mapping[str, Any]) -> list[Problem]:
    """Everything in `inputs` that breaks the type's contract. An unknown package says nothing."""
    found: list[Problem] = []
    if token.startswith("pulumi:providers:"):
        _provider(token, inputs, found)
    elif sdk.package_of(token) in sdk.PACKAGES:
        shape = inputs_of(token)
        if shape is not None:
            shape.check(inputs, "", found)
        elif _is_custom_object(token):
            _custom_object(inputs, found)
        elif sdk.resource_class(token) is None:
            found.append(_unknown_type(token))
    return found


@cache
def inputs_of(token: str) -> Object | None:
    """The shape of a type's inputs, or None where the SDK has no such type."""
    known = sdk.resource_class(token)
    return object_of(known.args) if known is not None and known.args is not None else None


@cache
def outputs_of(token: str) -> Object | None:
    """The shape of a type's outputs, or None where the SDK has no such type."""
    known = sdk.resource_class(token)
    return object_of(known.resource) if known is not None else None


def _unknown_type(token: str) -> Problem:
    package = sdk.package_of(token)
    near = nearest(token, sdk.tokens(package))
    fix = f"did you mean '{near}'?" if near else f"use a type of {package} {sdk.version_of(package)}"
    return Problem("token", "", f"{token} is not a type of {package} {sdk.version_of(package)}", fix)


def _is_custom_object(token: str) -> bool:
    """Kubernetes: an object of an API group that the SDK does not have, so of a custom resource."""
    package, _, rest = token.partition(":")
    group = rest.partition("/")[0]
    return package == "kubernetes" and "/" in rest and f"kubernetes:{group}/" not in _groups()


@cache
def _groups() -> frozenset[str]:
    return frozenset(token.partition("/")[0] + "/" for token in sdk.tokens("kubernetes"))


def _custom_object(inputs: Mapping[str, Any], found: list[Problem]) -> None:
    """Custom resources have no schema here; every object of the API has these keys."""
    for key in _OBJECT:
        value = inputs.get(key)
        if key == "metadata":
            if value is not None and not isinstance(value, Mapping) and value != UNKNOWN:
                found.append(Problem("type", key, "must be an object", "give an object"))
        elif not isinstance(value, str):
            kind = "missing" if value is None else "type"
            found.append(Problem(kind, key, "is required and must be a string", f"set {key}"))


def _provider(token: str, inputs: Mapping[str, Any], found: list[Problem]) -> None:
    """Providers take every value that is not text as JSON text."""
    shape = inputs_of(token)
    if shape is None:
        return
    plain = {key: _from_text(shape, key, value) for key, value in inputs.items() if key != "version"}
    shape.check(plain, "", found)


def _from_text(shape: Object, key: str, value: Any) -> Any:
    known = shape.properties.get(key)
    if not isinstance(value, str) or value == UNKNOWN or known is None or known.shape.accepts(value):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@cache
def documents(token: str) -> frozenset[str]:
    """Properties that hold a JSON document, which a program may give as text or as an object."""
    shape = inputs_of(token)
    if shape is None:
        return frozenset()
    return frozenset(name for name, item in shape.properties.items() if _is_document(item.shape))


def _is_document(shape: Shape) -> bool:
    return (
        isinstance(shape, AnyOf)
        and any(isinstance(member, Object) for member in shape.members)
        and any(isinstance(member, Scalar) and member.name == "string" for member in shape.members)
    )


def as_document(value: Any) -> Any:
    """A JSON document as text; unknown where any part of it is."""
    if isinstance(value, (Mapping, list)):
        text = json.dumps(value)
        return UNKNOWN if UNKNOWN in text else text
    return value
