"""From a validation error of a model to a code, a message and a fix."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from skymason.diagnostics import Code, suggestion
from skymason.patterns import codes
from skymason.patterns.fields import Path, examples, field_at, model_at


@dataclass(frozen=True, slots=True)
class ModelFinding:
    """One error. path: keys and list indexes from the model's root down."""

    code: Code
    path: tuple[str | int, ...]
    message: str
    fix: str

    @property
    def key(self) -> str:
        return ".".join(str(name) for name in self.path)


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a map of names to values",
    "model_type": "a section of keys",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "is below {}", "give at least {}"),
    "less_than_equal": ("le", "is above {}", "give at most {}"),
    "greater_than": ("gt", "is not above {}", "give more than {}"),
}
_LENGTHS = {
    "too_short": ("min_length", "has fewer than {} entries", "give at least {}"),
    "string_too_short": ("min_length", "has fewer than {} characters", "give at least {}"),
    "string_too_long": ("max_length", "has more than {} characters", "give at most {}"),
}


def from_validation(error: ValidationError, model: type[BaseModel]) -> list[ModelFinding]:
    """One finding for each error of `model`."""
    return [_finding(dict(item), model) for item in error.errors(include_url=False)]


def _finding(error: Mapping[str, Any], model: type[BaseModel]) -> ModelFinding:
    path: tuple[str | int, ...] = tuple(name for name in error["loc"] if name != "[key]")
    kind, given, context = str(error["type"]), error["input"], error.get("ctx", {})
    last = path[-1]
    if "[key]" in error["loc"]:
        fix = f"use a name like {_listed(examples(field_at(model, path)))}"
        return ModelFinding(codes.MALFORMED, path, f"'{last}' cannot be a name here", fix)
    if kind == "extra_forbidden":
        section = model_at(model, path[:-1]) or model
        return ModelFinding(
            codes.UNKNOWN_KEY,
            path,
            f"there is no key '{last}' here",
            suggestion(str(last), list(section.model_fields)),
        )
    if kind == "missing":
        return ModelFinding(codes.MISSING_KEY, path, f"'{last}' is required", _meaning(model, path))
    shown = _shown(given, path)
    if kind == "enum":
        allowed = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        return ModelFinding(
            codes.NOT_ALLOWED, path, f"{shown} is not allowed", suggestion(str(given), allowed)
        )
    if kind in _EXPECTED:
        return ModelFinding(
            codes.WRONG_TYPE, path, f"{shown} is not {_EXPECTED[kind]}", _retyped(kind, given)
        )
    for table in (_BOUNDS, _LENGTHS):
        if kind in table:
            bound, beyond, within = table[kind]
            limit = _whole(context[bound])
            return ModelFinding(
                codes.OUT_OF_BOUNDS, path, f"{shown} {beyond.format(limit)}", within.format(limit)
            )
    if kind == "string_pattern_mismatch":
        known = _listed(examples(field_at(model, path)))
        fix = f"give a value like {known}" if known else f"it must match {context['pattern']}"
        return ModelFinding(codes.MALFORMED, path, f"{shown} does not have the right form", fix)
    return ModelFinding(codes.MALFORMED, path, str(error["msg"]), "see docs/patterns.md")


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _retyped(kind: str, given: Any) -> str:
    if kind == "string_type" and isinstance(given, int | float):
        return "put it in quotes"
    if kind in ("int_type", "float_type", "bool_type") and isinstance(given, str):
        return f"write {_EXPECTED[kind]}, without quotes"
    return f"write {_EXPECTED[kind]}"


def _meaning(model: type[BaseModel], path: Path) -> str:
    field = field_at(model, path)
    meaning = " ".join((field.description or "").split()) if field else ""
    known = _listed(examples(field))
    return f"add it{f', as in {known}' if known else ''}{f'. {meaning}' if meaning else ''}"


def _listed(values: list[Any]) -> str:
    return " or ".join(json.dumps(value) if isinstance(value, str) else str(value) for value in values)


def _shown(value: Any, path: Path) -> str:
    """A value for a message; never one of an environment variable, which might be a secret after all."""
    if value is None:
        return "an empty value"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list):
        return "the list"
    if "environment" in path[:-1]:
        return "the value"
    return json.dumps(value, ensure_ascii=False)[:80]
