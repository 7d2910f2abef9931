"""docs/patterns.md and docs/diagnostics.md, from the models, the patterns' file and the registry of codes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

import skymason
from skymason.cost.defaults import pattern_costs
from skymason.cost.estimate import LEFT_OUT, span
from skymason.cost.prices import PriceTable, table
from skymason.diagnostics import REGISTRY
from skymason.patterns.access import ACCESS, KINDS, SERVICE
from skymason.patterns.describe import (
    CLOUD_NAMES,
    Knob,
    describe,
    in_words,
    knobs,
    type_in_words,
    where_it_holds,
)
from skymason.patterns.fields import walk
from skymason.patterns.library import PatternLibrary
from skymason.patterns.models.service import Service

_RANGES = (
    ("SM1", "Settings and project"),
    ("SM2", "Specs and patterns"),
    ("SM3", "Plans and evaluation"),
    ("SM4", "Offline cloud and engine"),
    ("SM5", "Commands"),
)
PRICED = "aws"
"""The cloud that documents give costs and defaults of."""


def diagnostics_document() -> str:
    """Every code that the program can report."""
    package = Path(skymason.__file__).parent
    for source in sorted(package.rglob("*.py")):
        # Only what defines codes is read: the rest would bring Pulumi along.
        if " = define(" in source.read_text(encoding="utf-8"):
            import_module(".".join(("skymason", *source.relative_to(package).with_suffix("").parts)))
    lines = [
        "# Diagnostics",
        "",
        "Every finding has a code, which never changes its meaning. This file is generated from the code by",
        "`sm schema`. A finding says what is wrong, where, which layers set the values, and how to mend it.",
    ]
    for prefix, title in _RANGES:
        codes = [REGISTRY[id] for id in sorted(REGISTRY) if id.startswith(prefix)]
        if codes:
            lines += ["", f"## {title}", "", "| code | what | why |", "|---|---|---|"]
            lines += [f"| {code.id} | {_cell(code.title)} | {_cell(code.why)} |" for code in codes]
    return "\n".join(lines) + "\n"


def patterns_document(library: PatternLibrary) -> str:
    """What each pattern is for and creates, and every key with its type, default and meaning."""
    lines = [
        "# Patterns and their keys",
        "",
        "Generated from `infrastructure-patterns.yaml` and the typed models by `sm schema`.",
        "",
        "A value comes from the highest layer that gives one: pattern default, cloud, the pattern's",
        "environment, the service's `overrides`, the service's `environments`, and locks above all. Maps",
        "merge, lists replace, `null` takes a value away. `sm explain KEY` shows which layer won, and",
        "`sm patterns NAME` shows this page for one pattern, with the layer of every default.",
        "",
        *_spec_section(),
        *_uses_section(),
    ]
    for name in library.names:
        lines += _pattern_section(library, name)
    lines += [
        "## Keys of every pattern",
        "",
        "Defaults as `web_api` has them.",
        "",
        *_table(library, "web_api", "common"),
        *(_costs_explained(prices) if (prices := table(PRICED)) else ()),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _spec_section() -> Iterator[str]:
    yield from ("## A service spec", "", "| key | type | meaning |", "|---|---|---|")
    for path, field in walk(Service):
        yield f"| `{path}` | {type_in_words(field)} | {_meaning(field)} |"
    yield ""


def _uses_section() -> Iterator[str]:
    yield from ("## What `uses` can ask for", "", "| target | cloud | access |", "|---|---|---|")
    yield f"| `{SERVICE}` | both | {_listed(ACCESS[SERVICE])} |"
    for cloud, kinds in KINDS.items():
        for kind in kinds:
            yield f"| `{kind}` | {CLOUD_NAMES[cloud]} | {_listed(ACCESS[kind])} |"
    yield ""


def _pattern_section(library: PatternLibrary, name: str) -> Iterator[str]:
    pattern = describe(library, name, PRICED)
    yield from (f"## `{name}`", "", pattern.purpose, "")
    yield from (
        f"**Use it when:** {pattern.when_to_use}",
        "",
        f"**Use another one when:** {pattern.when_not_to_use}",
    )
    for cloud, items in pattern.creates.items():
        yield from ("", f"On {CLOUD_NAMES[cloud]} it creates:", "")
        yield from (f"- {item}" for item in items)
    yield from ("", f"Other services may use: {', '.join(pattern.offers) or 'nothing'}.", "")
    yield from ("Locked, so that no service can change it:", "")
    for lock in pattern.locks:
        yield f"- `{lock.key}: {_value(lock.value)}`{where_it_holds(lock)}: {lock.reason}"
    yield ""
    yield from ("Combinations that cannot be:", "") if pattern.conflicts else ()
    yield from (
        f"- {' and '.join(f'`{key}: {_value(value)}`' for key, value in conflict.when.items())}: "
        f"{conflict.message}"
        for conflict in pattern.conflicts
    )
    yield from _costs(library, name)
    yield from ("", f"### Keys of `{name}`", "")
    above = f"those of [`{pattern.extends}`](#{pattern.extends}) and " if pattern.extends else ""
    yield from (f"Beside {above}[those of every pattern](#keys-of-every-pattern).", "")
    yield from _table(library, name, "own")


def _costs(library: PatternLibrary, name: str) -> Iterator[str]:
    """What a service costs that sets nothing, in each environment, with production's parts."""
    costs = pattern_costs(library, name, PRICED)
    yield from ("", f"### What `{name}` costs", "", "| environment | USD a month |", "|---|---|")
    yield from (f"| {environment} | {cost.text} |" for environment, cost in costs.items())
    yield from ("", "In prod:", "", "| part | USD a month | what is counted |", "|---|---|---|")
    for part in costs["prod"].parts:
        yield f"| {part.name} | {span(part.low, part.high)} | {part.basis} |"
    yield from ("", "What that holds, and what not: [costs](#what-costs-hold).")


def _costs_explained(prices: PriceTable) -> Iterator[str]:
    yield from (
        "## What costs hold",
        "",
        f"List prices of AWS in {prices.region} in US dollars, as written down on {prices.seen}, without",
        "discounts, taxes and free tiers; `skymason/cost/prices.yaml` names the source of each. The low",
        "figure is a service that sets nothing, scaled to its minimum, with nothing to do; the high one is",
        "scaled to its maximum all month, at the load that takes it there. Azure is not priced yet.",
        "",
        "Not counted:",
        "",
    )
    yield from (f"- {item}" for item in LEFT_OUT)
    yield from ("", "What no price list says is assumed:", "")
    yield from (f"- {prices.meanings[name]}: {value:g}" for name, value in prices.assumptions.items())


def _table(library: PatternLibrary, name: str, group: str) -> Iterator[str]:
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    shown = [knob for knob in knobs(library, name, PRICED) if knob.group == group]
    for knob in shown:
        yield f"| `{knob.key}` | {knob.type} | {_defaults(knob)} | {_cell(knob.meaning)} |"
    ours = {knob.key: knob.default for knob in shown}
    other = [
        knob
        for knob in knobs(library, name, "azure")
        if knob.group == group and knob.values and knob.default != ours[knob.key]
    ]
    if other:
        yield from ("", "On Azure, in prod:", "", "| key | value |", "|---|---|")
        yield from (f"| `{knob.key}` | {_default(knob.default)} |" for knob in other)
    yield ""


def _defaults(knob: Knob) -> str:
    """The value in prod, then those of environments that differ."""
    general = _default(knob.default)
    others = [
        f"{environment} {_default(value) or 'none'}"
        for environment, value in knob.exceptions.items()
        if _default(value) != general
    ]
    return "; ".join([general, *others]) if general else "; ".join(others)


def _default(value: Any) -> str:
    return "" if value in (None, "", [], {}) else f"`{_value(value)}`"


def _value(value: Any) -> str:
    return in_words(value).replace("|", "\\|")


def _meaning(field: FieldInfo) -> str:
    return _cell(" ".join((field.description or "").split()))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
