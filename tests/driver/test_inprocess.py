"""Deployments without a Pulumi CLI: evaluated in process, twice, and kept."""

from collections.abc import Callable
from pathlib import Path

import pytest

from skymason.diagnostics import DiagnosticError
from skymason.driver.api import perform, project_of
from skymason.driver.model import ChangeKind, CloudKind, Operation, Outcome, Request, Result
from skymason.driver.progress import PlainDisplay
from skymason.driver.project import Project
from skymason.driver.tally import Tally
from skymason.engine_cli import EngineCli
from skymason.plan.model import Plan

NO_CLI = EngineCli(False, "no Pulumi CLI on the PATH")

PROGRAM = """\
import pulumi
from pulumi_aws import sqs

class Queues(pulumi.ComponentResource):
    def __init__(self, name, count, timeout):
        super().__init__("tiny:index:Queues", name)
        options = pulumi.ResourceOptions(parent=self)
        self.queues = [
            sqs.Queue(f"{name}-{i}", visibility_timeout_seconds=timeout, opts=options) for i in range(count)
        ]
        sqs.Queue(
            f"{name}-fifo", name_prefix=config.get("prefix") or "a-", fifo_queue=True, opts=options
        )

config = pulumi.Config()
made = Queues("jobs", config.require_int("count"), config.get_int("timeout") or 30)
pulumi.export("url", made.queues[0].url)
pulumi.export("token", pulumi.Output.secret("hush"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    settings(tmp_path, count=2)
    return project_of(tmp_path)


def settings(root: Path, **values: object) -> None:
    lines = [f"  tiny:{key}: '{value}'" for key, value in values.items()]
    (root / "Pulumi.dev.yaml").write_text("\n".join(["config:", "  aws:region: eu-central-1", *lines, ""]))


@pytest.fixture
def do(project: Project) -> Callable[..., Outcome]:
    def run(operation: Operation, **more: bool) -> Outcome:
        tally = Tally()
        return perform(project, Request(operation, "dev", **more), engine=NO_CLI, display=PlainDisplay(tally))

    return run


def test_the_life_of_a_stack(project: Project, do: Callable[..., Outcome]) -> None:
    assert do(Operation.PREVIEW).counts == {ChangeKind.CREATE: 3}
    assert not project.kept_plan("dev").exists()
    first = do(Operation.UP)
    assert first.counts == {ChangeKind.CREATE: 3}
    assert (first.result, first.engine, first.reason) == (
        Result.SUCCEEDED,
        "in-process",
        "no Pulumi CLI on the PATH",
    )
    assert {change.components for change in first.changes} == {("jobs",)}
    assert first.state == ".skymason/plans/dev.json"
    assert do(Operation.UP).counts == {ChangeKind.SAME: 3}
    assert do(Operation.PREVIEW, expect_no_changes=True).result is Result.SUCCEEDED

    settings(project.root, count=1, timeout=60, prefix="b-")
    changed = do(Operation.PREVIEW)
    assert [(change.kind, change.name, change.properties, change.reasons) for change in changed.changes] == [
        (ChangeKind.UPDATE, "jobs-0", ("visibilityTimeoutSeconds",), ()),
        (ChangeKind.DELETE, "jobs-1", (), ()),
        (ChangeKind.REPLACE, "jobs-fifo", ("namePrefix",), ("namePrefix",)),
    ]
    assert do(Operation.UP).changes == changed.changes
    assert do(Operation.REFRESH).counts == {ChangeKind.SAME: 2}
    assert do(Operation.DESTROY, dry=True).counts == {ChangeKind.DELETE: 2}
    assert project.kept_plan("dev").exists()
    assert do(Operation.DESTROY).counts == {ChangeKind.DELETE: 2}
    assert not project.kept_plan("dev").exists()
    assert not project.offline_folder("dev").exists()
    assert do(Operation.DESTROY).counts == {}
    assert do(Operation.REFRESH).counts == {}


def test_outputs(do: Callable[..., Outcome]) -> None:
    assert do(Operation.PREVIEW).outputs == {"url": "[known after deployment]", "token": "[secret]"}
    outputs = do(Operation.UP).outputs
    assert outputs["url"].startswith("https://sqs.eu-central-1.amazonaws.com/123456789012/jobs-0-")
    assert outputs["token"] == "[secret]"
    assert do(Operation.PREVIEW).outputs == outputs


def test_changes_where_none_are_expected_are_a_failure(do: Callable[..., Outcome]) -> None:
    outcome = do(Operation.PREVIEW, expect_no_changes=True)
    assert outcome.result is Result.FAILED
    assert [item.as_text() for item in outcome.diagnostics] == [
        "error SM4110 stack dev\n"
        "  3 resources would change, and none was expected to\n"
        "  fix: `sm up --stack dev` makes the changes"
    ]


def test_what_the_cloud_refuses_is_found_before_anything_is_kept(
    project: Project, do: Callable[..., Outcome]
) -> None:
    settings(project.root, count=1, timeout=99999999)
    with pytest.raises(DiagnosticError) as caught:
        do(Operation.UP)
    assert [str(item.location) for item in caught.value.diagnostics] == ["__main__.py:9"]
    assert not project.kept_plan("dev").exists()


def test_an_error_of_the_program_names_its_line(project: Project, do: Callable[..., Outcome]) -> None:
    (project.root / "__main__.py").write_text("import pulumi\n\nraise ValueError('no owner')\n")
    with pytest.raises(DiagnosticError) as caught:
        do(Operation.UP)
    (finding,) = caught.value.diagnostics
    assert (finding.message, str(finding.location)) == ("ValueError: no owner", "__main__.py:3")


def test_a_real_cloud_is_never_evaluated_in_process(project: Project) -> None:
    request = Request(Operation.UP, "dev", CloudKind.REAL)
    with pytest.raises(DiagnosticError) as caught:
        perform(project, request, engine=NO_CLI, display=PlainDisplay(Tally()))
    assert [item.code.id for item in caught.value.diagnostics] == ["SM4106"]


def test_two_deployments_of_one_program_keep_equal_plans(
    project: Project, do: Callable[..., Outcome]
) -> None:
    do(Operation.UP)
    first = project.kept_plan("dev").read_bytes()
    do(Operation.DESTROY)
    do(Operation.UP)
    assert project.kept_plan("dev").read_bytes() == first
    assert Plan.from_json(first.decode()).engine == "in-process"


def test_no_project_here(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no Pulumi\.yaml in"):
        project_of(tmp_path)
