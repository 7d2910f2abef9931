"""The first deployment of a service, before its first image."""

import re
import shutil
from pathlib import Path

import pytest

from components.kubernetes.unbuilt import first_deployment, unawaited
from skymason.patterns.checks.image import PLACEHOLDER
from skymason.plan.diff import difference
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan

ROOT = Path(__file__).parents[3]
SPEC = "services/ledger.yaml"
"""With replicas, a migration before them, and a scheduled task."""


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Plan]:
    """The shipped stack dev without and with an image of one service."""
    folder = tmp_path_factory.mktemp("unbuilt") / "project"
    (folder / "services").mkdir(parents=True)
    for file in (*ROOT.glob("Pulumi*.yaml"), ROOT / "infrastructure-patterns.yaml", ROOT / "__main__.py"):
        shutil.copy(file, folder)
    text = (ROOT / SPEC).read_text()
    (folder / SPEC).write_text(re.sub(r"sha256:\w{64}", PLACEHOLDER, text))
    without = evaluate_project(folder, "dev")
    (folder / SPEC).write_text(text)
    return without, evaluate_project(folder, "dev")


def unwaited(plan: Plan) -> set[str]:
    return {
        item.name.removeprefix("skymason-dev-ledger-")
        for item in plan.resources
        if item.type in ("kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job")
        and item.inputs["metadata"].get("annotations", {}).get("pulumi.com/skipAwait") == "true"
    }


def test_nothing_waits_for_an_image_that_nobody_has_built(plans: tuple[Plan, Plan]) -> None:
    without, built = plans
    assert unwaited(without) == {"deployment", "migrations-up", "setup"}
    assert unwaited(built) == set()
    assert set(without.by_urn) == set(built.by_urn)


def test_the_first_image_runs_what_was_not_waited_for(plans: tuple[Plan, Plan]) -> None:
    changed = {item.name.removeprefix("skymason-dev-ledger-") for item in difference(*plans).changes}
    assert {"deployment", "migrations-up"} <= changed


def test_only_a_placeholder_is_not_waited_for() -> None:
    assert first_deployment({"digest": PLACEHOLDER}) == [unawaited]
    assert first_deployment({"digest": "sha256:" + "1" * 64}) == []
    assert first_deployment({"digest": None, "tag": "main"}) == []
