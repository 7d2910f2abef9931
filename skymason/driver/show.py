"""Changes for people: the gravest first, each property before and after, and what follows in short."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import ndiff
from textwrap import wrap
from typing import Any

from skymason.driver.colours import OF_KIND, Paint, plain
from skymason.driver.model import Change, ChangeKind
from skymason.plan.data_holding import holds_data
from skymason.plan.details import PropertyChange
from skymason.plan.paths import LATER

MOST_CHANGES = 60
"""Changes listed one by one; `--json` has all of them."""
MOST_ALIKE = 20
"""New resources listed one by one, and deleted ones too; more are counted by component and type."""
WIDTH = 110
"""Columns of a line with both values; longer ones get a line for each value."""
MOST_CHARACTERS = 160
"""Of one value; `--json` has all of it."""
MOST_LINES = 12
"""Of the difference of one text of several lines."""

GRAVEST_FIRST = (ChangeKind.REPLACE, ChangeKind.DELETE, ChangeKind.UPDATE, ChangeKind.CREATE)
SIGNS = {
    ChangeKind.CREATE: "+",
    ChangeKind.UPDATE: "~",
    ChangeKind.REPLACE: "±",
    ChangeKind.DELETE: "-",
    ChangeKind.SAME: " ",
}


def by_gravity(changes: Iterable[Change]) -> list[Change]:
    """Without those to which nothing happens, replacements and deletions first."""
    ranks = {kind: rank for rank, kind in enumerate(GRAVEST_FIRST)}
    return sorted((item for item in changes if item.kind in ranks), key=lambda item: ranks[item.kind])


def endangered(changes: Iterable[Change]) -> list[Change]:
    """Resources that hold data and would be replaced or deleted."""
    gone = (ChangeKind.REPLACE, ChangeKind.DELETE)
    return [item for item in changes if item.kind in gone and holds_data(item.type)]


def warnings_of(changes: Iterable[Change], paint: Paint = plain) -> str:
    """One line for each resource that would lose its data."""
    return "\n".join(
        paint(f"  ! {_lost(item)}: {item.type} {item.name}", "red") for item in endangered(changes)
    )


def _lost(item: Change) -> str:
    verb = "replaced" if item.kind is ChangeKind.REPLACE else "deleted"
    return f"holds data and would be {verb}"


def listing(changes: Iterable[Change], paint: Paint = plain, *, most: int = MOST_CHANGES) -> str:
    """All changes: those of their own with their properties, then those that only follow, in groups."""
    ordered = by_gravity(changes)
    own = [item for item in ordered if not item.consequence]
    parts = []
    for kind in (ChangeKind.DELETE, ChangeKind.CREATE):
        alike = [item for item in own if item.kind is kind]
        if len(alike) > MOST_ALIKE:
            own = [item for item in own if item.kind is not kind]
            parts.append("\n".join(_counted(alike, kind, paint)))
    listed = ["\n".join(line for item in own[:most] for line in change_lines(item, paint))]
    if len(own) > most:
        listed.append(f"  … and {len(own) - most} more; --json lists all")
    parts = [*listed, *parts]
    following = [item for item in ordered if item.consequence]
    if following:
        parts.append("\n".join(["Because of the replacements above", *_following(following, paint)]))
    if any(detail.forces for item in own for detail in item.details):
        parts.append(f"{paint('!', 'magenta')} cannot change in place: the resource is replaced")
    return "\n\n".join(part for part in parts if part)


def change_lines(change: Change, paint: Paint = plain, verb: str = "") -> Iterator[str]:
    """One resource and what changes in it. verb: what happens to it, '' for the kind of the change."""
    colour = OF_KIND[change.kind]
    head = paint(f"{SIGNS[change.kind]} {verb or change.kind:<8}", colour)
    yield f"  {head} {change.type} {change.name}"
    if change.kind is ChangeKind.CREATE:
        if change.escaped:
            yield f"      escaped: {', '.join(change.escaped)}"
        return
    if change.details:
        for item in change.details:
            yield from _property(item, change, paint)
    elif change.properties:
        paths = ", ".join(marked(path, change.escaped) for path in change.properties)
        yield f"      changes: {paths}"
    if change.reasons and not any(item.forces for item in change.details):
        yield f"      replaced because of: {', '.join(change.reasons)}"


def _property(item: PropertyChange, change: Change, paint: Paint) -> Iterator[str]:
    mark = paint("!", "magenta") if item.forces else " "
    head = f"    {mark} {marked(item.path, change.escaped)}:"
    if item.kind == "update" and _has_lines(item.before, item.after):
        yield head
        yield from (f"        {paint(line, colour)}" for line, colour in _lines(item.before, item.after))
        return
    before, after = text_of(item.before), after_of(item)
    if item.kind == "add":
        yield f"{head} {paint(f'+ {after}', 'green')}"
    elif item.kind == "delete":
        yield f"{head} {paint(f'- {before}', 'red')}"
    elif len(head) + len(before) + len(after) <= WIDTH:
        yield f"{head} {paint(before, 'red')} → {paint(after, 'green')}"
    else:
        yield head
        yield f"        {paint(f'- {before}', 'red')}"
        yield f"        {paint(f'+ {after}', 'green')}"


def after_of(item: PropertyChange) -> str:
    """The new value on one line; where it is not known yet, whose it will be."""
    causes = sorted({urn.rpartition("::")[2] for urn in item.causes})
    if item.after != LATER or not causes:
        return text_of(item.after)
    more = f" and {len(causes) - 2} more" if len(causes) > 2 else ""
    return f"[from {', '.join(causes[:2])}{more}]"


def text_of(value: Any, most: int = MOST_CHARACTERS) -> str:
    """A value on one line, shortened."""
    special = isinstance(value, str) and value.startswith("[") and value.endswith("]")
    text = str(value) if special else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _has_lines(*values: Any) -> bool:
    return all(isinstance(value, str) for value in values) and any("\n" in value for value in values)


def _lines(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Lines of a text that differ, each with its colour."""
    found = [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    for line in found[:MOST_LINES]:
        yield line[: MOST_CHARACTERS + 2], "green" if line[0] == "+" else "red"
    if len(found) > MOST_LINES:
        yield f"… and {len(found) - MOST_LINES} more lines", "dim"


def _counted(changes: Sequence[Change], kind: ChangeKind, paint: Paint) -> Iterator[str]:
    """New or deleted resources by innermost component: how many of each type."""
    head = paint(f"{SIGNS[kind]} {kind:<8}", OF_KIND[kind])
    groups: dict[str, Counter[str]] = {}
    for item in changes:
        where = item.components[-1] if item.components else "(no component)"
        groups.setdefault(where, Counter())[kind_of(item.type)] += 1
    for where, types in groups.items():
        names = ", ".join(
            name if count == 1 else f"{count}\u00a0×\u00a0{name}" for name, count in sorted(types.items())
        )
        yield f"  {head} {types.total()} in {where}"
        for line in wrap(names, WIDTH - 10, break_long_words=False):
            yield f"      {paint(line.replace(chr(0xA0), ' '), 'dim')}"


def _following(changes: Sequence[Change], paint: Paint) -> Iterator[str]:
    """Changes that follow from others: how many of each type, and through which properties."""
    groups: dict[tuple[ChangeKind, str], list[Change]] = {}
    for item in changes:
        groups.setdefault((item.kind, item.type), []).append(item)
    for (kind, type), items in groups.items():
        paths = {detail.path for item in items for detail in item.details if detail.forces}
        paths = paths or {detail.path for item in items for detail in item.details}
        through = ", ".join(sorted(paths)[:3]) + (" …" if len(paths) > 3 else "")
        what = items[0].name if len(items) == 1 else f"{len(items)} ×"
        named = f"{type} {what}" if len(items) == 1 else f"{what} {type}"
        yield f"  {paint(f'{SIGNS[kind]} {kind:<8}', OF_KIND[kind])} {named}  {paint(through, 'dim')}"


def kind_of(type: str) -> str:
    """`aws:sqs/queue:Queue` → `Queue`."""
    return type.rpartition(":")[2]


def marked(path: str, escaped: Iterable[str]) -> str:
    """A property path, marked where a spec's `escape` section sets it or a part of it."""
    hit = any(path == item or path.startswith((f"{item}.", f"{item}[")) for item in escaped)
    return f"{path} (escaped)" if hit else path
