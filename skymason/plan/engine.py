"""Plans from what the engine prints: `pulumi preview --json` and `pulumi stack export`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from skymason.diagnostics import Diagnostic, DiagnosticError, Location
from skymason.plan.codes import UNREADABLE
from skymason.plan.model import UNKNOWN, Plan, PlannedResource, ResourceOptions, SourceLine
from skymason.plan.paths import HIDDEN, child

STACK = "pulumi:pulumi:Stack"
_MARK = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  the protocol's mark, not a secret
_INLINE = {"text", "assets"}
_INTERNAL = ("__defaults", "__internal")
_GONE = frozenset({"delete", "delete-replaced", "read", "read-replacement", "discard", "discard-replaced"})
_SOURCE = "project:///"
_LIBRARIES = ("../", ".venv/", "venv/", "node_modules/", "site-packages/")


def from_preview(text: str | Mapping[str, Any]) -> Plan:
    """The plan of `pulumi preview --json`: inputs, options, dependencies and source lines, but few outputs.

    Without `--show-sames` unchanged resources are missing. Secrets are hidden by the engine and stay so.
    Raises DiagnosticError, SM3031, for anything else.
    """
    data = _loaded(text, "steps", "pulumi preview --json")
    states = [
        step["newState"]
        for step in data["steps"] or []
        if step.get("op") not in _GONE and step.get("newState")
    ]
    return _plan(states, "preview", preview=True)


def from_state(text: str | Mapping[str, Any]) -> Plan:
    """The plan of `pulumi stack export`. Secrets are read with `--show-secrets`, else they stay hidden.

    Raises DiagnosticError, SM3031, for anything else.
    """
    data = _loaded(text, "deployment", "pulumi stack export")
    states = [item for item in data["deployment"].get("resources") or [] if not item.get("delete")]
    return _plan(states, "state", preview=False)


def _loaded(text: str | Mapping[str, Any], key: str, command: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        data = None
    if isinstance(data, Mapping) and key in data:
        return data
    raise DiagnosticError(
        [
            Diagnostic(
                UNREADABLE,
                f"this is not what `{command}` prints: it has no '{key}'",
                f"give the output of `{command}`",
                Location("-"),
            )
        ]
    )


def _plan(states: Sequence[Mapping[str, Any]], engine: str, *, preview: bool) -> Plan:
    outputs: dict[str, Any] = {}
    secret_outputs: tuple[str, ...] = ()
    project = stack = ""
    found: dict[str, PlannedResource] = {}
    for state in states:
        _, _, rest = state["urn"].partition("urn:pulumi:")
        stack, project = rest.split("::")[:2]
        if state["type"] == STACK:
            secrets: list[str] = []
            outputs = _plain(state.get("outputs") or {}, "", secrets, [])
            secret_outputs = tuple(sorted(secrets))
        elif not _engines_own(state):
            found[state["urn"]] = _resource(state)
    return Plan(project, stack, engine, preview, tuple(found.values()), outputs, secret_outputs)


def _engines_own(state: Mapping[str, Any]) -> bool:
    """Resources that the program only reads, and providers that the engine adds itself."""
    provider = state["type"].startswith("pulumi:providers:")
    return bool(state.get("external")) or (provider and _name(state["urn"]).startswith("default"))


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _resource(state: Mapping[str, Any]) -> PlannedResource:
    secrets: list[str] = []
    unknowns: list[str] = []
    inputs = _plain(state.get("inputs") or {}, "", secrets, unknowns)
    if state["type"].startswith("pulumi:providers:"):
        inputs.pop("version", None)
    outputs = _plain(state.get("outputs") or {}, "", secrets, [])
    secrets += state.get("additionalSecretOutputs") or []
    needs = state.get("propertyDependencies") or {}
    parent = state.get("parent") or ""
    return PlannedResource(
        urn=state["urn"],
        type=state["type"],
        name=_name(state["urn"]),
        parent="" if parent.split("::")[2:3] == [STACK] else parent,
        id=state.get("id") or "",
        custom=bool(state.get("custom")),
        inputs=inputs,
        outputs=outputs,
        options=_options(state),
        dependencies=tuple(sorted(state.get("dependencies") or ())),
        property_dependencies={key: tuple(sorted(needs[key] or ())) for key in sorted(needs)},
        secrets=tuple(sorted(set(secrets))),
        unknowns=tuple(unknowns),
        source=_source(state),
    )


def _options(state: Mapping[str, Any]) -> ResourceOptions:
    provider = state.get("provider") or ""
    return ResourceOptions(
        protect=bool(state.get("protect")),
        retain_on_delete=bool(state.get("retainOnDelete")),
        delete_before_replace=bool(state.get("deleteBeforeReplace")),
        ignore_changes=tuple(state.get("ignoreChanges") or ()),
        replace_on_changes=tuple(state.get("replaceOnChanges") or ()),
        aliases=tuple(state.get("aliases") or ()),
        provider="" if _name(provider.rpartition("::")[0]).startswith("default") else provider,
        deleted_with=state.get("deletedWith") or "",
    )


def _plain(value: Any, path: str, secrets: list[str], unknowns: list[str]) -> Any:
    """The value without the protocol's marks; what was secret and what is unknown is noted by path."""
    if isinstance(value, Mapping):
        if value.get(_MARK) == _SECRET:
            secrets.append(path)
            text = value.get("plaintext")
            return HIDDEN if text is None else _plain(json.loads(text), path, secrets, unknowns)
        # The engine's hash of content that is there: the program's own plan has none.
        left_out = (*_INTERNAL, "hash") if _MARK in value and _INLINE & value.keys() else _INTERNAL
        return {
            key: _plain(item, child(path, key), secrets, unknowns)
            for key, item in sorted(value.items())
            if key not in left_out and item is not None
        }
    if isinstance(value, list):
        return [_plain(item, f"{path}[{index}]", secrets, unknowns) for index, item in enumerate(value)]
    if value == HIDDEN:
        secrets.append(path)
    elif value == UNKNOWN:
        unknowns.append(path)
    return value


def plain(values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A resource's properties without the protocol's marks, and the paths of what is secret."""
    secrets: list[str] = []
    return _plain(values, "", secrets, []), tuple(sorted(set(secrets)))


def _source(state: Mapping[str, Any]) -> SourceLine | None:
    """The innermost line of the program's own code."""
    frames: Iterable[str] = [
        state.get("sourcePosition") or "",
        *(frame.get("sourcePosition") or "" for frame in state.get("stackTrace") or ()),
    ]
    for position in frames:
        path, _, line = position.removeprefix(_SOURCE).partition("#")
        own = position.startswith(_SOURCE) and not any(part in path for part in _LIBRARIES)
        if own and line.partition(",")[0].isdigit():
            return SourceLine(path, int(line.partition(",")[0]))
    return None
