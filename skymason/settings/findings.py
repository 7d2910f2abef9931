"""From a validation error of the models to a diagnostic with code, key, line, allowed values and fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from skymason.diagnostics import REGISTRY, Code, Diagnostic, Location, Severity, suggestion
from skymason.settings import codes
from skymason.settings.fields import bare, field_at, form_of, keys_of, section_at, words

Source = Callable[[str], Location]
"""Where a setting is written: `aws.network.cidr`, or with its namespace `aws:region` → file and line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a setting, before its place is looked up. key: without the project's namespace."""

    code: Code
    key: str
    message: str
    fix: str
    severity: Severity = Severity.ERROR

    def at(self, source: Source, project: str) -> Diagnostic:
        key = self.key if ":" in self.key else f"{project}:{self.key}" if self.key else ""
        return Diagnostic(self.code, self.message, self.fix, source(self.key), key, severity=self.severity)


_HINTS = {
    "version": 'put it in quotes: version: "1.35"',
    "account_id": "put it in quotes: twelve digits, leading zeros included",
}
_TYPE_ERRORS = (
    "string_type",
    "int_type",
    "bool_type",
    "list_type",
    "dict_type",
    "model_type",
    "int_from_float",
)
_BOUNDS = {
    "greater_than_equal": ("ge", "less than", "at least"),
    "less_than_equal": ("le", "more than", "at most"),
}


_LENGTHS = {
    "string_too_long": ("max_length", "at most", "characters"),
    "too_long": ("max_length", "at most", "entries"),
    "too_short": ("min_length", "at least", "entries"),
}


_LENGTHS = {
    "string_too_long": ("max_length", "at most", "characters"),
    "too_long": ("max_length", "at most", "entries"),
    "too_short": ("min_length", "at least", "entries"),
}


def from_validation(error: ValidationError) -> list[Finding]:
    """One finding for each error of a model."""
    return [_finding(dict(item)) for item in error.errors(include_url=False)]


def _finding(error: Mapping[str, Any]) -> Finding:
    path: tuple[str | int, ...] = tuple(item for item in error["loc"] if item != "[key]")
    key = ".".join(str(item) for item in path)
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    last = str(path[-1])
    if kind in REGISTRY:
        return Finding(REGISTRY[kind], key, context["message"], context["fix"])
    if kind == "extra_forbidden":
        section = keys_of(section_at(path))
        return Finding(codes.UNKNOWN_KEY, key, f"there is no setting '{last}'", suggestion(last, section))
    field = field_at(path)
    meaning = " ".join((field.description or "").split()) if field else ""
    if kind == "missing":
        kind_words = words(field.annotation) if field else "a value"
        return Finding(
            codes.MISSING_KEY, key, f"'{last}' is required", f"add it: {kind_words}. {meaning}".strip()
        )
    if kind == "literal_error":
        allowed = [item.strip("' ") for item in context["expected"].replace(" or ", ", ").split(",")]
        return Finding(
            codes.NOT_ALLOWED, key, f"'{given}' is not allowed here", suggestion(str(given), allowed)
        )
    if kind in _TYPE_ERRORS:
        expected = _expected(kind, field)
        fix = _HINTS.get(last, f"write {expected}")
        return Finding(codes.WRONG_TYPE, key, f"{_shown(given)} is not {expected}", fix)
    if kind in _BOUNDS:
        bound, beyond, within = _BOUNDS[kind]
        limit = context[bound]
        return Finding(codes.OUT_OF_BOUNDS, key, f"{given} is {beyond} {limit}", f"take {within} {limit}")
    if kind in _LENGTHS:
        bound, within, unit = _LENGTHS[kind]
        message = f"{_shown(given)} has {len(given)} {unit}"
        return Finding(codes.OUT_OF_BOUNDS, key, message, f"take {within} {context[bound]}")
    fix = f"write {form_of(path)}. {meaning}".strip()
    return Finding(codes.MALFORMED, key, f"'{given}' is malformed", fix)


def _expected(kind: str, field: Any) -> str:
    if kind == "model_type":
        return "a section of keys"
    if kind == "string_type":
        return "text"
    if kind in ("int_type", "int_from_float"):
        return "a whole number"
    if kind == "bool_type":
        return "true or false"
    return words(bare(field.annotation)) if field else "a section of keys"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "an empty value"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, dict):
        return "a section of keys"
    return "a list" if isinstance(value, list) else str(value)
