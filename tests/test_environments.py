"""A new environment is one file: nothing else is written, and the whole stack follows from it."""

import shutil
from pathlib import Path

import pytest

from skymason.diagnostics import has_errors
from skymason.patterns.engine import InfrastructurePatternEngine
from skymason.plan.evaluate import evaluate_project
from skymason.plan.model import Plan
from skymason.settings import check_stack, load_stack, stack_names

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped project with one more file."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("__main__.py", "infrastructure-patterns.yaml", *(p.name for p in ROOT.glob("Pulumi*.yaml"))):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "services", folder / "services")
    text = (ROOT / "Pulumi.staging.yaml").read_text()
    text = text.replace("environment: staging", "environment: qa").replace("10.20.0.0", "10.40.0.0")
    (folder / "Pulumi.qa.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def plan(project: Path) -> Plan:
    return evaluate_project(project, "qa")


def test_settings_and_services_fit(project: Path) -> None:
    assert stack_names(project) == ["dev", "prod", "qa", "staging"]
    assert not has_errors(check_stack(project, "qa"))
    settings = load_stack(project, "qa")
    engine = InfrastructurePatternEngine.load(project)
    specs = engine.load_services(project / "services")
    resolution = engine.resolve(specs, "qa", settings.cloud, settings)
    assert not has_errors(resolution.diagnostics)
    assert {service.environment for service in resolution.services} == {"qa"}


def test_the_stack_is_that_of_the_environment(plan: Plan) -> None:
    (vpc,) = plan.of_type("aws:ec2/vpc:Vpc")
    assert vpc.inputs["cidrBlock"] == "10.40.0.0/16"
    assert vpc.inputs["tags"]["environment"] == "qa"
    (cluster,) = plan.of_type("aws:eks/cluster:Cluster")
    assert cluster.inputs["name"] == "skymason-qa"


def test_nothing_in_it_names_another_environment(plan: Plan) -> None:
    for resource in plan.resources:
        for environment in ("dev", "staging", "prod"):
            assert f"skymason-{environment}" not in resource.name


def test_it_has_the_resources_of_the_one_that_it_was_copied_from(plan: Plan, project: Path) -> None:
    def kinds(found: Plan) -> list[str]:
        return sorted({resource.type for resource in found.resources if resource.custom})

    staging = evaluate_project(project, "staging")
    assert set(kinds(plan)) == set(kinds(staging))
