"""The shapes of properties: what the SDK's type hints say, compiled once per type into small checkers.

Names are those on the wire. A checker appends `Problem`s and never raises; unknown values pass everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NamedTuple

from skymason.diagnostics import nearest
from skymason.offline.wire import ARCHIVE, ASSET, RESOURCE, SIGNATURE
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import child

_MISSPELT = 0.8


class Problem(NamedTuple):
    """One breach of the contract. kind: 'unknown', 'missing', 'type' or 'enum'."""

    kind: str
    path: str
    message: str
    fix: str


def _is(value: Any) -> str:
    """What a plain value is, in the words of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        mark = value.get(SIGNATURE)
        return {ASSET: "an asset", ARCHIVE: "an archive", RESOURCE: "a resource"}.get(str(mark), "an object")
    return "a list"


def _listing(word: str, known: Sequence[str]) -> str:
    """A fix for a wrong word: the nearest known one, then those allowed, cut to a readable length."""
    near = nearest(word, known)
    listed = ", ".join(known[:24]) + (f" and {len(known) - 24} more" if len(known) > 24 else "")
    return (f"did you mean '{near}'? " if near else "") + f"allowed: {listed}"


class Shape:
    """Anything at all: the base of every shape, and the shape of values that nothing is said about."""

    wanted = "any value"

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        """Append what is wrong with `value`."""

    def accepts(self, value: Any) -> bool:
        """Whether the outermost kind of `value` is right; tells the members of a union apart."""
        return True

    def _mismatch(self, value: Any, path: str, problems: list[Problem]) -> None:
        problems.append(
            Problem("type", path, f"is {_is(value)}, must be {self.wanted}", f"give {self.wanted}")
        )


class Scalar(Shape):
    """A string, number, integer or boolean."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.wanted = {
            "string": "a string",
            "number": "a number",
            "integer": "a whole number",
            "boolean": "true or false",
        }[name]

    def accepts(self, value: Any) -> bool:
        if self.name == "string":
            return isinstance(value, str)
        if self.name == "boolean":
            return isinstance(value, bool)
        if isinstance(value, bool):
            return False
        return isinstance(value, int) or (isinstance(value, float) and self.name == "number")

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if not self.accepts(value) and value != UNKNOWN:
            self._mismatch(value, path, problems)


class Choice(Shape):
    """One of a closed set of values."""

    def __init__(self, values: tuple[Any, ...], name: str) -> None:
        self.values = values
        self.name = name
        self.wanted = "a string" if all(isinstance(v, str) for v in values) else "a number"

    def accepts(self, value: Any) -> bool:
        return isinstance(value, (str, int, float)) and not isinstance(value, bool)

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if value in self.values or value == UNKNOWN:
            return
        if not self.accepts(value):
            self._mismatch(value, path, problems)
            return
        known = [str(item) for item in self.values]
        problems.append(Problem("enum", path, f"is not a value of {self.name}", _listing(str(value), known)))


class Suggestion(Choice):
    """A string that is mostly one of a list, though the cloud takes others: only a misspelling is wrong."""

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if not self.accepts(value) or not isinstance(value, str):
            super().check(value, path, problems)
        elif value not in self.values and value != UNKNOWN:
            known = [str(item) for item in self.values]
            near = get_close_matches(value, known, n=1, cutoff=_MISSPELT)
            if near and near[0].lower() != value.lower():
                super().check(value, path, problems)


class Marked(Shape):
    """An asset, an archive or a resource: a map that carries the protocol's mark."""

    def __init__(self, marks: tuple[str, ...], wanted: str) -> None:
        self.marks = marks
        self.wanted = wanted

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Mapping) and value.get(SIGNATURE) in self.marks

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if not self.accepts(value) and value != UNKNOWN:
            self._mismatch(value, path, problems)


class Items(Shape):
    """A list."""

    wanted = "a list"

    def __init__(self, item: Shape) -> None:
        self.item = item

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Sequence) and not isinstance(value, str)

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if self.accepts(value):
            item = self.item
            for index, entry in enumerate(value):
                item.check(entry, f"{path}[{index}]", problems)
        elif value != UNKNOWN:
            self._mismatch(value, path, problems)


class Entries(Shape):
    """A map with free keys."""

    wanted = "a map"

    def __init__(self, item: Shape) -> None:
        self.item = item

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Mapping)

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if isinstance(value, Mapping):
            item = self.item
            for key, entry in value.items():
                item.check(entry, child(path, key), problems)
        elif value != UNKNOWN:
            self._mismatch(value, path, problems)


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object. required: it must be given (input) or is always there (output)."""

    shape: Shape
    required: bool


class Object(Shape):
    """A map with known keys. Its properties are compiled when first needed: types may be recursive."""

    wanted = "an object"

    def __init__(self, source: type) -> None:
        self.source = source
        self._properties: dict[str, Property] | None = None
        self._required: tuple[str, ...] = ()

    @property
    def properties(self) -> dict[str, Property]:
        if self._properties is None:
            from skymason.offline.hints import properties_of

            self._properties = properties_of(self.source)
            self._required = tuple(name for name, item in self._properties.items() if item.required)
        return self._properties

    def accepts(self, value: Any) -> bool:
        return isinstance(value, Mapping) and SIGNATURE not in value

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if not isinstance(value, Mapping):
            if value != UNKNOWN:
                self._mismatch(value, path, problems)
            return
        properties = self.properties
        for key, entry in value.items():
            known = properties.get(key)
            if known is None:
                self._stranger(key, child(path, key), problems)
            elif entry is not None:
                known.shape.check(entry, child(path, key), problems)
        problems.extend(
            Problem("missing", child(path, key), "is required", f"set {child(path, key)}")
            for key in self._required
            if value.get(key) is None
        )

    def _stranger(self, key: str, path: str, problems: list[Problem]) -> None:
        problems.append(
            Problem("unknown", path, "is not a property of this type", _listing(key, sorted(self.properties)))
        )


class AnyOf(Shape):
    """One of several shapes: the first whose outermost kind fits, and that has no problem, decides."""

    def __init__(self, members: tuple[Shape, ...]) -> None:
        self.members = members
        self.wanted = " or ".join(member.wanted for member in members)

    def accepts(self, value: Any) -> bool:
        return any(member.accepts(value) for member in self.members)

    def check(self, value: Any, path: str, problems: list[Problem]) -> None:
        if value == UNKNOWN:
            return
        best: list[Problem] | None = None
        for member in self.members:
            if member.accepts(value):
                found: list[Problem] = []
                member.check(value, path, found)
                if not found:
                    return
                if best is None or len(found) < len(best):
                    best = found
        if best is None:
            self._mismatch(value, path, problems)
        else:
            problems.extend(best)


ANYTHING = Shape()
