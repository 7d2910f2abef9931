"""Values that completion finds in the project's files. Quick above all: no checks, no models, no Pulumi."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from skymason.cli.completion import Candidate, Typed
from skymason.driver.project import find_root, stacks_of
from skymason.patterns.access import ACCESS, SERVICE

_SCHEMA = "schemas/service.schema.json"
_HEAD = r"^service:[ \t]*(?:\{(?:[^}\n]*?[ ,])?|\n(?:[ \t]*#.*\n|[ \t]+\S.*\n)*?[ \t]+)"
_NAME = re.compile(_HEAD + r"name:[ \t]*[\"']?([a-z][a-z0-9-]*)", re.MULTILINE)
_OWNER = re.compile(_HEAD + r"owner:[ \t]*(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s,}#]+))", re.MULTILINE)
_PATTERN = re.compile(r"^pattern:[ \t]*[\"']?(\w+)", re.MULTILINE)
_RESERVED = ("create-microservice", "name")
"""The name of a service that is not there yet."""


def values_of(typed: Typed, parameter: str, begun: str) -> Iterator[Candidate]:
    """Candidates for a parameter of a command; none for one that nothing is known of.

    `begun` only shortens work: the caller leaves out what does not begin with it.
    """
    if (typed.command, parameter) == _RESERVED:
        return
    find = _OF_COMMAND.get((typed.command, parameter)) or _OF_PARAMETER.get(parameter)
    if find is not None:
        yield from find(typed, begun)


def stacks(typed: Typed, begun: str) -> Iterator[Candidate]:
    root = find_root(typed.folder)
    for name in stacks_of(root) if root else ():
        yield Candidate(name, f"Pulumi.{name}.yaml")


def services(typed: Typed, begun: str) -> Iterator[Candidate]:
    for name, text in _specs(typed.folder):
        pattern = _PATTERN.search(text)
        yield Candidate(name, pattern[1] if pattern else "")


def owners(typed: Typed, begun: str) -> Iterator[Candidate]:
    found = (_OWNER.search(text) for _, text in _specs(typed.folder))
    names = {match[1] or match[2] or match[3] for match in found if match}
    return (Candidate(name) for name in sorted(names))


def patterns(typed: Typed, begun: str) -> Iterator[Candidate]:
    from skymason.cli.pattern_help import patterns_in_short

    return (
        Candidate(name, meaning.partition(" Use it when:")[0])
        for name, meaning in patterns_in_short(typed.folder)
    )


def clouds(typed: Typed, begun: str) -> Iterator[Candidate]:
    from skymason.patterns.access import KINDS

    return (Candidate(cloud) for cloud in KINDS)


def languages(typed: Typed, begun: str) -> Iterator[Candidate]:
    from skymason.generate.request import LANGUAGES

    return (Candidate(language) for language in LANGUAGES)


def tiers(typed: Typed, begun: str) -> Iterator[Candidate]:
    root = find_root(typed.folder)
    if root is not None and (root / _SCHEMA).is_file():
        schema = json.loads((root / _SCHEMA).read_text(encoding="utf-8"))
        yield from (Candidate(tier) for tier in schema["$defs"]["Tier"]["enum"])


def keys(typed: Typed, begun: str) -> Iterator[Candidate]:
    """Dotted keys of the pattern of the service that was named, else of every pattern."""
    root = find_root(typed.folder)
    if root is None or not (root / _SCHEMA).is_file():
        return
    wanted = (typed.options.get("service") or [""])[-1]
    pattern = next((_PATTERN.search(text) for name, text in _specs(typed.folder) if name == wanted), None)
    schema = json.loads((root / _SCHEMA).read_text(encoding="utf-8"))
    definitions = schema["$defs"]
    found: dict[str, str] = {}
    for case in schema["allOf"]:
        name = case["if"]["properties"]["pattern"]["const"]
        if pattern is None or pattern[1] == name:
            reference = case["then"]["properties"]["overrides"]["$ref"]
            found |= dict(_keys(reference, definitions, "", begun))
    for key in sorted(found):
        yield Candidate(key, found[key])


def _keys(
    reference: str, definitions: Mapping[str, Any], above: str, begun: str
) -> Iterator[tuple[str, str]]:
    for name, value in definitions[reference.rpartition("/")[2]].get("properties", {}).items():
        key = f"{above}{name}"
        if not (key.startswith(begun) or begun.startswith(key)):
            continue
        yield key, value.get("description", "")
        inner = next((item["$ref"] for item in (value, *value.get("anyOf", ())) if "$ref" in item), None)
        if inner:
            yield from _keys(inner, definitions, f"{key}.", begun)


def uses(typed: Typed, begun: str) -> Iterator[Candidate]:
    """`NAME:ACCESS` of services, of what they provide, and of what the stacks say is there already; first
    names, then accesses."""
    targets = {
        **{name: (SERVICE, ACCESS[SERVICE]) for name, _ in _specs(typed.folder)},
        **_provided(typed.folder),
        **{name: (kind, ACCESS[kind]) for name, kind in _existing(typed.folder).items() if kind in ACCESS},
    }
    name, colon, _ = begun.partition(":")
    if colon:
        kind, offered = targets.get(name, ("", ()))
        yield from (Candidate(f"{name}:{access}", kind) for access in offered)
        return
    for target, (kind, _) in sorted(targets.items()):
        yield Candidate(f"{target}:", kind, open=True)


def _provided(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Resource → kind and access, of each that a service of its pattern has in any case."""
    from skymason.cli.pattern_help import pattern_entries

    entries = pattern_entries(folder)
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for name, text in _specs(folder):
        pattern = _PATTERN.search(text)
        entry = entries.get(pattern[1], {}) if pattern else {}
        for item in entry.get("provides") or ():
            if not item.get("when"):
                kind = next(iter(item["kind"].values()))
                access = tuple(item.get("access") or ACCESS.get(kind, ()))
                found[item["resource"].replace("{service}", name)] = (kind, access)
    return found


def _existing(folder: Path) -> dict[str, str]:
    """Name → kind of every resource under `existing`, in any stack."""
    from skymason.diagnostics import DiagnosticError
    from skymason.yaml_source import load_yaml

    root = find_root(folder)
    found: dict[str, str] = {}
    for name in stacks_of(root) if root else ():
        try:
            config = load_yaml(Path(str(root), f"Pulumi.{name}.yaml"), Path(str(root))).data.get("config")
        except DiagnosticError:
            continue
        for key, section in (config if isinstance(config, dict) else {}).items():
            if key.rpartition(":")[2] == "existing" and isinstance(section, dict):
                found |= {
                    name: str(item.get("kind")) for name, item in section.items() if isinstance(item, dict)
                }
    return found


@cache
def _specs(folder: Path) -> tuple[tuple[str, str], ...]:
    """Name and text of every spec. By pattern matching: a hundred files are parsed in half a second."""
    root = find_root(folder)
    if root is None or not (root / "services").is_dir():
        return ()
    found = []
    for path in sorted((root / "services").iterdir()):
        if path.suffix in (".yaml", ".yml"):
            text = path.read_text(encoding="utf-8", errors="replace")
            name = _NAME.search(text)
            found.append((name[1] if name else path.stem, text))
    return tuple(found)


Find = Callable[[Typed, str], Iterator[Candidate]]
_OF_PARAMETER: Mapping[str, Find] = {
    "stack": stacks,
    "env": stacks,
    "environment": stacks,
    "service": services,
    "owner": owners,
    "pattern": patterns,
    "cloud": clouds,
    "language": languages,
    "tier": tiers,
    "key": keys,
    "uses": uses,
}
"""Parameter, of whatever command, → what finds its values."""
NAMES = ("stack", "env", "service", "pattern")
"""Parameters whose values all have a name in the project; of the others more than these is allowed."""
_OF_COMMAND: Mapping[tuple[str, str], Find] = {("patterns", "name"): patterns}
"""The same where a parameter's name means something else in one command."""
