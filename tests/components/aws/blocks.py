"""What the tests of all building blocks do: evaluate once as a deployment and once as a preview."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pulumi
from pulumi.provider.experimental.analyzer import Analyzer

from skymason.diagnostics import DiagnosticError
from skymason.plan.evaluate import evaluate
from skymason.plan.model import UNKNOWN, Plan, PlannedResource

KEY = "arn:aws:kms:eu-central-1:111111111111:key/11111111-2222-3333-4444-555555555555"
LOGS_KEY = "arn:aws:kms:eu-central-1:111111111111:key/99999999-2222-3333-4444-555555555555"
REFUSALS = (ValueError, DiagnosticError)
"""What a component raises, or what becomes of it on the way through an evaluation."""
ACCOUNT = "111111111111"
REGION = "eu-central-1"


class Built(NamedTuple):
    """deployed, preview: the same program, evaluated both ways."""

    deployed: Plan
    preview: Plan

    def one(self, name: str) -> PlannedResource:
        """The deployed resource of that name: a cloud's own, before a component that is named alike."""
        found = [item for item in self.deployed.resources if item.name == name]
        found = [item for item in found if item.custom] or found
        assert len(found) == 1, f"{len(found)} resources are named {name}"
        return found[0]

    def inputs(self, name: str) -> dict[str, Any]:
        """Inputs of a deployed resource, without the name that autonaming gave it."""
        given = re.compile(re.escape(name) + r"-[0-9a-f]{7}(\.fifo)?")
        return {
            key: value
            for key, value in self.one(name).inputs.items()
            if not (isinstance(value, str) and given.fullmatch(value))
        }

    def policy(self, name: str, key: str = "policy") -> list[dict[str, Any]]:
        """Statements of a policy document of a deployed resource."""
        return json.loads(self.one(name).inputs[key])["Statement"]

    def names(self) -> list[str]:
        return sorted(item.name for item in self.deployed.resources if item.custom)


def build(program: Callable[[], Any]) -> Built:
    """Evaluate; both ways must give the same resources, options and dependencies' names."""
    deployed = evaluate(program, project="skymason", stack="test")
    preview = evaluate(program, project="skymason", stack="test", preview=True)
    assert [(r.urn, r.options) for r in deployed.resources] == [(r.urn, r.options) for r in preview.resources]
    return Built(deployed, preview)


def unknown() -> pulumi.Output[Any]:
    """A value that is not known yet, as another stack's output is in a preview."""
    return pulumi.Output.from_input(UNKNOWN).apply(_lost)


def _lost(_: Any) -> Any:
    from pulumi.output import UNKNOWN as UNKNOWN_OUTPUT

    return UNKNOWN_OUTPUT


def plain(plan: Plan, key: str) -> Any:
    """A stack output, as plain data."""
    return plan.outputs[key]


def component_inputs(component: type[pulumi.ComponentResource]) -> dict[str, bool]:
    """Inputs of the component as a package in other languages: name → optional. Raises if it is none."""
    result = Analyzer("skymason").analyze([component])
    definition = result["component_definitions"][component.__name__]
    return {name: bool(item.optional) for name, item in definition.inputs.items()}


def component_outputs(component: type[pulumi.ComponentResource]) -> set[str]:
    """Outputs of the component as a package in other languages."""
    result = Analyzer("skymason").analyze([component])
    return set(result["component_definitions"][component.__name__].outputs)
