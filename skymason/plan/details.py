"""What changes inside one resource: each property with its value before and after, secrets never shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from skymason.plan.model import UNKNOWN
from skymason.plan.paths import HIDDEN, LATER, child, covers, head, hidden_by

_NAMES = ("name", "key", "Sid", "id", "port", "containerPort", "principalArn")
"""What tells the items of a list apart, first match: then an item that moved has not changed."""


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property that changes.

    path: as in a plan, but items of a list are named where they have a name (`env[LOG_LEVEL].value`), and a
    JSON document is looked into. kind: 'add', 'delete' or 'update'. before, after: plain values, with
    '[secret]' and '[known after deployment]' for what cannot be shown; None where there is nothing. forces:
    it cannot change in place. causes: URNs of the resources that make the new value unknown.
    """

    path: str
    kind: str
    before: Any = None
    after: Any = None
    forces: bool = False
    causes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "kind": self.kind,
            **({} if self.kind == "add" else {"before": self.before}),
            **({} if self.kind == "delete" else {"after": self.after}),
            "forces_replacement": self.forces,
            "causes": list(self.causes),
        }


@dataclass(frozen=True, slots=True)
class Side:
    """The values of a resource at one time. secrets: paths of what must not be shown."""

    values: Mapping[str, Any]
    secrets: Collection[str] = ()

    def hides(self, path: str) -> bool:
        """Whether a path is secret, or lies within something secret."""
        return any(path == item or path.startswith((f"{item}.", f"{item}[")) for item in self.secrets)

    def shown(self, value: Any, path: str) -> Any:
        """A value as it may be shown."""
        if value is None:
            return None
        if self.hides(path):
            return HIDDEN
        if value == UNKNOWN:
            return LATER
        if isinstance(value, Mapping):
            return {key: self.shown(item, child(path, key)) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.shown(item, child(path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and UNKNOWN in value:
            return value.replace(UNKNOWN, LATER)
        return value


def details(
    before: Side,
    after: Side,
    *,
    forcing: Collection[str] = (),
    ignored: Sequence[str] = (),
    causes: Callable[[str], tuple[str, ...]] = lambda property: (),
) -> tuple[PropertyChange, ...]:
    """The properties that differ, in order of path.

    forcing: patterns of what cannot change in place. ignored: `ignoreChanges`. causes: URNs of the changed
    resources that a top-level property depends on.
    """
    walk = _Walk(before, after, forcing, ignored, causes)
    return tuple(walk.maps(before.values, after.values, _Place("", "", "")))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: the paths in both sides, and the one that people read. document: inside of JSON."""

    old: str
    new: str
    shown: str
    document: bool = False

    def key(self, key: str) -> _Place:
        shown = child(self.shown, key)
        if self.document:
            return _Place(self.old, self.new, shown, document=True)
        return _Place(child(self.old, key), child(self.new, key), shown)

    def item(self, old: int | None, new: int | None, name: str = "") -> _Place:
        """An item of a list; its place in the old and the new one, None where it is in neither."""
        first = old if old is not None else new
        second = new if new is not None else old
        assert first is not None
        assert second is not None
        shown = f"{self.shown}[{name or second}]"
        if self.document:
            return _Place(self.old, self.new, shown, document=True)
        return _Place(child(self.old, first), child(self.new, second), shown)


@dataclass(frozen=True, slots=True)
class _Walk:
    before: Side
    after: Side
    forcing: Collection[str]
    ignored: Sequence[str]
    causes: Callable[[str], tuple[str, ...]]

    def any(self, old: Any, new: Any, place: _Place) -> Iterator[PropertyChange]:
        if (old is None and new is None) or (old == new and UNKNOWN not in str(new)):
            return
        if not place.document and hidden_by(place.new, self.ignored):
            return
        if self.before.hides(place.old) or self.after.hides(place.new):
            if HIDDEN not in (old, new):
                yield self._change(old, new, place, hidden=True)
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.maps(old, new, place)
        elif _is_list(old) and _is_list(new):
            yield from self._lists(old, new, place)
        elif (documents := _documents(old, new)) is not None:
            inside = _Place(place.old, place.new, place.shown, document=True)
            found = list(self.any(*documents, inside))
            # Only the spelling differs: the property changes all the same.
            yield from found or [self._change(old, new, place)]
        else:
            yield self._change(old, new, place)

    def maps(self, old: Mapping[str, Any], new: Mapping[str, Any], place: _Place) -> Iterator[PropertyChange]:
        for key in sorted({*old, *new}):
            yield from self.any(old.get(key), new.get(key), place.key(key))

    def _lists(self, old: Sequence[Any], new: Sequence[Any], place: _Place) -> Iterator[PropertyChange]:
        names = _names(old, new)
        if names is not None:
            first = {name: index for index, name in enumerate(names[0])}
            second = {name: index for index, name in enumerate(names[1])}
            places = [(first.get(name), second.get(name), name) for name in dict.fromkeys([*first, *second])]
        else:
            places = [(was, now, "") for was, now in _aligned(old, new)]
        found = False
        for was, now, name in places:
            inside = self.any(
                None if was is None else old[was],
                None if now is None else new[now],
                place.item(was, now, name),
            )
            for change in inside:
                found = True
                yield change
        if names is not None and not found and names[0] != names[1]:
            yield self._change(names[0], names[1], place)

    def _change(self, old: Any, new: Any, place: _Place, *, hidden: bool = False) -> PropertyChange:
        path = place.new if new is not None else place.old
        unknown = new is not None and UNKNOWN in str(new)
        return PropertyChange(
            path=place.shown,
            kind="add" if old is None else "delete" if new is None else "update",
            before=HIDDEN if hidden and old is not None else self.before.shown(old, place.old),
            after=HIDDEN if hidden and new is not None else self.after.shown(new, place.new),
            forces=any(covers(pattern, path) for pattern in self.forcing),
            causes=self.causes(head(path)) if unknown else (),
        )


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _documents(old: Any, new: Any) -> tuple[Any, Any] | None:
    """Two texts as JSON documents, None where one is none."""
    if not (isinstance(old, str) and isinstance(new, str)) or old[:1] not in "{[" or new[:1] not in "{[":
        return None
    try:
        found = json.loads(old), json.loads(new)
    except ValueError:
        return None
    return found if type(found[0]) is type(found[1]) else None


def _names(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[str], list[str]] | None:
    """What the items of two lists are called, where every item has a name of its own."""
    items = [*old, *new]
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    for key in _NAMES:
        if all(isinstance(item.get(key), (str, int)) and item[key] != UNKNOWN for item in items):
            found = [str(item[key]) for item in old], [str(item[key]) for item in new]
            if all(len(set(names)) == len(names) for names in found):
                return found
    return None


def _aligned(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[int | None, int | None]]:
    """Which item of one list became which of the other: places in both, None for none."""
    texts = [[json.dumps(item, sort_keys=True, default=str) for item in side] for side in (old, new)]
    for tag, a, b, c, d in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
        if tag == "equal":
            # Unknown values are spelled alike, and may differ.
            yield from ((a + index, c + index) for index in range(b - a) if UNKNOWN in texts[0][a + index])
            continue
        paired = min(b - a, d - c)
        yield from ((a + index, c + index) for index in range(paired))
        yield from ((index, None) for index in range(a + paired, b))
        yield from ((None, index) for index in range(c + paired, d))
