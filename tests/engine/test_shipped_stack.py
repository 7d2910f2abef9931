"""The shipped stack under the real engine and the offline cloud, from nothing to nothing, in this order."""

import json
import re

import pytest

from skymason.offline.attach import attached
from tests.engine.conftest import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow]

WALLET = "services/wallet.yaml"
BALANCER = "skymason-dev-wallet-internal-alb"
SECRET = "4dabf18193072939515e22adb298388d"
"""Key that marks a value as secret in the engine's state, with its ciphertext beside it."""


def test_up_makes_everything(project: Project) -> None:
    made = project.up()
    resources = [r for r in project.state() if not r["type"].startswith("pulumi:providers:")]
    explicit = [r for r in project.state() if r["urn"].split("::")[-1] == "skymason-dev-kubernetes"]
    assert set(made) == {"create"}
    assert made["create"] >= len(resources) > 600
    assert [r["type"] for r in explicit] == ["pulumi:providers:kubernetes"]


def test_a_second_preview_expects_no_changes(project: Project) -> None:
    project.pulumi("preview", "--expect-no-changes")


def test_the_outputs_hide_the_platform_reference(project: Project) -> None:
    outputs = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert outputs["platform"] == "[secret]"
    assert outputs["storefront"]["urls"] == ["https://shop.dev.example.com"]


def test_the_kubeconfig_is_encrypted_in_the_state(project: Project) -> None:
    (provider,) = [r for r in project.state() if r["urn"].endswith("::skymason-dev-kubernetes")]
    assert set(provider["inputs"]["kubeconfig"]) == {SECRET, "ciphertext"}
    # pulumi-eks gives its own output in plain text; it holds no credential, only how to ask for one.
    plain = [r["type"] for r in project.state() if "get-token" in json.dumps(r)]
    assert plain == ["eks:index:Cluster"]


@pytest.mark.parametrize(
    ("path", "old", "touched"),
    [
        # In dev by tag: a digest instead is another image.
        ("telemetry-ingest.yaml", "{digest: null, tag: main}", ["telemetry-ingest-deployment"]),
        ("wallet.yaml", None, ["wallet-schedule-reconcile", "wallet-deployment"]),
    ],
)
def test_another_image_touches_only_what_runs_it(
    project: Project, path: str, old: str | None, touched: list[str]
) -> None:
    file = project.folder / "services" / path
    text = file.read_text()
    digest = "sha256:" + "ab" * 32
    if old:
        project.edit(f"services/{path}", old, f'{{digest: "{digest}"}}')
    else:
        file.write_text(re.sub(r"digest: sha256:[0-9a-f]{64}", f"digest: {digest}", text, count=1))
    assert project.changes() == [("update", f"skymason-dev-{name}") for name in touched]
    file.write_text(text)


def test_a_changed_service_updates_only_what_it_must(project: Project) -> None:
    text = (project.folder / WALLET).read_text()
    project.edit(WALLET, "slow_start_seconds: 60", "slow_start_seconds: 90")
    assert project.changes() == [("update", "skymason-dev-wallet-internal-tg-http")]
    assert project.up() == {"update": 1}
    (project.folder / WALLET).write_text(text)
    assert project.up() == {"update": 1}


KNOBS = {
    "web_api": (
        "storefront",
        ("requests_per_target: 1500", "requests_per_target: 1200"),
        [("update", "scaled-object")],
    ),
    "background_worker": (
        "order-fulfilment",
        ("processing_seconds: 45", "processing_seconds: 50"),
        # The time of one message: how long it is hidden, what the worker is told, how many wait per replica.
        [
            ("update", "work-queue"),
            ("update", "config"),
            ("update", "deployment"),
            ("update", "scaled-object"),
        ],
    ),
    "data_api": (
        "ledger",
        ("instance_class: db.t4g.small", "instance_class: db.t4g.medium"),
        [("update", "database-instance")],
    ),
    "event_processor": (
        "building-telemetry",
        ("partitions: 2", "partitions: 4"),
        [("update", "events-stream"), ("update", "config"), ("update", "deployment")],
    ),
}
"""Of each pattern: a service, an edit of its main knob in dev, and all that it touches."""


@pytest.mark.parametrize("pattern", KNOBS)
def test_the_main_knob_of_a_pattern_touches_only_what_it_must(project: Project, pattern: str) -> None:
    service, edit, touched = KNOBS[pattern]
    file = project.folder / "services" / f"{service}.yaml"
    text = file.read_text()
    project.edit(f"services/{service}.yaml", *edit)
    expected = [(operation, f"skymason-dev-{service}-{name}") for operation, name in touched]
    assert project.changes() == expected
    assert project.up() == {"update": len(touched)}
    file.write_text(text)
    assert project.up() == {"update": len(touched)}


@pytest.mark.parametrize(
    ("version", "touched"),
    [
        # A major version has parameters of its own; the data stays where it is.
        ("18", [("replace", "database-parameters"), ("update", "database-instance")]),
        ("17.6", [("update", "database-instance")]),
    ],
)
def test_an_upgrade_of_the_database_is_previewed_and_keeps_it(
    project: Project, version: str, touched: list[tuple[str, str]]
) -> None:
    file = project.folder / "services" / "ledger.yaml"
    text = file.read_text()
    project.edit("services/ledger.yaml", 'engine_version: "17"', f'engine_version: "{version}"')
    assert project.changes() == [(operation, f"skymason-dev-ledger-{name}") for operation, name in touched]
    file.write_text(text)


def test_drift_is_found_by_refresh_and_mended_by_up(project: Project) -> None:
    drift = project.cloud / "drift.json"
    drift.write_text(json.dumps([{"name": BALANCER, "set": {"idleTimeout": 5}}]))
    found = json.loads(project.pulumi("refresh", "--preview-only", "--json").stdout)["steps"]
    assert [s["urn"].split("::")[-1] for s in found if s["op"] == "update"] == [BALANCER]
    project.pulumi("refresh", "--yes", "--skip-preview")
    assert project.up() == {"update": 1}
    project.pulumi("preview", "--expect-no-changes")


def test_destroy_leaves_nothing(project: Project) -> None:
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert project.state() == []
    assert project.left_in_the_cloud() == []


def test_a_create_that_fails_leaves_a_state_that_the_next_up_completes(project: Project) -> None:
    fault = {"operation": "create", "type": "aws:lb/loadBalancer:LoadBalancer", "nth": 2}
    faults = project.cloud / "faults.json"
    faults.write_text(json.dumps([fault]))
    with attached(project.cloud) as environment:
        failing = Project(project.folder, project.cloud, environment)
        assert failing.pulumi("up", "--yes", "--skip-preview", check=False).returncode != 0
    faults.unlink()
    made_before = len(project.state())
    assert made_before > 50
    completed = project.up()
    assert set(completed) <= {"create", "update"}
    assert len(project.state()) > made_before
    project.pulumi("preview", "--expect-no-changes")
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert project.left_in_the_cloud() == []
