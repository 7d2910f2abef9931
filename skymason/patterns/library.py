"""`infrastructure-patterns.yaml`, read and checked: the layers of every pattern, its locks and conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from skymason.diagnostics import Diagnostic, DiagnosticError
from skymason.patterns.findings import from_validation
from skymason.patterns.merge import LayerSource, Merged, merge
from skymason.patterns.models.catalogue import (
    Catalogue,
    Conflict,
    Layers,
    Lock,
    PatternEntry,
    Provided,
)
from skymason.yaml_source import SourceMap, load_yaml

FILE = "infrastructure-patterns.yaml"
DEFAULT = "pattern default"
LOCKED = "locked"
COMMON = "common"


class PatternLibrary:
    """All patterns of one file."""

    def __init__(self, source: SourceMap) -> None:
        """Raises DiagnosticError with everything that is wrong with the file's form."""
        try:
            self.catalogue = Catalogue.model_validate(source.data)
        except ValidationError as error:
            raise DiagnosticError(
                [
                    Diagnostic(item.code, item.message, item.fix, source.location(item.key), item.key)
                    for item in from_validation(error, Catalogue)
                ]
            ) from None
        self.source = source
        self._bases: dict[tuple[str, str, str], Merged] = {}

    @classmethod
    def load(cls, root: Path) -> PatternLibrary:
        return cls(load_yaml(root / FILE, root))

    @property
    def names(self) -> list[str]:
        return list(self.catalogue.patterns)

    @property
    def environments(self) -> list[str]:
        """Every environment that any layer names."""
        sections = [self.catalogue.common, *self.catalogue.patterns.values()]
        named = [name for section in sections for name in section.environments]
        return list(dict.fromkeys(named))

    def entry(self, pattern: str) -> PatternEntry:
        return self.catalogue.patterns[pattern]

    def base(self, pattern: str, cloud: str, environment: str) -> Merged:
        """What the pattern sets before the service does. A copy: the caller may add to it."""
        key = (pattern, cloud, environment)
        if key not in self._bases:
            self._bases[key] = merge(self._layers(*key))
        return self._bases[key].copy()

    def defaults(self, pattern: str, cloud: str, environment: str) -> Merged:
        """What a service gets that sets nothing: the pattern's values with its locks."""
        merged = self.base(pattern, cloud, environment)
        for lock, layer in self.locks(pattern, cloud, environment):
            merged.put(lock.key, lock.value, layer)
        return merged

    def locks(self, pattern: str, cloud: str, environment: str) -> Iterator[tuple[Lock, LayerSource]]:
        """The locks that hold for a pattern there, each as a layer of its own."""
        for prefix, section in self._sections(pattern):
            for index, lock in enumerate(section.locked):
                if environment in lock.except_environments or (lock.clouds and cloud not in lock.clouds):
                    continue
                yield lock, LayerSource(LOCKED, {}, self.source, f"{prefix}.locked.{index}")

    def conflicts(self, pattern: str) -> Iterator[tuple[str, Conflict]]:
        """Every conflict with its dotted key in the file."""
        for prefix, section in self._sections(pattern):
            for index, conflict in enumerate(section.conflicts):
                yield f"{prefix}.conflicts.{index}", conflict

    def provides(self, pattern: str) -> Iterator[Provided]:
        """Resources inside a service of the pattern that others may use."""
        for _, section in self._sections(pattern):
            if isinstance(section, PatternEntry):
                yield from section.provides

    def _sections(self, pattern: str) -> list[tuple[str, Layers]]:
        """The sections that make up a pattern, lowest first, with their dotted keys in the file."""
        names: list[str] = []
        name: str | None = pattern
        while name in self.catalogue.patterns and name not in names:
            names.insert(0, name)
            name = self.catalogue.patterns[name].extends
        return [
            (COMMON, self.catalogue.common),
            *((f"patterns.{name}", self.catalogue.patterns[name]) for name in names),
        ]

    def _layers(self, pattern: str, cloud: str, environment: str) -> Iterator[LayerSource]:
        sections = self._sections(pattern)
        in_environment = f"pattern environment {environment}"
        for prefix, section in sections:
            yield LayerSource(DEFAULT, section.defaults, self.source, f"{prefix}.defaults")
        for prefix, section in sections:
            values = section.clouds.get(cloud, {})
            yield LayerSource(f"cloud {cloud}", values, self.source, f"{prefix}.clouds.{cloud}")
        for prefix, section in sections:
            values = section.environments.get(environment, {})
            yield LayerSource(in_environment, values, self.source, f"{prefix}.environments.{environment}")
        for prefix, section in sections:
            values = section.cloud_environments.get(cloud, {}).get(environment, {})
            path = f"{prefix}.cloud_environments.{cloud}.{environment}"
            yield LayerSource(in_environment, values, self.source, path)


@cache
def shipped() -> PatternLibrary:
    """The patterns of this project. Read once for each process."""
    return PatternLibrary.load(Path(__file__).parents[2])
