"""The shipped stack under the real engine and the offline cloud, from nothing to nothing, in this order."""

import json
import re

import pytest

from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

STOREFRONT = "services/storefront.yaml"


def digest(project: Project, path: str) -> str:
    return re.search(r"sha256:[0-9a-f]{64}", (project.folder / path).read_text()).group()


def test_up_makes_everything(project: Project) -> None:
    made = project.up()
    assert set(made) == {"create"}
    assert made["create"] == len(project.state())


def test_a_second_preview_expects_no_changes(project: Project) -> None:
    project.pulumi("preview", "--expect-no-changes")


def test_the_outputs_hide_the_platform_reference(project: Project) -> None:
    outputs = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert outputs["platform"] == "[secret]"
    assert "storefront" in outputs["services"]


def test_no_secret_is_in_the_state_in_plain_text(project: Project) -> None:
    text = json.dumps(project.state())
    assert "get-token" not in text, "the kubeconfig must be encrypted"


def test_another_image_touches_one_resource(project: Project) -> None:
    old = digest(project, STOREFRONT)
    text = (project.folder / STOREFRONT).read_text()
    project.edit(STOREFRONT, old, "sha256:" + "ab" * 32)
    assert project.changes() == [("update", "storefront-deployment")]
    (project.folder / STOREFRONT).write_text(text)


def test_a_changed_service_updates_only_what_it_must(project: Project) -> None:
    path = project.folder / STOREFRONT
    text = path.read_text()
    path.write_text(re.sub(r"requests_per_5_minutes: \d+", "requests_per_5_minutes: 77000", text))
    assert path.read_text() != text
    assert project.changes() == [("update", "storefront-firewall-acl")]
    assert project.up() == {"update": 1}
    path.write_text(text)
    assert project.up() == {"update": 1}


def test_drift_is_found_by_refresh_and_mended_by_up(project: Project) -> None:
    drift = project.cloud / "drift.json"
    drift.write_text(json.dumps([{"name": "storefront-public-balancer", "set": {"idleTimeout": 5}}]))
    found = json.loads(project.pulumi("refresh", "--preview-only", "--json").stdout)["steps"]
    assert [s["urn"].split("::")[-1] for s in found if s["op"] == "update"] == ["storefront-public-balancer"]
    project.pulumi("refresh", "--yes", "--skip-preview")
    drift.unlink()
    assert project.up() == {"update": 1}
    project.pulumi("preview", "--expect-no-changes")


def test_a_create_that_fails_leaves_a_state_that_the_next_up_completes(project: Project) -> None:
    project.pulumi("destroy", "--yes", "--skip-preview")
    faults = project.cloud / "faults.json"
    fault = {"operation": "create", "type": "aws:lb/loadBalancer:LoadBalancer", "nth": 2}
    faults.write_text(json.dumps([fault]))
    failed = project.pulumi("up", "--yes", "--skip-preview", check=False)
    assert failed.returncode != 0
    made_before = len(project.state())
    assert made_before > 50
    faults.unlink()
    completed = project.up()
    assert set(completed) <= {"create", "update"}
    assert len(project.state()) == made_before + completed["create"]
    project.pulumi("preview", "--expect-no-changes")


def test_destroy_leaves_nothing(project: Project) -> None:
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert project.state() == []
    assert project.left_in_the_cloud() == []
