"""One-off and scheduled runs of a service's image."""

from typing import Any

import pytest
from blocks import Built, build, unknown
from manifests import DIGEST, RESOURCES, validate, workload

from components.kubernetes.tasks import image_id
from components.kubernetes.workload import Workload

SMALL = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"cpu": "50m", "memory": "64Mi"}}


def make(*tasks: dict[str, Any], **changed: Any) -> Built:
    return build(lambda: Workload("orders", workload(tasks=list(tasks), **changed)))


@pytest.fixture(scope="module")
def built() -> Built:
    return make(
        {"name": "migrate", "command": ["migrate"], "args": ["up"]},
        {
            "name": "tidy",
            "command": ["tidy"],
            "schedule": "0 3 * * *",
            "timezone": "Europe/Berlin",
            "timeout_seconds": 600,
            "retries": 0,
            "resources": SMALL,
        },
    )


def test_the_api_takes_them(built: Built) -> None:
    assert validate(built.deployed) == 8


def test_a_one_off_task_is_named_by_its_image(built: Built) -> None:
    job = built.inputs("orders-task-migrate")
    assert job["metadata"]["name"] == "migrate-aaaaaaaaaaaa"
    assert job["metadata"]["labels"]["app.kubernetes.io/component"] == "task"
    assert (job["spec"]["activeDeadlineSeconds"], job["spec"]["backoffLimit"]) == (3600, 2)
    assert "ttlSecondsAfterFinished" not in job["spec"], "a Job that is gone would be run again"


@pytest.mark.parametrize("name", ["orders-task-migrate", "orders-schedule-tidy"])
def test_a_run_that_was_begun_is_finished(built: Built, name: str) -> None:
    made = built.inputs(name)["spec"]
    job = made["jobTemplate"]["spec"] if "jobTemplate" in made else made
    # Nothing of the settings: a change of those is no reason to run again.
    assert job["template"]["metadata"]["annotations"] == {
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false"
    }
    assert job["podFailurePolicy"] == {
        "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
    }


def test_a_task_runs_the_services_image_with_its_own_command(built: Built) -> None:
    pod = built.inputs("orders-task-migrate")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == f"registry/orders@{DIGEST}"
    assert (container["command"], container["args"]) == (["migrate"], ["up"])
    assert container["envFrom"] == [{"configMapRef": {"name": "orders"}}]
    assert container["resources"] == RESOURCES
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert not {"livenessProbe", "ports", "lifecycle"} & container.keys()
    assert pod["restartPolicy"] == "Never"
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_a_scheduled_task_never_runs_twice_at_once(built: Built) -> None:
    cron = built.inputs("orders-schedule-tidy")
    assert cron["metadata"]["name"] == "tidy"
    spec = cron["spec"]
    job = spec["jobTemplate"]["spec"]
    assert {key: value for key, value in spec.items() if key != "jobTemplate"} == {
        "schedule": "0 3 * * *",
        "timeZone": "Europe/Berlin",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": 300,
        "successfulJobsHistoryLimit": 3,
        "failedJobsHistoryLimit": 3,
    }
    assert (job["activeDeadlineSeconds"], job["backoffLimit"]) == (600, 0)
    assert job["ttlSecondsAfterFinished"] == 86_400
    (container,) = job["template"]["spec"]["containers"]
    assert container["resources"] == SMALL
    assert "args" not in container


def test_the_service_sends_no_requests_to_tasks(built: Built) -> None:
    selector = built.inputs("orders-service")["spec"]["selector"].items()
    for labels in (
        built.inputs("orders-task-migrate")["spec"]["template"]["metadata"]["labels"],
        built.inputs("orders-schedule-tidy")["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"],
    ):
        assert not selector <= labels.items()


def test_schedules_are_in_universal_time_unless_said_otherwise() -> None:
    built = make({"name": "tidy", "command": ["tidy"], "schedule": "0 3 * * *"}, spot=True)
    spec = built.inputs("orders-schedule-tidy")["spec"]
    assert spec["timeZone"] == "Etc/UTC"
    affinity = spec["jobTemplate"]["spec"]["template"]["spec"]["affinity"]
    assert "SPOT" in str(affinity)


def test_a_long_name_leaves_room_for_the_image() -> None:
    built = make({"name": "a" * 63, "command": ["x"]})
    name = built.inputs(f"orders-task-{'a' * 63}")["metadata"]["name"]
    assert name == f"{'a' * 50}-aaaaaaaaaaaa"


def test_an_image_that_is_not_known_yet() -> None:
    def program() -> None:
        Workload("orders", workload(image=unknown(), tasks=[{"name": "migrate", "command": ["x"]}]))

    assert len(build(program).names()) == 7


def test_image_id() -> None:
    assert image_id(f"registry/orders@{DIGEST}") == "a" * 12
    assert image_id("registry/orders:v1") == "c5bc9afb2816"
    assert image_id("registry/orders:v2") != image_id("registry/orders:v1")
