"""The rules of real clouds, as data: what they refuse, in their own words.

`violations` is all that the offline cloud calls. Rules are kept in `<package>/<service>.yaml`, are read when
a resource of the service is first seen, and are compiled once per type.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, TypeAlias

import yaml  # type: ignore[import-untyped]

from skymason.offline.rules.rule import CompiledRule, Rule, Violation
from skymason.offline.rules.tokens import canonical, files_of
from skymason.offline.view import CloudView, StoredResource

__all__ = ["Operation", "Rule", "Violation", "all_rules", "rules_of", "violations"]

Operation: TypeAlias = Literal["create", "update", "delete"]

_FOLDER: Traversable = files(__package__)
_ANY = "*"
_NOT_ASKED = re.compile(r"^  (?:given|source|reject|accept):.*\n(?:   .*\n)*", re.M)


def violations(operation: Operation, resource: StoredResource, view: CloudView) -> list[Violation]:
    """What a real cloud would say against an operation, in the order of the rule files; empty if nothing.

    resource: as it would be afterwards (for a delete: as it is); its id is '' for a create. view: the cloud
    before the operation. Unknown values at any depth make the rules that look at them silent.
    """
    return [
        violation
        for compiled in rules_of(resource.type)
        if operation in compiled.rule.operations
        for violation in compiled.violations(resource, view)
    ]


@lru_cache(maxsize=4096)
def rules_of(token: str) -> tuple[CompiledRule, ...]:
    """The compiled rules of a type."""
    token = canonical(token)
    whole_package = f"{token.partition(':')[0]}:{_ANY}"
    return tuple(
        CompiledRule(rule, name)
        for file in files_of(token)
        for rule in _read(file)
        for name in (token, whole_package)
        if name in rule.types
    )


def all_rules() -> dict[str, list[Rule]]:
    """Every rule, whole, by its file (`aws/ec2`): for the documentation and the tests."""
    return {name: list(_parse(_text(name))) for name in sorted(_names(_FOLDER, ""))}


def _names(folder: Traversable, prefix: str) -> list[str]:
    names: list[str] = []
    for item in folder.iterdir():
        if item.is_dir():
            names += _names(item, f"{prefix}{item.name}/")
        elif item.name.endswith(".yaml") and prefix:
            names.append(prefix + item.name.removesuffix(".yaml"))
    return names


@lru_cache(maxsize=256)
def _read(name: str) -> tuple[Rule, ...]:
    """The rules of a file, without their sources and examples: two thirds of the text, and of the time."""
    return _parse(_NOT_ASKED.sub("", _text(name)))


def _parse(text: str) -> tuple[Rule, ...]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(Rule.from_data(entry) for entry in yaml.load(text, loader) or ())  # noqa: S506


def _text(name: str) -> str:
    file = _FOLDER.joinpath(f"{name}.yaml")
    return file.read_text(encoding="utf-8") if file.is_file() else ""
