"""What was changed in the cloud behind the program's back: state and cloud compared, neither changed."""

from __future__ import annotations

import json

from skymason.diagnostics import ordered, to_text
from skymason.driver.api import perform
from skymason.driver.colours import Paint, plain
from skymason.driver.model import Change, ChangeKind, CloudKind, Operation, Outcome, Request, Result
from skymason.driver.progress import Display
from skymason.driver.project import Project
from skymason.driver.show import change_lines
from skymason.driver.summary import aligned, command_name, number
from skymason.engine_cli import EngineCli

NOTHING_DRIFTED, FAILED, DRIFTED, STOPPED = 0, 1, 3, 130
"""Exit codes, the same as those of `sm`."""

VERSION = 1
"""Of the JSON document."""

_WORDS = {ChangeKind.UPDATE: "changed", ChangeKind.REPLACE: "changed", ChangeKind.DELETE: "gone"}


def look(
    project: Project,
    stack: str,
    cloud: CloudKind,
    *,
    engine: EngineCli | None = None,
    display: Display | None = None,
) -> Outcome:
    """Read the cloud and compare: every resource of the state, with what differs from it.

    The engine reads each resource (a refresh that only previews); without a Pulumi CLI, the kept plan is
    compared with the offline cloud. Raises DiagnosticError where it cannot begin.
    """
    return perform(project, request_for(stack, cloud), engine=engine, display=display)


def request_for(stack: str, cloud: CloudKind) -> Request:
    return Request(Operation.REFRESH, stack, cloud, dry=True)


def drifted(outcome: Outcome) -> list[Change]:
    """What differs, gone resources first."""
    found = [item for item in outcome.changes if item.kind in _WORDS]
    return sorted(found, key=lambda item: (_WORDS[item.kind] != "gone", item.urn))


def exit_code(outcome: Outcome) -> int:
    """0 nothing drifted, 1 the comparison failed, 3 something drifted, 130 interrupted."""
    if outcome.result is Result.INTERRUPTED:
        return STOPPED
    if outcome.result is Result.FAILED:
        return FAILED
    return DRIFTED if drifted(outcome) else NOTHING_DRIFTED


def as_text(outcome: Outcome, paint: Paint = plain) -> str:
    """For people: how many, each with its properties (as deployed → as it is), and how to put it right."""
    found = drifted(outcome)
    parts = [f"{paint(_headline(outcome, found), 'bold')}\n{paint(_place(outcome), 'dim')}"]
    if found:
        lines = [line for item in found for line in change_lines(item, paint, _WORDS[item.kind])]
        parts.append("\n".join([paint("  property: as deployed → as it is in the cloud", "dim"), *lines]))
    if outcome.diagnostics:
        parts.append(to_text(outcome.diagnostics))
    if found:
        parts.append("Next\n" + aligned([f"  {command}", what] for command, what in _next(outcome)))
    return "\n\n".join(parts)


def _headline(outcome: Outcome, found: list[Change]) -> str:
    what = f"{outcome.project}, stack {outcome.stack}"
    if outcome.result is not Result.SUCCEEDED:
        return f"{what}: {outcome.result} in {outcome.seconds:.1f} s"
    same = len(outcome.changes) - len(found)
    if not outcome.changes:
        return f"{what}: nothing is deployed"
    if not found:
        return f"{what}: nothing drifted, {number(same, 'resource')}"
    return f"{what}: {number(len(found), 'resource')} drifted, {same} as deployed"


def _place(outcome: Outcome) -> str:
    return f"{outcome.cloud} cloud compared with {outcome.state}, in {outcome.seconds:.1f} s"


def _next(outcome: Outcome) -> list[tuple[str, str]]:
    tail = f" --stack {outcome.stack}" + (" --cloud real" if outcome.cloud is CloudKind.REAL else "")
    sm = command_name()
    return [
        (f"{sm} refresh{tail} && {sm} up{tail}", "put back what the program says"),
        (f"{sm} refresh{tail}", "accept what is there; then make the program say the same"),
    ]


def as_json(outcome: Outcome) -> str:
    """One document with stable keys: `drift` lists what differs, details as in docs/plan.schema.json.

    `before` is the value as deployed, `after` the one in the cloud.
    """
    found = drifted(outcome)
    document = {
        "version": VERSION,
        "project": outcome.project,
        "stack": outcome.stack,
        "cloud": str(outcome.cloud),
        "result": str(outcome.result),
        "engine": {"name": outcome.engine, "reason": outcome.reason},
        "drifted": bool(found),
        "counts": {
            "changed": sum(_WORDS[item.kind] == "changed" for item in found),
            "gone": sum(_WORDS[item.kind] == "gone" for item in found),
            "same": len(outcome.changes) - len(found),
        },
        "drift": [
            {
                "kind": _WORDS[item.kind],
                "urn": item.urn,
                "type": item.type,
                "name": item.name,
                "components": list(item.components),
                "properties": list(item.properties),
                "details": [detail.as_dict() for detail in item.details],
            }
            for item in found
        ],
        "seconds": round(outcome.seconds, 2),
        "diagnostics": [item.as_dict() for item in ordered(outcome.diagnostics)],
    }
    return json.dumps(document, indent=2)
