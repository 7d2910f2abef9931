"""docs/patterns.md and docs/diagnostics.md, from the models, the patterns' file and the registry of codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

import skymason
from skymason.diagnostics import REGISTRY
from skymason.patterns.access import ACCESS, KINDS, SERVICE
from skymason.patterns.fields import walk
from skymason.patterns.library import PatternLibrary
from skymason.patterns.merge import at
from skymason.patterns.models import model_of
from skymason.patterns.models.catalogue import PatternEntry
from skymason.patterns.models.common import ServiceConfig
from skymason.patterns.models.service import Service
from skymason.settings.fields import bare, section_of

_RANGES = (
    ("SM1", "Settings and project"),
    ("SM2", "Specs and patterns"),
    ("SM3", "Plans and evaluation"),
    ("SM4", "Offline cloud and engine"),
    ("SM5", "Commands"),
)
_CLOUD_NAMES = {"aws": "AWS", "azure": "Azure"}
ENVIRONMENTS = ("prod", "staging", "dev")


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
        "merge, lists replace, `null` takes a value away. `sm explain KEY` shows which layer won.",
        "",
        *_spec_section(),
        *_uses_section(),
    ]
    shared = {path for path, _ in walk(ServiceConfig)}
    for name in library.names:
        lines += _pattern_section(library, name, library.entry(name), shared)
    lines += [
        "## Keys of every pattern",
        "",
        "Defaults as `web_api` has them.",
        "",
        *_table(library, "web_api", [item for item in walk(_model("web_api")) if item[0] in shared]),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _spec_section() -> Iterator[str]:
    yield from ("## A service spec", "", "| key | type | meaning |", "|---|---|---|")
    for path, field in walk(Service):
        yield f"| `{path}` | {_type(field)} | {_meaning(field)} |"
    yield ""


def _uses_section() -> Iterator[str]:
    yield from ("## What `uses` can ask for", "", "| target | cloud | access |", "|---|---|---|")
    yield f"| `{SERVICE}` | both | {_listed(ACCESS[SERVICE])} |"
    for cloud, kinds in KINDS.items():
        for kind in kinds:
            yield f"| `{kind}` | {_CLOUD_NAMES[cloud]} | {_listed(ACCESS[kind])} |"
    yield ""


def _pattern_section(
    library: PatternLibrary, name: str, entry: PatternEntry, shared: set[str]
) -> Iterator[str]:
    yield from (f"## `{name}`", "", entry.description, "")
    yield from (
        f"**Use it when:** {entry.when_to_use}",
        "",
        f"**Use another one when:** {entry.when_not_to_use}",
    )
    for cloud, items in entry.creates.items():
        yield from ("", f"On {_CLOUD_NAMES[cloud]} it creates:", "")
        yield from (f"- {item}" for item in items)
    offered = [f"`{access}`" for access in entry.capabilities]
    offered += [
        f"resource `{item.resource.replace('{service}', '<service>')}`"
        + (f" ({', '.join(item.access)} only)" if item.access else "")
        for item in entry.provides
    ]
    yield from ("", f"Other services may use: {', '.join(dict.fromkeys(offered)) or 'nothing'}.", "")
    yield from _locks(library, name)
    conflicts = [conflict for _, conflict in library.conflicts(name)]
    yield from ("Combinations that cannot be:", "") if conflicts else ()
    yield from (
        f"- {' and '.join(f'`{key}: {_value(value)}`' for key, value in conflict.when.items())}"
        for conflict in conflicts
    )
    yield from ("", f"### Keys of `{name}`", "")
    inherited = {path for path, _ in walk(_model(entry.extends))} if entry.extends else set[str]()
    own = [item for item in walk(_model(name)) if item[0] not in shared | inherited]
    above = f"those of [`{entry.extends}`](#{entry.extends}) and " if entry.extends else ""
    yield from (f"Beside {above}[those of every pattern](#keys-of-every-pattern).", "")
    yield from _table(library, name, own)


def _locks(library: PatternLibrary, name: str) -> Iterator[str]:
    locks = [lock for lock, _ in library.locks(name, "aws", "")]
    yield from ("Locked, so that no service can change it:", "")
    for lock in locks:
        where = f" (except in {', '.join(lock.except_environments)})" if lock.except_environments else ""
        yield f"- `{lock.key}: {_value(lock.value)}`{where}: {lock.reason}"
    yield ""


def _table(library: PatternLibrary, name: str, fields: Sequence[tuple[str, FieldInfo]]) -> Iterator[str]:
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    configs = {environment: library.defaults(name, "aws", environment).config for environment in ENVIRONMENTS}
    for path, field in fields:
        if section_of(field.annotation) is not None and get_origin(bare(field.annotation)) is not list:
            continue  # a section: its keys follow
        shown = "" if "[]" in path else _defaults(field, path, configs)
        yield f"| `{path}` | {_type(field)} | {shown} | {_meaning(field)} |"
    azure = library.defaults(name, "azure", "prod").config
    other = [
        (path, at(azure, path))
        for path, field in fields
        if section_of(field.annotation) is None
        and "[]" not in path
        and at(azure, path) != at(configs["prod"], path)
    ]
    if other:
        yield from ("", "On Azure, in prod:", "", "| key | value |", "|---|---|")
        yield from (f"| `{path}` | {_default(None, value)} |" for path, value in other)
    yield ""


def _model(name: str) -> type[BaseModel]:
    model = model_of(name)
    if model is None:
        raise ValueError(f"there are no typed keys for the pattern '{name}'")
    return model


def _type(field: FieldInfo) -> str:
    words = _words(field.annotation)
    bounds = [item for item in field.metadata if any(hasattr(item, name) for name in ("ge", "le", "gt"))]
    low = next((item.ge for item in bounds if hasattr(item, "ge")), None)
    high = next((item.le for item in bounds if hasattr(item, "le")), None)
    if low is not None or high is not None:
        words += f", {low if low is not None else ''}…{high if high is not None else ''}"
    return words


def _words(annotation: Any) -> str:
    inner = bare(annotation)
    if isinstance(inner, type) and issubclass(inner, Enum):
        return " or ".join(f"`{item.value}`" for item in inner)
    origin = get_origin(inner)
    if origin is list:
        return f"list of {_words(get_args(inner)[0])}"
    if origin is dict:
        return "map"
    return {str: "text", int: "number", float: "number", bool: "true or false"}.get(inner, "section")


def _defaults(field: FieldInfo, path: str, configs: Mapping[str, Any]) -> str:
    """The value in prod, then those of environments that differ."""
    general = _default(field, at(configs["prod"], path))
    others = [
        f"{environment} {value or 'none'}"
        for environment, config in configs.items()
        if (value := _default(field, at(config, path))) != general
    ]
    return "; ".join([general, *others]) if general else "; ".join(others)


def _default(field: FieldInfo | None, value: Any) -> str:
    if value is None and field is not None and not field.is_required():
        value = field.get_default(call_default_factory=True)
    return "" if value in (None, "", [], {}) else f"`{_value(value)}`"


def _value(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        value = [item.model_dump(mode="json") for item in value]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.replace("|", "\\|")


def _meaning(field: FieldInfo) -> str:
    return _cell(" ".join((field.description or "").split()))


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
