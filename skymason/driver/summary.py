"""What is said after an operation, as text and as one JSON document."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from skymason.diagnostics import ordered, to_text
from skymason.driver.colours import Paint, plain
from skymason.driver.model import Change, ChangeKind, CloudKind, Operation, Outcome, Request, Result
from skymason.driver.show import listing, warnings_of

MOST_ROWS = 40
"""A summary is read on one screen: beyond this, only outermost components have a row."""

_DONE = {
    Operation.UP: "deployed",
    Operation.PREVIEW: "previewed",
    Operation.REFRESH: "refreshed",
    Operation.DESTROY: "destroyed",
}


def as_text(outcome: Outcome, request: Request, paint: Paint = plain) -> str:
    """The summary for people: findings, resources by component, outputs, where state is, what to do next."""
    parts = [paint(_headline(outcome, request), "bold"), _facts(outcome)]
    if outcome.changes:
        parts.append(table(outcome.changes, dry=not request.writes))
    if not request.writes and request.operation is not Operation.REFRESH:
        parts.append(warnings_of(outcome.changes, paint))
    if listed(request):
        parts.append(listing(outcome.changes, paint))
    if outcome.outputs and request.operation is not Operation.DESTROY:
        parts.append("Outputs\n" + output_lines(outcome.outputs, "  "))
    if outcome.diagnostics:
        parts.append(to_text(outcome.diagnostics))
    parts.append("Next\n" + aligned([f"  {command}", what] for command, what in next_steps(outcome, request)))
    return "\n\n".join(part for part in parts if part)


def as_json(outcome: Outcome, request: Request) -> str:
    """The same as one document with stable keys; resources that stay as they are are counted, not listed."""
    document = {
        "project": outcome.project,
        "stack": outcome.stack,
        "operation": str(outcome.operation),
        "dry": not request.writes,
        "cloud": str(outcome.cloud),
        "result": str(outcome.result),
        "engine": {"name": outcome.engine, "reason": outcome.reason},
        "counts": {str(kind): number for kind, number in outcome.counts.items()},
        "components": [
            {"component": "/".join(path), **{str(kind): number for kind, number in row.items()}}
            for path, row in sorted(_grouped(outcome.changes, 2).items())
        ],
        "changes": [item.as_dict() for item in outcome.changes if item.kind is not ChangeKind.SAME],
        "outputs": dict(outputs(outcome)),
        "state": outcome.state,
        "seconds": round(outcome.seconds, 2),
        "diagnostics": [item.as_dict() for item in ordered(outcome.diagnostics)],
        "next": [command for command, _ in next_steps(outcome, request)],
    }
    return json.dumps(document, indent=2)


def listed(request: Request) -> bool:
    """Whether single changes are worth a line each: where nothing was done yet, or a refresh found drift."""
    return not request.writes or request.operation is Operation.REFRESH


def _headline(outcome: Outcome, request: Request) -> str:
    verb = _DONE[outcome.operation] if request.writes else "previewed"
    if outcome.result is not Result.SUCCEEDED:
        verb = str(outcome.result)
    what = f"{outcome.project}, stack {outcome.stack}: {verb} in {outcome.seconds:.1f} s"
    return f"{what}, {sentence(outcome.counts, dry=not request.writes)}"


def sentence(counts: dict[ChangeKind, int], *, dry: bool) -> str:
    """'148 created', '2 to update, 146 unchanged', 'nothing there' …"""
    to = "to " if dry else ""
    changed = {kind: number for kind, number in counts.items() if kind is not ChangeKind.SAME}
    same = counts.get(ChangeKind.SAME, 0)
    if not changed:
        return f"no changes, {number(same, 'resource')}" if same else "no resources"
    parts = [f"{number} {to}{_word(kind, dry=dry)}" for kind, number in changed.items()]
    return ", ".join([*parts, f"{same} unchanged"] if same else parts)


def number(count: int, word: str) -> str:
    """'1 resource', '2 resources'."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _word(kind: ChangeKind, *, dry: bool) -> str:
    if kind is ChangeKind.SAME:
        return "unchanged"
    return str(kind) if dry else f"{kind}d"


def _facts(outcome: Outcome) -> str:
    cloud = "offline cloud: no account, nothing leaves this machine"
    rows = [
        ["  engine", f"{outcome.engine} ({outcome.reason})"],
        ["  cloud", cloud if outcome.cloud is CloudKind.OFFLINE else "real"],
        ["  state", outcome.state],
    ]
    return aligned(rows)


def _grouped(changes: Iterable[Change], depth: int) -> dict[tuple[str, ...], Counter[ChangeKind]]:
    groups: dict[tuple[str, ...], Counter[ChangeKind]] = {}
    for change in changes:
        groups.setdefault(change.components[:depth], Counter())[change.kind] += 1
    return groups


def counted(changes: Iterable[Change]) -> dict[ChangeKind, int]:
    """Number of resources by what happens to them; kinds that do not happen are left out."""
    found = Counter(change.kind for change in changes)
    return {kind: found[kind] for kind in ChangeKind if found[kind]}


def table(changes: Sequence[Change], *, dry: bool = False, touched: bool = False) -> str:
    """Resources by component and by change: outermost components, those inside where there is room.

    touched: leave out the components in which nothing changes.
    """
    outer, inner = _grouped(changes, 1), _grouped(changes, 2)
    kinds = [kind for kind in ChangeKind if any(row[kind] for row in outer.values())]
    if kinds == [ChangeKind.SAME]:
        kinds = []
    rows = [["  component", *(_word(kind, dry=dry) for kind in kinds), "total"]]

    def row(name: str, found: Counter[ChangeKind]) -> list[str]:
        return [name, *(str(found[kind] or "") for kind in kinds), str(found.total())]

    def shown(found: Counter[ChangeKind]) -> bool:
        return not touched or found.total() > found[ChangeKind.SAME]

    deep = len(inner) + len(outer) <= MOST_ROWS
    for path in sorted(path for path in outer if shown(outer[path])):
        rows.append(row(f"  {path[0] if path else '(none)'}", outer[path]))
        below = [key for key in sorted(inner) if len(key) == 2 and key[:1] == path]
        if deep and len(below) > 1:
            rows += [row(f"    {key[1]}", inner[key]) for key in below if shown(inner[key])]
    total: Counter[ChangeKind] = sum(outer.values(), Counter())
    rows.append(row("  total", total))
    return aligned(rows, right=True)


def outputs(outcome: Outcome) -> list[tuple[str, Any]]:
    return sorted(outcome.outputs.items())


def output_lines(found: Mapping[str, Any], indent: str = "") -> str:
    """Outputs by name; the parts of a map have a line each."""
    return aligned([f"{indent}{name}", text] for name, text in _flat(found))


def _flat(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in sorted(found.items()):
        if isinstance(value, Mapping) and value:
            yield from ((f"{key}.{inner}", text) for inner, text in _flat(value))
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            yield key, ", ".join(value)
        else:
            yield key, value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def next_steps(outcome: Outcome, request: Request) -> list[tuple[str, str]]:
    """Commands that make sense now, each with what it does."""
    tail = f" --stack {outcome.stack}" + (" --cloud real" if outcome.cloud is CloudKind.REAL else "")
    sm = command_name()
    up, destroy = f"{sm} up{tail}", f"{sm} destroy{tail}"
    if outcome.result is not Result.SUCCEEDED:
        return [(f"{sm} {outcome.operation}{tail}", "run it again: it goes on from what is done")]
    if not request.writes:
        if outcome.changed:
            return [(f"{sm} {outcome.operation}{tail}" if request.dry else up, "do it")]
        return [(f"{sm} outputs{tail}", "show the outputs again")]
    if outcome.operation is Operation.DESTROY:
        return [(up, "deploy it again")]
    if outcome.operation is Operation.REFRESH and outcome.changed:
        return [(up, "mend the drift")]
    return [
        (up, "run it again: what is deployed already stays as it is"),
        (f"{sm} plan --stack {outcome.stack}", "after an edit: see what would change"),
        (f"{sm} outputs{tail}", "show the outputs again"),
        (destroy, "delete everything"),
    ]


def command_name() -> str:
    """How the user can call `sm`: by name where it is on the PATH, else as it was called now."""
    called = Path(sys.argv[0])
    if called.name != "sm" or shutil.which("sm"):
        return "sm"
    near = os.path.relpath(called)
    return str(called) if near.startswith(os.pardir) else near


def aligned(rows: Iterable[Sequence[str]], *, right: bool = False) -> str:
    """Columns two spaces apart; `right`: all but the first flush right."""
    cells = [list(row) for row in rows]
    widths = [max(len(row[index]) for row in cells) for index in range(len(cells[0]))] if cells else []
    last = len(widths) - 1
    lines = []
    for row in cells:
        parts = [
            cell.rjust(width) if right and index else cell.ljust(width) if index < last else cell
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)
