"""The shipped stacks as a whole: reproducible, the same in preview and deployment, named and isolated."""

from pathlib import Path

import pytest

from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan

ROOT = Path(__file__).parent.parent
STACKS = ("dev", "staging", "prod")


@pytest.fixture(scope="module", params=STACKS)
def plans(request: pytest.FixtureRequest) -> tuple[Plan, Plan, Plan]:
    """A preview, a deployment, and the deployment once more."""
    stack = request.param
    return (
        evaluate_project(ROOT, stack, preview=True),
        evaluate_project(ROOT, stack),
        evaluate_project(ROOT, stack),
    )


def test_two_evaluations_give_the_same_bytes(plans: tuple[Plan, Plan, Plan]) -> None:
    assert plans[1].to_json() == plans[2].to_json()


def test_preview_and_deployment_have_the_same_resources(plans: tuple[Plan, Plan, Plan]) -> None:
    assert set(plans[0].by_urn) == set(plans[1].by_urn)


def test_a_plan_survives_being_kept(plans: tuple[Plan, Plan, Plan]) -> None:
    assert Plan.from_json(plans[1].to_json()) == plans[1]


def test_names_carry_project_and_environment(plans: tuple[Plan, Plan, Plan]) -> None:
    plan = plans[1]
    prefix = f"skymason-{plan.stack}"
    assert [
        r.name for r in plan.resources if not r.name.startswith(prefix) and r.type.startswith("aws:")
    ] == []
    roles = plan.of_type("aws:iam/role:Role")
    assert roles
    assert [role.name for role in roles if not str(role.outputs["name"]).startswith("skymason")] == []


def test_every_resource_says_where_it_is_made(plans: tuple[Plan, Plan, Plan]) -> None:
    inside = "eks:index:Cluster"  # a remote component makes its children itself
    unplaced = [
        r.name
        for r in plans[1].resources
        if r.source is None and inside not in r.urn and r.type != "pulumi:pulumi:Stack"
    ]
    assert unplaced == []
