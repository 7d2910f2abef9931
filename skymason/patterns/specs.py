"""Service specs: `services/*.yaml`, read and checked for their form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.patterns.findings import from_validation
from skymason.patterns.models.service import Service
from skymason.yaml_source import MISSING_FILE, SourceMap, load_yaml, relative

SUFFIXES = (".yaml", ".yml")
IGNORED = ""
"""Access of an entry of `uses` whose form is wrong."""


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One spec as it was written.

    document: None where the form is so wrong that nothing can be made of it; what else is wrong with the form
    is mended for further checks. diagnostics: everything that is wrong with the form.
    """

    source: SourceMap
    document: Service | None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def name(self) -> str:
        return self.document.service.name if self.document else Path(self.source.path).stem

    @property
    def path(self) -> str:
        return self.source.path


def load_specs(folder: Path, root: Path) -> list[ServiceSpec]:
    """Every spec of a folder, in order of file name.

    A file that cannot be read or parsed becomes a spec without document. Raises DiagnosticError for a folder
    that is missing.
    """
    name = relative(folder, root)
    if not folder.is_dir():
        fix = "create it, with one YAML file for each service"
        raise DiagnosticError([Diagnostic(MISSING_FILE, f"there is no folder {name}", fix, Location(name))])
    return [load_spec(path, root) for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]


def load_spec(path: Path, root: Path) -> ServiceSpec:
    try:
        source = load_yaml(path, root)
    except DiagnosticError as error:
        return ServiceSpec(SourceMap(relative(path, root), {}), None, error.diagnostics)
    return parse_spec(source)


def parse_spec(source: SourceMap) -> ServiceSpec:
    """A spec from YAML that has been read."""
    found: list[Diagnostic] = []
    taken: set[tuple[str | int, ...]] = set()
    data: dict[str, Any] = source.data
    while True:
        try:
            return ServiceSpec(source, Service.model_validate(data), tuple(found))
        except ValidationError as error:
            findings = [item for item in from_validation(error, Service) if item.path not in taken]
        found += [
            Diagnostic(item.code, item.message, item.fix, source.location(item.key), item.key)
            for item in findings
        ]
        taken |= {item.path for item in findings}
        mended = _mended(data, [item.path for item in findings])
        if mended == data:
            return ServiceSpec(source, None, tuple(found))
        data = mended


_PLACEHOLDERS = {("service", "owner"): "unknown"}
"""Stands in for what is wrong or missing, so that the rest of the spec can be checked."""


def _mended(data: Mapping[str, Any], paths: list[tuple[str | int, ...]]) -> dict[str, Any]:
    """`data` without what is wrong: top-level keys, keys of `service`, entries of `uses`."""
    kept = {name: _copy(value) for name, value in data.items()}
    for path in paths:
        section, inside = str(path[0]), kept.get(str(path[0]))
        if path in _PLACEHOLDERS and isinstance(inside, dict):
            inside[str(path[1])] = _PLACEHOLDERS[path]
        elif len(path) > 1 and isinstance(inside, dict):
            inside.pop(str(path[1]), None)
        elif len(path) > 1 and isinstance(inside, list) and isinstance(path[1], int):
            inside[path[1]] = {"access": IGNORED}  # keeps its place: lines are looked up by index
        else:
            kept.pop(section, None)
    return kept


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else value
