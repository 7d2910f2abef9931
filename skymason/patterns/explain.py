"""Where a value comes from, and what it means, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location, nearest, suggestion
from skymason.patterns import codes
from skymason.patterns.fields import field_at, keys, model_at
from skymason.patterns.merge import at
from skymason.patterns.models import model_of
from skymason.patterns.resolution import Resolution
from skymason.patterns.resolved import Layer
from skymason.settings.fields import words


@dataclass(frozen=True, slots=True)
class Explanation:
    """One key of one service.

    value: a map for a section. layer: what set it; None for a section, whose keys are in `inside`. history:
    all layers that gave a value, lowest first; null where one took it away. meaning, type: of the key.
    """

    service: str
    key: str
    value: Any
    layer: Layer | None
    history: tuple[tuple[Layer, Any], ...]
    meaning: str
    type: str
    inside: tuple[str, ...] = ()


def explain(resolution: Resolution, service: str, key: str) -> Explanation:
    """Raises DiagnosticError for a service that is not among the resolved ones, and for an unknown key."""
    resolved = next((item for item in resolution.services if item.name == service), None)
    if resolved is None:
        names = sorted(item.name for item in resolution.services)
        raise _error(codes.UNKNOWN_SERVICE, f"there is no service '{service}'", service, names, "services")
    model = model_of(resolved.pattern)
    path = [int(name) if name.isdigit() else name for name in key.split(".")]
    field = field_at(model, path) if model else None
    value = at(resolved.config, key)
    section = model_at(model, path[:-1]) if model else None
    # In lists and maps of free names there is what has a value, elsewhere what the model has.
    exists = path[-1] in section.model_fields if section else value is not None
    if field is None or not exists:
        known = keys(model) if model else []
        fix = _keys_like(key, known, resolved.pattern)
        found = Diagnostic(
            codes.UNKNOWN_KEY, f"there is no key '{key}'", fix, Location(resolved.location.path), key
        )
        raise DiagnosticError([found])
    inside = tuple(name for name in resolved.layers if name.startswith(f"{key}."))
    return Explanation(
        service,
        key,
        value,
        resolved.layers.get(key),
        resolved.history.get(key, ()),
        " ".join((field.description or "").split()),
        words(field.annotation),
        inside,
    )


def _keys_like(key: str, known: list[str], pattern: str) -> str:
    """The nearest key, and those beside it: all of them would fill the screen."""
    near = nearest(key, known)
    above = (near or key).rpartition(".")[0]
    beside = [name for name in known if name.rpartition(".")[0] == above]
    if not beside:
        above, beside = "", [name for name in known if "." not in name]
    where = f" in {above}" if above else ""
    start = f"did you mean '{near}'? " if near else ""
    return f"{start}allowed{where}: {', '.join(beside)}; `sm patterns {pattern} --all` lists all"


def _error(code: Any, message: str, word: str, known: list[str], path: str) -> DiagnosticError:
    fix = suggestion(word, known)
    return DiagnosticError([Diagnostic(code, message, fix, Location(path), word)])
