"""One service: layers, locks, model. What is wrong becomes a diagnostic, and the rest is still checked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from skymason.diagnostics import Diagnostic
from skymason.patterns import codes
from skymason.patterns.checks.subject import Subject
from skymason.patterns.conditions import holds
from skymason.patterns.facts import StackFacts
from skymason.patterns.findings import ModelFinding, from_validation
from skymason.patterns.library import PatternLibrary
from skymason.patterns.merge import LayerSource, Merged, ancestry
from skymason.patterns.models import model_of
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.service import Service
from skymason.patterns.resolved import Layer
from skymason.patterns.specs import ServiceSpec

SERVICE = "service"

Path = tuple[str, ...]


def resolve_service(
    spec: ServiceSpec, document: Service, library: PatternLibrary, cloud: str, facts: StackFacts
) -> tuple[Subject[ServiceConfig] | None, list[Diagnostic]]:
    """The service after merging, and what is wrong with its keys one by one.

    document's pattern must be one of the library's. None where no model can be made of it, even with the
    pattern's own values in place of those that are wrong.
    """
    model = model_of(document.pattern)
    if model is None:
        message = f"there are no typed keys for the pattern '{document.pattern}'"
        fix = f"add skymason/patterns/models/{document.pattern}.py"
        place = spec.source.location("pattern")
        return None, [Diagnostic(codes.UNKNOWN_PATTERN, message, fix, place, "pattern")]
    merged = library.base(document.pattern, cloud, facts.environment)
    for layer in _own_layers(spec, document, facts.environment):
        merged.add(layer)
    found = list(_apply_locks(merged, library, document.pattern, cloud, facts.environment))
    data, mended = merged.config, set[Path]()
    config: ServiceConfig | None = None
    while config is None:
        try:
            config = model.model_validate(data)
        except ValidationError as error:
            findings = from_validation(error, model)
            wrong = {_settable(item) for item in findings} - mended
            found += [_placed(item, spec, merged) for item in findings if _settable(item) in wrong]
            if not wrong:
                return None, found
            baseline = library.defaults(document.pattern, cloud, facts.environment).config
            for path in sorted(wrong):
                data = _mended(data, baseline, path)
            mended |= wrong
    plain = config.model_dump(mode="json")
    keys = tuple(sorted(".".join(path) for path in mended))
    return Subject(spec, document, config, plain, merged, facts, cloud, mended=keys), found


def conflicts(subject: Subject[ServiceConfig], library: PatternLibrary) -> Iterator[Diagnostic]:
    """Combinations that the pattern excludes."""
    for _, conflict in library.conflicts(subject.document.pattern):
        if holds(conflict.when, subject.plain):
            found = subject.finding(codes.CONFLICT, conflict.message, conflict.fix, *conflict.when)
            if found not in subject.doubtful:
                yield found


def layers_of(subject: Subject[ServiceConfig]) -> dict[str, Layer]:
    """Dotted key → the layer that set it, for every key that holds a value."""
    merged, unset = subject.merged, Layer("model default", subject.spec.source.location("pattern"))
    layers = {}
    for key, value in _leaves(subject.plain):
        owner = merged.owners.get(key)
        if owner is None and value is None:
            continue
        layers[key] = owner.layer(key) if owner else unset
    return layers


def history_of(subject: Subject[ServiceConfig]) -> dict[str, tuple[tuple[Layer, Any], ...]]:
    """Dotted key → all layers that gave a value, lowest first; null where one took it away."""
    return {
        key: tuple((source.layer(key), value) for source, value in attempts)
        for key, attempts in subject.merged.history.items()
    }


def _own_layers(spec: ServiceSpec, document: Service, environment: str) -> Iterator[LayerSource]:
    if document.image:
        yield LayerSource(SERVICE, {"image": document.image}, spec.source, own=True)
    yield LayerSource(SERVICE, document.overrides, spec.source, "overrides", own=True)
    yield LayerSource(
        f"{SERVICE} environment {environment}",
        document.environments.get(environment, {}),
        spec.source,
        f"environments.{environment}",
        own=True,
    )


def _apply_locks(
    merged: Merged, library: PatternLibrary, pattern: str, cloud: str, environment: str
) -> Iterator[Diagnostic]:
    for lock, layer in library.locks(pattern, cloud, environment):
        for source, key, value in _attempts(merged, lock.key):
            if value == lock.value and type(value) is type(lock.value):
                continue
            locked = json.dumps(lock.value)
            tried = "taken away" if value is None else f"set to {json.dumps(value)}"
            yield Diagnostic(
                codes.LOCKED_KEY,
                f"{lock.key} is locked to {locked} and cannot be {tried}: {lock.reason}",
                f"remove {source.path(key)}",
                source.location(key),
                source.path(key),
                (f"{lock.key} = {locked}: {layer.name} ({layer.location('')})",),
            )
        merged.put(lock.key, lock.value, layer)


def _attempts(merged: Merged, locked: str) -> Iterator[tuple[LayerSource, str, Any]]:
    """Every time that the service itself set or deleted a locked key, or deleted a map that it lies in.

    A map in its place counts as set to `{}`.
    """
    for key in ancestry(locked):
        for source, value in merged.history.get(key, ()):
            if source.own and (key == locked or value is None):
                yield source, key, value
    inside = (
        attempt for key, tried in merged.history.items() if key.startswith(f"{locked}.") for attempt in tried
    )
    for source in {id(source): source for source, _ in inside if source.own}.values():
        yield source, locked, {}


def _placed(item: ModelFinding, spec: ServiceSpec, merged: Merged) -> Diagnostic:
    """A finding at the line of the layer that set the value."""
    key = item.key
    if item.code is codes.MISSING_KEY and (deletion := merged.deletion(key)):
        above, source = deletion
        return Diagnostic(
            codes.DELETED_KEY,
            f"'{above}' is required, and null takes it away",
            f"remove {source.path(above)}, or give it a value",
            source.location(above),
            source.path(above),
            (f"{above}: {source.name}",),
        )
    owner = merged.owner(key)
    if owner is None:  # nobody set it: it is missing
        place = spec.source.location("pattern")
        return Diagnostic(item.code, item.message, item.fix, place, key)
    set_by = (f"{key}: {owner.name}",)
    return Diagnostic(item.code, item.message, item.fix, owner.location(key), owner.path(key), set_by)


def _settable(item: ModelFinding) -> Path:
    """The key of a layer that a finding is about: lists are set as a whole."""
    names: list[str] = []
    for name in item.path:
        if isinstance(name, int):
            break
        names.append(name)
    return tuple(names)


_PLACEHOLDERS: Mapping[Path, Any] = {
    ("image",): {"repository": "unknown"},
    ("image", "repository"): "unknown",
}
"""Stand in for what no pattern can know, so that the rest of the service can be checked."""


def _mended(data: dict[str, Any], baseline: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A copy of `data` with the pattern's own value, or none, in place of what is wrong."""
    *above, last = path
    mended = dict(data)
    target: dict[str, Any] = mended
    default: Any = baseline
    for name in above:
        inside = target.get(name)
        target[name] = dict(inside) if isinstance(inside, dict) else {}
        target = target[name]
        default = default.get(name) if isinstance(default, dict) else None
    value = default.get(last) if isinstance(default, dict) else None
    value = _PLACEHOLDERS.get(path) if value is None else value
    if value is None:
        target.pop(last, None)
    else:
        target[last] = value
    return mended


def _leaves(data: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value:
            yield from _leaves(value, key)
        else:
            yield key, value
