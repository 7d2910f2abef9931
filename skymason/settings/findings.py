"""From a validation error of the models to a diagnostic with code, key, line, allowed values and fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from skymason.diagnostics import REGISTRY, Code, Diagnostic, Location, Severity, suggestion
from skymason.settings import codes
from skymason.settings.fields import field_at, form_of, keys_of, section_at, words

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
        key = self.key if ":" in self.key else f"{project}:{self.key}"
        return Diagnostic(self.code, self.message, self.fix, source(self.key), key, severity=self.severity)


@dataclass(frozen=True, slots=True)
class _Error:
    """An error as pydantic reports it, with the field that it is about (None for names in a map)."""

    kind: str
    path: tuple[str | int, ...]
    given: Any
    context: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.path[-1])

    @property
    def field(self) -> FieldInfo | None:
        return field_at(self.path)

    @property
    def meaning(self) -> str:
        description = self.field.description if self.field else None
        return f". {' '.join(description.split())}" if description else ""


def from_validation(error: ValidationError) -> list[Finding]:
    """One finding for each error of a model."""
    found = []
    for item in error.errors(include_url=False):
        path = tuple(part for part in item["loc"] if part != "[key]")
        one = _Error(item["type"], path, item["input"], item.get("ctx", {}))
        code, message, fix = _say(one)
        found.append(Finding(code, ".".join(map(str, path)), message, fix))
    return found


Said = tuple[Code, str, str]


def _say(error: _Error) -> Said:
    if error.kind in REGISTRY:
        return REGISTRY[error.kind], error.context["message"], error.context["fix"]
    return _BY_KIND.get(error.kind, _malformed)(error)


def _unknown(error: _Error) -> Said:
    known = keys_of(section_at(error.path))
    return codes.UNKNOWN_KEY, f"there is no setting '{error.name}'", suggestion(error.name, known)


def _missing(error: _Error) -> Said:
    expected = words(error.field.annotation) if error.field else "a value"
    return codes.MISSING_KEY, f"'{error.name}' is required", f"add it: {expected}{error.meaning}"


def _not_allowed(error: _Error) -> Said:
    allowed = [item.strip("' ") for item in error.context["expected"].replace(" or ", ", ").split(",")]
    return codes.NOT_ALLOWED, f"'{error.given}' is not allowed here", suggestion(str(error.given), allowed)


def _wrong_type(error: _Error) -> Said:
    expected = _EXPECTED[error.kind]
    if error.kind in ("list_type", "dict_type") and error.field:
        expected = words(error.field.annotation)
    fix = _HINTS.get(error.name, f"write {expected}")
    return codes.WRONG_TYPE, f"{_shown(error.given)} is not {expected}", fix


def _out_of_bounds(error: _Error) -> Said:
    bound, beyond, within = _BOUNDS[error.kind]
    limit = error.context[bound]
    return codes.OUT_OF_BOUNDS, f"{error.given} is {beyond} {limit}", f"take {within} {limit}"


def _wrong_length(error: _Error) -> Said:
    bound, within, unit = _LENGTHS[error.kind]
    message = f"{_shown(error.given)} has {len(error.given)} {unit}"
    return codes.OUT_OF_BOUNDS, message, f"take {within} {error.context[bound]}"


def _malformed(error: _Error) -> Said:
    return codes.MALFORMED, f"'{error.given}' is malformed", f"write {form_of(error.path)}{error.meaning}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, dict):
        return "a section of keys"
    return {list: "a list", type(None): "an empty value"}.get(type(value), str(value))


_HINTS = {
    "version": 'put it in quotes: version: "1.35"',
    "account_id": "put it in quotes: twelve digits, leading zeros included",
}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "model_type": "a section of keys",
    "dict_type": "a section of keys",
    "list_type": "a list",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "less than", "at least"),
    "less_than_equal": ("le", "more than", "at most"),
}
_LENGTHS = {
    "string_too_long": ("max_length", "at most", "characters"),
    "too_long": ("max_length", "at most", "entries"),
    "too_short": ("min_length", "at least", "entries"),
}
_BY_KIND: dict[str, Callable[[_Error], Said]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "literal_error": _not_allowed,
    **dict.fromkeys(_EXPECTED, _wrong_type),
    **dict.fromkeys(_BOUNDS, _out_of_bounds),
    **dict.fromkeys(_LENGTHS, _wrong_length),
}
