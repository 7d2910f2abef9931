"""What a stack's state holds, as text and as JSON: its resources, one of them, and all stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from skymason.cli.services import component_of
from skymason.diagnostics import suggestion
from skymason.driver.changes import component_path, counts
from skymason.driver.colours import Paint, plain
from skymason.driver.show import text_of
from skymason.driver.state import StackState, age, unknown
from skymason.driver.summary import aligned, number
from skymason.plan.details import Side
from skymason.plan.model import Plan, PlannedResource
from skymason.plan.paths import child

_MOST_SUGGESTED = 12


def _resources(state: StackState) -> list[PlannedResource]:
    return [item for item in state.plan.resources if counts(item)] if state.plan else []


def chosen(state: StackState, *, service: str = "", type: str = "") -> list[PlannedResource]:
    """The resources of a service, of types with a word in their name, or all.

    Raises DiagnosticError for a service that the state does not have.
    """
    found = _resources(state)
    if service:
        name = component_of(service, [state.plan])
        assert state.plan is not None
        found = [item for item in found if name in component_path(item, state.plan)]
    return [item for item in found if type.lower() in item.type.lower()]


def find(state: StackState, wanted: str) -> PlannedResource:
    """One resource by name, id or URN, components too. Raises DiagnosticError for none, or several."""
    known = state.plan.resources if state.plan else ()
    found = [item for item in known if wanted in (item.urn, item.name, item.id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise unknown(
            wanted, "several have it, name one by its URN: " + ", ".join(item.urn for item in found)
        )
    if not known:
        raise unknown(wanted, f"nothing is deployed: sm up --stack {state.stack}")
    names = sorted({item.name for item in known})
    likely = [name for name in names if wanted.lower() in name.lower()][:_MOST_SUGGESTED]
    raise unknown(wanted, suggestion(wanted, likely or names[:_MOST_SUGGESTED]))


def list_as_text(
    project: str, state: StackState, listed: Sequence[PlannedResource], paint: Paint = plain
) -> str:
    """Facts of the stack, then its resources by component: type, name and id."""
    everything = _resources(state)
    what = number(len(everything), "resource")
    if len(listed) < len(everything):
        what = f"{len(listed)} of {what}"
    parts = [f"{paint(f'{project}, stack {state.stack}: {what}', 'bold')}\n{_facts(state)}"]
    assert state.plan is not None or not listed
    groups: dict[tuple[str, ...], list[PlannedResource]] = {}
    for item in listed:
        assert state.plan is not None
        groups.setdefault(component_path(item, state.plan), []).append(item)
    for path in sorted(groups):
        rows = [[f"  {item.type}", item.name, item.id] for item in groups[path]]
        parts.append(f"{paint('/'.join(path) or '(no component)', 'bold')}\n{aligned(rows)}")
    return "\n\n".join(parts)


def _facts(state: StackState) -> str:
    pending = ", ".join(f"{kind} {urn.rpartition('::')[2]}" for urn, kind in state.pending)
    return aligned(
        [
            ["  updated", _when(state)],
            ["  pending", f"{pending} (a killed run; the next one finds out)" if pending else "nothing"],
            ["  state", state.place],
        ]
    )


def _when(state: StackState) -> str:
    if state.updated is None:
        return "never"
    return f"{state.updated:%Y-%m-%d %H:%M:%S} UTC, {age(state.updated, datetime.now(UTC))}"


def list_as_json(project: str, state: StackState, listed: Sequence[PlannedResource]) -> str:
    """One document: facts of the stack, and the resources without their properties."""
    document = {
        "project": project,
        **_summary(state),
        "resources": [
            {
                "urn": item.urn,
                "type": item.type,
                "name": item.name,
                "id": item.id,
                "components": list(component_path(item, state.plan)) if state.plan else [],
                "protected": item.options.protect,
            }
            for item in listed
        ],
    }
    return json.dumps(document, indent=2)


def _summary(state: StackState) -> dict[str, Any]:
    return {
        "stack": state.stack,
        "deployed": state.plan is not None,
        "count": len(_resources(state)),
        "updated": state.updated.isoformat() if state.updated else None,
        "pending": [{"urn": urn, "operation": kind} for urn, kind in state.pending],
        "state": state.place,
    }


def stacks_as_text(project: str, states: Sequence[StackState]) -> str:
    """A line for each stack of the project."""
    rows = [["  stack", "resources", "updated", "pending"]]
    for state in states:
        count = str(len(_resources(state))) if state.plan else "not deployed"
        rows.append([f"  {state.stack}", count, _when(state), str(len(state.pending) or "")])
    return f"{project}: {number(len(states), 'stack')}\n\n{aligned(rows)}"


def stacks_as_json(states: Sequence[StackState]) -> str:
    return json.dumps([_summary(state) for state in states], indent=2)


def resource_as_text(one: PlannedResource, state: StackState, paint: Paint = plain) -> str:
    """One resource: what it is, what it needs, its inputs, and the outputs that inputs do not have."""
    assert state.plan is not None
    rows = [
        ["  urn", one.urn],
        ["  id", one.id],
        ["  component", "/".join(component_path(one, state.plan))],
        ["  parent", one.parent.rpartition("::")[2]],
        ["  provider", one.options.provider.rpartition("::")[0].rpartition("::")[2]],
        ["  protected", "yes" if one.options.protect else ""],
        ["  made at", f"{one.source.path}:{one.source.line}" if one.source else ""],
        ["  needs", ", ".join(urn.rpartition("::")[2] for urn in one.dependencies)],
        ["  needed by", ", ".join(_dependents(one, state.plan))],
    ]
    parts = [f"{paint(f'{one.type} {one.name}', 'bold')}\n{aligned(row for row in rows if row[1])}"]
    inputs, outputs = _shown(one)
    new = {key: value for key, value in outputs.items() if key not in inputs or inputs[key] != value}
    for title, values in (("Inputs", inputs), ("Outputs", new)):
        if values:
            lines = aligned([f"  {path}", text_of(value)] for path, value in _flat(values, ""))
            parts.append(f"{paint(title, 'bold')}\n{lines}")
    return "\n\n".join(parts)


def _dependents(one: PlannedResource, plan: Plan) -> list[str]:
    return [item.name for item in plan.resources if one.urn in item.dependencies]


def _shown(one: PlannedResource) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and outputs as they may be shown."""
    found = [Side(values, one.secrets).shown(dict(values), "") for values in (one.inputs, one.outputs)]
    return found[0], found[1]


def _flat(values: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for key, value in sorted(values.items()):
        if isinstance(value, Mapping) and value:
            yield from _flat(value, child(path, key))
        else:
            yield child(path, key), value


def resource_as_json(one: PlannedResource) -> str:
    """One resource with all its properties, secret ones as '[secret]'."""
    inputs, outputs = _shown(one)
    document = {
        "urn": one.urn,
        "type": one.type,
        "name": one.name,
        "id": one.id,
        "parent": one.parent,
        "protected": one.options.protect,
        "dependencies": list(one.dependencies),
        "source": f"{one.source.path}:{one.source.line}" if one.source else None,
        "inputs": inputs,
        "outputs": outputs,
    }
    return json.dumps(document, indent=2)
