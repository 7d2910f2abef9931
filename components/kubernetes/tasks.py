"""Runs of a service's image beside the service: by schedule (CronJob), or once for each new image (Job)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import CustomTimeouts, ResourceOptions
from pulumi_kubernetes.batch import v1 as batch

from components.kubernetes import labels, one_off, pod
from components.kubernetes.args import ContainerArgs, ResourcesArgs, TaskArgs

TIMEOUT = 3600
RETRIES = 2
LATE = 300
"""Seconds after its time that a scheduled run may still start; later, it is left out."""
KEEP = 86_400
"""Seconds that the pods of a scheduled run are kept, for a look at their logs."""
HISTORY = 3
"""Finished and failed runs that a CronJob keeps."""
NAME = 50
"""Characters of a task's name that fit before the image's, in the 63 that a Job's name may have."""


@dataclass(frozen=True)
class TaskRunner:
    """Makes the tasks of one service, with the container that its replicas have."""

    name: str
    service: str
    namespace: pulumi.Input[str]
    image: pulumi.Input[str]
    container: ContainerArgs
    resources: ResourcesArgs
    spot: bool
    companions: Sequence[dict[str, Any]] = ()
    """Containers beside the task's own; they end when it does."""
    volumes: Sequence[dict[str, Any]] = ()

    def scheduled(self, task: TaskArgs, opts: ResourceOptions) -> batch.CronJob:
        """A CronJob that never runs twice at once."""
        return batch.CronJob(
            f"{self.name}-schedule-{task['name']}",
            metadata=self._metadata(task["name"]),
            spec={
                "schedule": task["schedule"],
                "time_zone": task.get("timezone") or "Etc/UTC",
                "concurrency_policy": "Forbid",
                "starting_deadline_seconds": LATE,
                "successful_jobs_history_limit": HISTORY,
                "failed_jobs_history_limit": HISTORY,
                "job_template": {
                    "metadata": {"labels": self._labels()},
                    "spec": {**self._job(task), "ttl_seconds_after_finished": KEEP},
                },
            },
            opts=opts,
        )

    def once(self, task: TaskArgs, opts: ResourceOptions) -> batch.Job:
        """A Job named by the image: a new image is a new Job, the same image never runs again.

        It is kept when it has finished: were it deleted, the next refresh would have it run once more. Its
        template says nothing of the settings, so that a change of those does not run it again.
        """
        name = pulumi.Output.from_input(self.image).apply(
            lambda image: f"{task['name'][:NAME]}-{image_id(image)}"
        )
        wait = CustomTimeouts(create=f"{_timeout(task) + 120}s")
        return batch.Job(
            f"{self.name}-task-{task['name']}",
            metadata=self._metadata(name),
            spec=self._job(task),
            opts=ResourceOptions.merge(opts, ResourceOptions(custom_timeouts=wait)),
        )

    def _labels(self) -> dict[str, pulumi.Input[str]]:
        return labels.standard(self.service, labels.TASK)

    def _metadata(self, name: pulumi.Input[str]) -> dict[str, Any]:
        return {"name": name, "namespace": self.namespace, "labels": self._labels()}

    def _job(self, task: TaskArgs) -> dict[str, Any]:
        command: ContainerArgs = {
            **self.container,
            "command": task["command"],
            "args": task.get("args") or [],
        }
        run = pod.container(self.service, self.image, command, task.get("resources") or self.resources)
        retries = task.get("retries")
        return {
            "active_deadline_seconds": _timeout(task),
            "backoff_limit": RETRIES if retries is None else int(retries),
            **one_off.job(
                self._labels(),
                {
                    **pod.pod(self.service, int(self.container["user"]), [run], self.container, self.volumes),
                    **({"init_containers": list(self.companions)} if self.companions else {}),
                    "restart_policy": "Never",
                    "affinity": pod.capacity(self.spot),
                },
            ),
        }


def image_id(image: str) -> str:
    """Twelve characters that tell one image from another: of its digest, else of its whole name."""
    _, found, digest = image.partition("@sha256:")
    return (digest if found else hashlib.sha256(image.encode()).hexdigest())[:12]


def _timeout(task: TaskArgs) -> int:
    return int(task.get("timeout_seconds") or TIMEOUT)
