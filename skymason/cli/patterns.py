"""What patterns there are and what each one means: as JSON and for people."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skymason.cost import Cost
from skymason.cost.defaults import pattern_costs
from skymason.cost.estimate import LEFT_OUT, span
from skymason.diagnostics import Diagnostic, DiagnosticError, Location, suggestion
from skymason.patterns import codes
from skymason.patterns.describe import (
    CLOUD_NAMES,
    MODEL_DEFAULT,
    Description,
    Knob,
    describe,
    environments_of,
    in_words,
    where_it_holds,
)
from skymason.patterns.library import FILE, PatternLibrary, shipped
from skymason.patterns.library_checks import check_library
from skymason.patterns.models import model_of

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

PIPE_WIDTH = 120
"""Columns where the output is no terminal."""
NO_PRICES = "not priced yet"


def library_at(folder: Path) -> PatternLibrary:
    """The patterns of the project around a folder, else the shipped ones: there may be no project yet.

    Raises DiagnosticError for what is wrong with the file.
    """
    from skymason.cli.place import folder_at
    from skymason.driver.project import find_root

    root = find_root(folder_at(folder))
    if root is None or not (root / FILE).is_file():
        return shipped()
    library = PatternLibrary.load(root)
    if any(model_of(name) is None for name in library.names):
        raise DiagnosticError(check_library(library, environments_of(library)))
    return library


def chosen(library: PatternLibrary, name: str | None) -> list[str]:
    """The pattern of this name, or all. Raises DiagnosticError, SM2001, for an unknown one."""
    if name is None:
        return library.names
    if name not in library.names:
        fix = suggestion(name, library.names)
        found = Diagnostic(codes.UNKNOWN_PATTERN, f"there is no pattern '{name}'", fix, Location(FILE))
        raise DiagnosticError([found])
    return [name]


def as_json(library: PatternLibrary, names: Sequence[str], clouds: Sequence[str]) -> str:
    """A list of patterns, each with everything that is known of it on each cloud."""
    return json.dumps([_document(library, name, clouds) for name in names], indent=2, ensure_ascii=False)


def _document(library: PatternLibrary, name: str, clouds: Sequence[str]) -> dict[str, Any]:
    found = {cloud: describe(library, name, cloud) for cloud in clouds}
    any_cloud = next(iter(found.values()))
    return {
        "name": name,
        "extends": any_cloud.extends,
        "description": any_cloud.purpose,
        "when_to_use": any_cloud.when_to_use,
        "when_not_to_use": any_cloud.when_not_to_use,
        "offers": [item.replace("`", "") for item in any_cloud.offers],
        "locked": [
            {"key": lock.key, "value": lock.value, "reason": lock.reason}
            | {"except_environments": lock.except_environments, "clouds": lock.clouds}
            for lock in any_cloud.locks
        ],
        "conflicts": [
            {"when": dict(item.when), "message": item.message, "fix": item.fix}
            for item in any_cloud.conflicts
        ],
        "clouds": {
            cloud: {
                "deployable": item.deployable.get(cloud, False),
                "creates": list(item.creates.get(cloud, ())),
                "monthly_cost": {
                    environment: cost.as_dict()
                    for environment, cost in pattern_costs(library, name, cloud).items()
                }
                or None,
                "keys": [_knob(knob) for knob in item.knobs],
            }
            for cloud, item in found.items()
        },
    }


def _knob(knob: Knob) -> dict[str, Any]:
    return {
        "key": knob.key,
        "type": knob.type.replace("`", ""),
        "meaning": knob.meaning,
        "group": knob.group,
        "required": knob.required,
        "defaults": {
            environment: {
                "value": value,
                "layer": layer.name if (layer := knob.layers.get(environment)) else None,
                "location": str(layer.location) if layer else None,
            }
            for environment, value in knob.values.items()
        },
    }


def show_all(library: PatternLibrary, clouds: Sequence[str]) -> str:
    """A line or two for each pattern: what for, where, and for how much."""
    page = Page()
    table = _table("pattern", "what for", "clouds", "USD a month")
    costs: dict[str, Cost] = {}
    marked = False
    for name in library.names:
        pattern = describe(library, name, clouds[0])
        where = [cloud for cloud in clouds if cloud in pattern.creates]
        marked |= not all(pattern.deployable[cloud] for cloud in where)
        places = [cloud if pattern.deployable[cloud] else f"{cloud}*" for cloud in where]
        costs = pattern_costs(library, name, clouds[0])
        amounts = [f"{environment} {cost.text}" for environment, cost in costs.items()] or [NO_PRICES]
        table.add_row(name, pattern.purpose, "\n".join(places), "\n".join(amounts))
        table.add_row()
    page.add(table)
    if marked:
        page.add("* spec and application can be written for it; a stack cannot deploy it yet")
    page.add("One pattern with all its keys: sm patterns NAME")
    _explain_costs(page, list(costs.values()))
    return page.text()


def show(library: PatternLibrary, name: str, clouds: Sequence[str], *, every_key: bool) -> str:
    """One pattern. every_key: also those that it shares with all others and leaves as they are."""
    page = Page()
    on = [describe(library, name, cloud) for cloud in clouds]
    pattern = on[0]
    page.title(f"{name}: {pattern.purpose}")
    page.add(f"\nUse it when: {pattern.when_to_use}")
    page.add(f"Use another one when: {pattern.when_not_to_use}")
    for cloud in clouds:
        page.title(f"\nCreates on {CLOUD_NAMES[cloud]}")
        if not pattern.deployable.get(cloud, False):
            page.add("  (a stack cannot deploy it there yet; spec and application can be written)")
        page.list(pattern.creates.get(cloud, ()))
    page.title("\nOther services may use")
    page.list([item.replace("`", "") for item in pattern.offers] or ["nothing"])
    _show_costs(page, pattern_costs(library, name, clouds[0]), clouds[0])
    _show_keys(page, pattern, every_key=every_key)
    for other in on[1:]:
        _show_differences(page, pattern, other)
    page.title("\nLocked, so that no service can change it")
    page.list(
        [f"{lock.key}: {in_words(lock.value)}{where_it_holds(lock)}: {lock.reason}" for lock in pattern.locks]
    )
    page.title("\nCombinations that cannot be")
    for item in pattern.conflicts:
        when = " and ".join(f"{key}: {in_words(value)}" for key, value in item.when.items())
        page.list([f"{when}: {item.message}. Instead: {item.fix}"])
    return page.text()


def _show_costs(page: Page, costs: Mapping[str, Cost], cloud: str) -> None:
    page.title("\nCosts, USD a month")
    if not costs:
        page.add(f"  {CLOUD_NAMES[cloud]} is {NO_PRICES}")
        return
    page.list([f"{environment}: {cost.text}" for environment, cost in costs.items()])
    table = _table("part in prod", "USD", "what is counted")
    for part in costs["prod"].parts:
        table.add_row(part.name, span(part.low, part.high), part.basis)
    page.add(table)
    _explain_costs(page, list(costs.values()))


def _explain_costs(page: Page, costs: Sequence[Cost]) -> None:
    if not costs:
        return
    seen = costs[0].seen
    days = (datetime.now(UTC).date() - date.fromisoformat(seen)).days
    age = "today" if days <= 0 else "a day ago" if days == 1 else f"{days} days ago"
    page.add(
        f"List prices of {costs[0].region}, written down on {seen} ({age}). Low: at the minimum, with "
        f"nothing to do; high: at the maximum all month. Not counted: {'; '.join(LEFT_OUT)}.",
        style="dim",
    )


def _show_keys(page: Page, pattern: Description, *, every_key: bool) -> None:
    shown = [knob for knob in pattern.knobs if every_key or knob.specific or knob.group != "common"]
    page.title(f"\nKeys, with their defaults on {CLOUD_NAMES[pattern.cloud]}")
    table = _table("key", "default in prod, and where it differs", "set by")
    for knob in shown:
        environments = ["prod", *knob.exceptions]
        values = [
            _shown(knob, name) if name == "prod" else f"{name}: {_shown(knob, name)}" for name in environments
        ]
        table.add_row(
            _entry(knob.key, f"{knob.meaning} ({knob.type})".replace("`", "").strip()),
            "\n".join(values),
            "\n".join(_layer(knob, name) for name in environments),
        )
    page.add(table)
    hidden = len(pattern.knobs) - len(shown)
    if hidden:
        page.add(f"and {hidden} keys that are the same in every pattern: sm patterns {pattern.name} --all")


def _show_differences(page: Page, pattern: Description, other: Description) -> None:
    ours = {knob.key: knob.default for knob in pattern.knobs}
    differing = [knob for knob in other.knobs if knob.values and knob.default != ours[knob.key]]
    if differing:
        page.title(f"\nDefaults that differ on {CLOUD_NAMES[other.cloud]}, in prod")
        table = _table("key", "default", "set by")
        for knob in differing:
            table.add_row(knob.key, _shown(knob, "prod"), _layer(knob, "prod"))
        page.add(table)


def _shown(knob: Knob, environment: str) -> str:
    value = knob.values.get(environment)
    if value is None:
        return "required" if knob.required and knob.values else "none" if knob.values else ""
    return in_words(value) if value != "" else '""'


def _layer(knob: Knob, environment: str) -> str:
    layer = knob.layers.get(environment)
    if layer is None:
        return "the service" if knob.values else ""
    return layer.name if layer.name == MODEL_DEFAULT else f"{layer.name}, line {layer.location.line}"


def _entry(key: str, meaning: str) -> Group:
    from rich.console import Group
    from rich.padding import Padding

    return Group(key, Padding(meaning, (0, 0, 0, 2)))


def _table(*titles: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


class Page:
    """What is printed, laid out for the terminal; without colour and trailing blanks on a pipe."""

    def __init__(self) -> None:
        from rich.console import Console

        self._coloured = sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if self._coloured else PIPE_WIDTH
        # Keys hold brackets (`tasks[].name`), which are no markup; numbers in sentences are no highlights.
        self._console = Console(
            file=StringIO(),
            width=width,
            force_terminal=self._coloured,
            markup=False,
            highlight=False,
            emoji=False,
        )

    def add(self, item: Any, style: str | None = None) -> None:
        self._console.print(item, style=style)

    def title(self, text: str) -> None:
        self._console.print(text, style="bold")

    def list(self, items: Sequence[str]) -> None:
        from rich.padding import Padding
        from rich.table import Table

        grid = Table.grid(padding=(0, 1))
        for item in items:
            grid.add_row("-", item)
        self._console.print(Padding(grid, (0, 0, 0, 2)))

    def text(self) -> str:
        assert isinstance(self._console.file, StringIO)
        return "\n".join(line.rstrip() for line in self._console.file.getvalue().splitlines())
