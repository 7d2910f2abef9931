"""Whether `infrastructure-patterns.yaml` holds together: every pattern whole, every key it names real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from skymason.diagnostics import Diagnostic, suggestion
from skymason.patterns import codes
from skymason.patterns.access import ACCESS, KINDS, SERVICE
from skymason.patterns.fields import keys
from skymason.patterns.findings import from_validation
from skymason.patterns.library import PatternLibrary
from skymason.patterns.models import model_of
from skymason.patterns.models.catalogue import PatternEntry

_IMAGE = {"repository": "example", "digest": "sha256:" + 64 * "0"}


def check_library(library: PatternLibrary, environments: Sequence[str]) -> list[Diagnostic]:
    """Everything that is wrong with the patterns, on every cloud and in each of `environments`."""
    found: dict[Diagnostic, None] = {}
    for name, entry in library.catalogue.patterns.items():
        for item in _check(library, name, entry, environments):
            found[item] = None
    return list(found)


def _check(
    library: PatternLibrary, name: str, entry: PatternEntry, environments: Sequence[str]
) -> Iterator[Diagnostic]:
    path = f"patterns.{name}"
    if model_of(name) is None:
        fix = f"add skymason/patterns/models/{name}.py, or remove the pattern"
        yield _finding(library, f"there are no typed keys for '{name}'", fix, path)
        return
    if entry.extends is not None and entry.extends not in library.names:
        fix = suggestion(entry.extends, library.names)
        yield _finding(library, f"there is no pattern '{entry.extends}'", fix, f"{path}.extends")
    for index, access in enumerate(entry.capabilities):
        if access not in ACCESS[SERVICE]:
            fix = suggestion(access, ACCESS[SERVICE])
            yield _finding(library, f"services do not know '{access}'", fix, f"{path}.capabilities.{index}")
    for index, item in enumerate(entry.provides):
        for cloud, kind in item.kind.items():
            if kind not in KINDS[cloud]:
                place = f"{path}.provides.{index}.kind.{cloud}"
                fix = suggestion(kind, KINDS[cloud])
                yield _finding(library, f"{cloud} has no kind '{kind}'", fix, place)
        for position, access in enumerate(item.access):
            for kind in dict.fromkeys(item.kind.values()):
                if access not in ACCESS.get(kind, (access,)):
                    place = f"{path}.provides.{index}.access.{position}"
                    fix = suggestion(access, ACCESS[kind])
                    yield _finding(library, f"{kind} does not know '{access}'", fix, place)
    yield from _named_keys(library, name)
    yield from _values(library, name, environments)


def _named_keys(library: PatternLibrary, name: str) -> Iterator[Diagnostic]:
    """Keys in locks, conflicts and conditions that no service can have."""
    model = model_of(name)
    known = keys(model) if model else []
    named = [
        (f"{path}.when.{key}", key) for path, conflict in library.conflicts(name) for key in conflict.when
    ]
    for cloud in KINDS:
        for lock, layer in library.locks(name, cloud, ""):
            named.append((layer.path("key"), lock.key))
    for index, item in enumerate(library.entry(name).provides):
        named += [(f"patterns.{name}.provides.{index}.when.{key}", key) for key in item.when]
    for place, key in named:
        if key not in known:
            yield _finding(library, f"{name} has no key '{key}'", suggestion(key, known), place)


def _values(library: PatternLibrary, name: str, environments: Sequence[str]) -> Iterator[Diagnostic]:
    """Values that the model refuses, or required keys that no layer gives."""
    model = model_of(name)
    if model is None:
        return
    for cloud in KINDS:
        for environment in environments:
            merged = library.defaults(name, cloud, environment)
            try:
                model.model_validate({**merged.config, "image": _IMAGE})
            except ValidationError as error:
                for item in from_validation(error, model):
                    owner = merged.owner(item.key)
                    place = owner.path(item.key) if owner else f"patterns.{name}.defaults"
                    where = f" (on {cloud} in {environment})" if owner is None else ""
                    location = library.source.location(place)
                    yield Diagnostic(item.code, f"{item.message}{where}", item.fix, location, item.key)


def _finding(library: PatternLibrary, message: str, fix: str, path: str) -> Diagnostic:
    return Diagnostic(codes.BAD_CATALOGUE, message, fix, library.source.location(path), path)
