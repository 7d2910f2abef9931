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
    """Every property in `escape` that a lock guards: `<short name>.<property>`, or `<short name>.**.<name>`
    for a name at any depth. `*` at the end of a short name stands for the rest of it, `!` before it for a
    property that says the opposite of the key."""
    for lock, layer in library.locks(subject.document.pattern, subject.cloud, environment):
        for guarded in lock.escape:
            allowed = not lock.value if guarded.startswith("!") else lock.value
            resource, _, property = guarded.removeprefix("!").partition(".")
            for name, properties in subject.plain["escape"].items():
                if not _named(name, resource):
                    continue
                undone = next(
                    (
                        key
                        for key, value in _leaves(properties)
                        if _guards(property, key) and value != allowed
                    ),
                    None,
                )
                if undone:
                    yield subject.finding(
                        UNDOES_LOCK,
                        f"{lock.key} is locked to {json.dumps(lock.value)} ({layer.location('')}): "
                        f"{lock.reason}",
                        f"remove escape.{name}.{undone}",
                        f"escape.{name}.{undone}",
                    )


def _named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _guards(property: str, key: str) -> bool:
    if property.startswith("**."):
        return key.rpartition(".")[2] == property[3:]
    return overlap(key, property)


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted keys of all values inside maps and lists; of those that are empty too."""
    inside = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    if not inside:
        yield path, data
    for name, value in inside:
        yield from _leaves(value, f"{path}.{name}" if path else str(name))
