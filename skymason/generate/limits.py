"""The table of limits: what a service's name becomes, and how long and of what form each of these may be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from skymason.yaml_source import load_yaml

TABLE = Path(__file__).parent / "limits.yaml"


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that is named after a service; what each field means stands above the table.

    matches: regular expression of the whole, empty for any; words: the same for people.
    """

    what: str
    form: str
    longest: int
    source: str
    type: str = ""
    matches: str = ""
    words: str = ""
    suffix: int = 0
    shortened: bool = False
    clouds: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def holds_for(self, cloud: str, pattern: str, language: str) -> bool:
        """Whether a service of this kind has such a thing."""
        asked = ((self.clouds, cloud), (self.patterns, pattern), (self.languages, language))
        return all(not among or one in among for among, one in asked)

    def full(self, known: Mapping[str, str]) -> str:
        """The name as it will be, without the engine's suffix."""
        return self.form.format(**known)

    def room(self, known: Mapping[str, str]) -> int:
        """The longest name of a service that fits."""
        return self.longest - self.suffix - len(self.full({**known, "name": "", "package": ""}))

    def is_formed(self, known: Mapping[str, str]) -> bool:
        """Whether the name has the right form."""
        return not self.matches or re.fullmatch(self.matches, self.full(known)) is not None


@cache
def table() -> tuple[Limit, ...]:
    """Every limit, in the order in which they are told."""
    data = load_yaml(TABLE, TABLE.parent).data
    rows = []
    for row in data["limits"]:
        lists = {key: tuple(row[key]) for key in ("clouds", "patterns", "languages") if key in row}
        rows.append(Limit(**{**row, **data["forms"].get(row.get("matches"), {}), **lists}))
    return tuple(rows)


def limits_for(cloud: str, pattern: str, language: str) -> list[Limit]:
    """The limits that a service of this kind meets, and that are not kept by cutting."""
    return [row for row in table() if row.holds_for(cloud, pattern, language) and not row.shortened]


def tightest(limits: Iterable[Limit], known: Mapping[str, str]) -> Limit:
    """The limit that leaves a name the least room."""
    return min(limits, key=lambda limit: limit.room(known))
