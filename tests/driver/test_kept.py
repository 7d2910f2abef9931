"""Plans that are kept between evaluations in process."""

from pathlib import Path

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.driver.kept import forget, keep, kept, outputs_of
from skymason.driver.project import Project, open_project
from skymason.plan.model import UNKNOWN, Plan, PlannedResource


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return open_project(tmp_path)


@pytest.fixture
def plan() -> Plan:
    resource = PlannedResource("urn:a", "aws:s3/bucket:Bucket", "a", inputs={"bucket": "b"})
    outputs = {"open": {"list": [1, UNKNOWN]}, "token": "x", "deep": {"key": "y"}}
    return Plan("shop", "dev", "in-process", False, (resource,), outputs, ("token", "deep.key"))


def test_a_kept_plan_comes_back_as_it_was(project: Project, plan: Plan) -> None:
    file = keep(project, plan)
    assert kept(project, "dev") == plan
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["dev.json"]


def test_nothing_kept(project: Project, plan: Plan) -> None:
    assert kept(project, "dev") is None
    keep(project, plan)
    forget(project, "dev")
    forget(project, "dev")
    assert kept(project, "dev") is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resources": [{}]}'])
def test_a_damaged_plan_is_a_diagnostic(project: Project, plan: Plan, text: str) -> None:
    keep(project, plan).write_text(text)
    with pytest.raises(DiagnosticError) as caught:
        kept(project, "dev")
    (finding,) = caught.value.diagnostics
    assert (finding.code.id, str(finding.location)) == ("SM4107", ".skymason/plans/dev.json")
    assert finding.fix == "delete it: the next `sm up` writes a new one"


def test_outputs_are_shown_without_secrets(plan: Plan) -> None:
    assert outputs_of(plan) == {
        "open": {"list": [1, "[known after deployment]"]},
        "token": "[secret]",
        "deep": "[secret]",
    }
