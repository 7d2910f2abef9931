"""`escape`: that what it names exists, has the right type, and does not undo a lock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skymason.diagnostics import Diagnostic, define, suggestion
from skymason.patterns.checks.subject import Subject, overlap
from skymason.patterns.library import PatternLibrary
from skymason.patterns.merge import at
from skymason.patterns.models.common import ServiceConfig

UNKNOWN_RESOURCE = define(
    "SM2150", "Escape names a resource that is not there", "It would change nothing, in silence."
)
UNKNOWN_PROPERTY = define(
    "SM2151",
    "Escape names a property that is not there",
    "The provider would refuse it, or worse, ignore it.",
)
WRONG_TYPE = define(
    "SM2152",
    "Escape gives a property the wrong type",
    "The provider would refuse it in the middle of a rollout.",
)
UNDOES_LOCK = define(
    "SM2153",
    "Escape undoes a locked key",
    "Some protections hold for every service, by whatever way they might be changed.",
)

FOLDER = Path("schemas") / "escape"

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@dataclass(frozen=True, slots=True)
class EscapeContract:
    """What can be escaped in a pattern on a cloud: short name → property → JSON type ('any' for all)."""

    resources: Mapping[str, Mapping[str, str]]

    def resource(self, name: str) -> str | None:
        """The entry that a short name belongs to; `alb-rule-*` stands for all that begin so."""
        if name in self.resources:
            return name
        patterns = (entry for entry in self.resources if entry.endswith("*"))
        return next((entry for entry in patterns if name.startswith(entry[:-1])), None)


def load_contracts(root: Path) -> dict[tuple[str, str], EscapeContract]:
    """(cloud, pattern) → contract, of every file there is. A file that is not readable counts as none."""
    found = {}
    for path in sorted((root / FOLDER).glob("*.json")):
        cloud, _, pattern = path.stem.partition(".")
        try:
            entries = json.loads(path.read_text())
            resources = {name: dict(entry["properties"]) for name, entry in entries.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
        found[cloud, pattern] = EscapeContract(resources)
    return found


def against_contract(subject: Subject[ServiceConfig], contract: EscapeContract) -> Iterator[Diagnostic]:
    """Everything in `escape` that the pattern's resources do not have."""
    for name, properties in subject.config.escape.items():
        entry = contract.resource(name)
        if entry is None:
            yield subject.finding(
                UNKNOWN_RESOURCE,
                f"there is no resource '{name}' in a {subject.document.pattern}",
                suggestion(name, sorted(contract.resources)),
                f"escape.{name}",
            )
            continue
        known = contract.resources[entry]
        for property, value in properties.items():
            key = f"escape.{name}.{property}"
            if property not in known:
                yield subject.finding(
                    UNKNOWN_PROPERTY,
                    f"'{name}' has no property '{property}'",
                    suggestion(property, sorted(known)),
                    key,
                )
            elif not _TYPES.get(known[property], lambda _: True)(value):
                yield subject.finding(
                    WRONG_TYPE, f"'{property}' is not of type {known[property]}", "mend the value", key
                )


def against_locks(
    subject: Subject[ServiceConfig], library: PatternLibrary, environment: str
) -> Iterator[Diagnostic]:
    """Every property in `escape` that a lock protects. `*` in a lock stands for the rest of a short name."""
    for lock, layer in library.locks(subject.document.pattern, subject.cloud, environment):
        for guarded in lock.escape:
            resource, _, property = guarded.partition(".")
            for name, properties in subject.plain["escape"].items():
                if not _named(name, resource):
                    continue
                set_here = next((key for key in _paths(properties) if overlap(key, property)), None)
                if set_here is None or at(properties, property) == lock.value:
                    continue
                yield subject.finding(
                    UNDOES_LOCK,
                    f"'{name}.{set_here}' is locked by {lock.key} ({layer.location('')}): {lock.reason}",
                    f"remove escape.{name}.{set_here}",
                    f"escape.{name}.{set_here}",
                )


def _named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _paths(data: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(data, Mapping) and data:
        for name, value in data.items():
            yield from _paths(value, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix
