"""Reads the settings of a stack: in the running program, or from its files without Pulumi."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from skymason.diagnostics import (
    Diagnostic,
    DiagnosticError,
    Location,
    Severity,
    has_errors,
    ordered,
    suggestion,
)
from skymason.settings import codes
from skymason.settings.checks import Sections, check, neighbours
from skymason.settings.fields import keys_of
from skymason.settings.files import read
from skymason.settings.findings import Finding, Source, from_validation
from skymason.settings.models import Settings

_TEXT_KEYS = ("environment", "owner", "cost_center", "data_classification", "cloud")
# A key that Pulumi.yaml declares must have a default there, so 'left out' is written as emptiness.
_EMPTY_MEANS_LEFT_OUT = ("cloud", "aws")


def load_settings(
    config: Mapping[str, str],
    project: str,
    stack: str,
    source: Source | None = None,
    today: date | None = None,
) -> Settings:
    """The settings in Pulumi's flat map of `project:key` to text or JSON.

    source: where a key is written, for messages; default the stack's file without a line. today: for the age
    of versions; default the current day. Raises DiagnosticError with everything that is wrong.
    """
    settings, found = examine(config, project, stack, source, today)
    if settings is None or has_errors(found):
        raise DiagnosticError([item for item in found if item.severity is Severity.ERROR])
    return settings


def load_stack(root: Path, stack: str, today: date | None = None) -> Settings:
    """The settings in the files of a project, without Pulumi; raises as `load_settings` does."""
    files = read(root, stack)
    return load_settings(files.config, files.project, stack, files.location, today)


def config_of(root: Path, stack: str) -> dict[str, str]:
    """The flat map that the engine gives to the program for a stack: its file over the project's defaults.

    Encrypted values are left out. Raises DiagnosticError where a file is missing or has the wrong shape.
    """
    return dict(read(root, stack).config)


def source_of(root: Path, stack: str) -> Source:
    """Where each setting of a stack is written, for `load_settings` in the running program."""
    return read(root, stack).location


def stack_names(root: Path) -> list[str]:
    """Names of all stacks that have a file."""
    return sorted(path.name.split(".", 1)[1].rsplit(".", 1)[0] for path in root.glob("Pulumi.?*.yaml"))


def check_stack(root: Path, stack: str, today: date | None = None) -> list[Diagnostic]:
    """Everything that is wrong with a stack, warnings included, also beside the other stacks of the
    project. Never raises."""
    try:
        files = read(root, stack)
    except DiagnosticError as error:
        return list(error.diagnostics)
    settings, found = examine(files.config, files.project, stack, files.location, today)
    if settings is None:
        return found
    others = [other for name in stack_names(root) if name != stack and (other := _quietly(root, name))]
    beside = [item.at(files.location, files.project) for item in neighbours.check(settings, others)]
    return ordered([*found, *beside])


def _quietly(root: Path, stack: str) -> Settings | None:
    """The settings of another stack; what is wrong with them is for its own check to say."""
    try:
        files = read(root, stack)
    except DiagnosticError:
        return None
    return examine(files.config, files.project, stack)[0]


def examine(
    config: Mapping[str, str],
    project: str,
    stack: str,
    source: Source | None = None,
    today: date | None = None,
) -> tuple[Settings | None, list[Diagnostic]]:
    """The settings (None where they cannot be built) and every finding, warnings included."""
    where = source or (lambda key: Location(f"Pulumi.{stack}.yaml"))
    raw, findings = _written(config, project)
    raw.setdefault("cloud", _cloud(raw, config))
    azure_alone = raw["cloud"] == "azure" and raw.get("aws") is None
    region = config.get("azure-native:location" if azure_alone else "aws:region")
    raw |= {"project": project, "stack": stack, "region": region or None}
    settings = None
    try:
        settings = Settings.model_validate(raw)
        sections = Sections.of(settings)
    except ValidationError as error:
        findings += from_validation(error)
        sections = Sections.parsed(raw)
    allowed = _json(config.get("aws:allowedAccountIds", "[]"))
    findings += check(sections, allowed if isinstance(allowed, list) else [], today or date.today())
    found = ordered(item.at(where, project) for item in findings)
    return (None if has_errors(found) else settings), found


def _cloud(raw: Mapping[str, Any], config: Mapping[str, str]) -> str | None:
    if raw.get("aws") is not None:
        return "aws"
    return "azure" if config.get("azure-native:location") else None


def _written(config: Mapping[str, str], project: str) -> tuple[dict[str, Any], list[Finding]]:
    """The project's own keys as plain data, and those that are unknown."""
    known, raw, findings = keys_of(Settings), dict[str, Any](), list[Finding]()
    for full, text in config.items():
        namespace, _, key = full.partition(":")
        if namespace != project:
            continue
        if key not in known:
            fix = suggestion(key, known)
            findings.append(Finding(codes.UNKNOWN_KEY, key, f"there is no setting '{key}'", fix))
            continue
        if key in _EMPTY_MEANS_LEFT_OUT and text in ("", "{}"):
            continue
        if key in _TEXT_KEYS:
            raw[key] = text
            continue
        value = _json(text)
        raw[key] = text if value is None else value
    return raw, findings


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
