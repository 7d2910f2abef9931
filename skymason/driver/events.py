"""Feeds a tally, and through it the display, from the events of the Pulumi engine."""

from __future__ import annotations

import re
from typing import Any

from skymason.driver.findings import CONSEQUENCES
from skymason.driver.progress import Display
from skymason.driver.step_details import details_of
from skymason.driver.tally import STACK, Tally
from skymason.plan.model import UNKNOWN
from skymason.plan.paths import HIDDEN, LATER

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a type tag of the engine
_COLOURS = re.compile(r"<\{%[^%]*%\}>")


class EventReader:
    """Takes the engine's events one by one (`pulumi.automation.EngineEvent`)."""

    def __init__(self, tally: Tally, display: Display) -> None:
        self.tally = tally
        self.display = display
        self.summary_seen = False

    def __call__(self, event: Any) -> None:
        if event.resource_pre_event is not None:
            self._begin(event.resource_pre_event.metadata)
        elif event.res_outputs_event is not None:
            self._end(event.res_outputs_event.metadata)
        elif event.res_op_failed_event is not None:
            self._end(event.res_op_failed_event.metadata, failed=True)
        elif event.diagnostic_event is not None:
            said = event.diagnostic_event
            self._message(said.severity, said.urn or "", said.message, bool(said.ephemeral))
        elif event.policy_event is not None:
            broken = event.policy_event
            severity = "error" if broken.enforcement_level == "mandatory" else "warning"
            self._message(
                severity, broken.resource_urn or "", f"{broken.policy_name}: {broken.message}", False
            )
        elif event.summary_event is not None:
            self.summary_seen = True

    def _begin(self, step: Any) -> None:
        state = step.new or step.old
        begun = self.tally.begin(
            step.urn,
            step.type,
            str(step.op.value),
            parent=state.parent if state else "",
            custom=bool(state and state.custom),
        )
        begun.properties = begun.properties or _properties(step)
        begun.reasons = begun.reasons or tuple(step.keys or ())
        begun.details = begun.details or details_of(step)
        self.display.began(begun)

    def _end(self, step: Any, *, failed: bool = False) -> None:
        if step.type == STACK and step.new is not None and step.new.outputs is not None:
            self.tally.outputs = {key: _hidden(value) for key, value in step.new.outputs.items()}
        # A refresh tells only at its end what it found; the step was announced as one that changes nothing.
        ended = self.tally.end(step.urn, str(step.op.value), failed=failed)
        if ended is None:
            return
        ended.properties = ended.properties or _properties(step)
        ended.details = ended.details or details_of(step)
        self.display.ended(ended)

    def _message(self, severity: str, urn: str, text: str, ephemeral: bool) -> None:
        plain = _COLOURS.sub("", text).strip()
        if ephemeral or not plain:
            return
        self.tally.messages.append((severity, urn, plain))
        if severity in ("warning", "error") and not CONSEQUENCES.search(plain):
            self.display.said(severity, plain)


def _hidden(value: Any) -> Any:
    """An output without its secrets: the engine sends them blinded, in a wrapping of its own."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return HIDDEN
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return LATER if value == UNKNOWN else value


def _properties(step: Any) -> tuple[str, ...]:
    return tuple(sorted(step.detailed_diff or step.diffs or ()))
