"""Names that a service cannot have since a tool that reads them takes them for something else."""

from __future__ import annotations

import keyword
import re
import sys
from functools import cache
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from skymason.generate.templates import TEMPLATES, layers

TABLE = Path(__file__).parent / "reserved.yaml"

_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", re.MULTILINE)
_DEPENDENCY = re.compile(r'^\s*"(@?[a-z][a-z0-9@/._-]*)": "[\^~]?\d', re.MULTILINE)


@cache
def reserved(pattern: str, language: str) -> dict[str, str]:
    """Name → why a service of this kind cannot have it."""
    found: dict[str, str] = {}
    if language == "python":
        found |= dict.fromkeys(_names(sys.stdlib_module_names), "is a module of Python's own library")
        found |= dict.fromkeys(_names(frozenset(keyword.kwlist)), "is a word of Python itself")
        found |= dict.fromkeys(_folders(pattern, language), "is a folder beside the service's package")
    found |= dict.fromkeys(_libraries(language), "is a library that the service is made with")
    for group in yaml.safe_load(TABLE.read_text(encoding="utf-8")):
        for key, one in (("patterns", pattern), ("languages", language)):
            if key in group and one not in group[key]:
                break
        else:
            found |= dict.fromkeys(group["names"], group["why"])
    return found


def _names(words: frozenset[str]) -> set[str]:
    """Identifiers as names of services: `__future__` could be none."""
    return {word.lower().replace("_", "-") for word in words if not word.startswith("_")}


def _libraries(language: str) -> set[str]:
    """What the templates of a language require, by the name that it is imported or installed under."""
    folder, found = TEMPLATES / language, set[str]()
    for path in sorted(folder.rglob("requirements*.txt")):
        found |= set(_REQUIREMENT.findall(path.read_text(encoding="utf-8")))
    for path in sorted(folder.rglob("package.json.jinja")):
        found |= set(_DEPENDENCY.findall(path.read_text(encoding="utf-8")))
    return {re.sub(r"[._]", "-", name.lower()) for name in found if not name.startswith("@")}


def _folders(pattern: str, language: str) -> set[str]:
    """Top folders of a service folder, which its package stands beside."""
    tops = {
        entry.name
        for layer in layers(pattern, "*", language)
        for folder in TEMPLATES.glob(layer)
        for entry in folder.iterdir()
        if entry.is_dir() and entry.name.isidentifier() and not entry.name.startswith("_")
    }
    return {name.replace("_", "-") for name in tops | {"chart"}}
