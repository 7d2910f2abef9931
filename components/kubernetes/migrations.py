"""Changes of a service's database schema: up before each rollout, down by hand, never two at once."""

import hashlib
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import CustomTimeouts, ResourceOptions
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.binding import NetworkRule
from components.kubernetes import one_off, pod
from components.kubernetes.args import ContainerArgs, ResourcesArgs
from components.kubernetes.tasks import KEEP, image_id

COMPONENT = "migrations"
RETRIES = 2
NEVER = "0 0 1 1 *"
"""A CronJob wants a schedule; a suspended one does not follow it."""


class MigrationsArgs(TypedDict):
    """Arguments of Migrations. The sections are given whole."""

    name: str
    """Name of the service."""
    namespace: pulumi.Input[str]
    image: pulumi.Input[str]
    """The service's image, full name."""
    container: ContainerArgs
    resources: ResourcesArgs
    command: list[pulumi.Input[str]]
    """Brings the schema up to the image's version."""
    down_command: NotRequired[list[pulumi.Input[str]]]
    """Takes the last step back. Default: there is no way back."""
    timeout_seconds: int
    """After this a run is killed."""
    lock_timeout_seconds: int
    """How long a run waits for a lock in the database."""
    environment: dict[str, pulumi.Input[str]]
    network: list[NetworkRule]
    """All traffic of a run, beside name resolution."""
    role_arn: pulumi.Input[str]
    """Role of the service account `<service>-migrations`: the only one that may change the schema."""


class Migrations(pulumi.ComponentResource):
    """A Job that brings the schema up, once for each image, and a suspended CronJob that takes it down.

    `up` must have succeeded before a version takes traffic: let what rolls it out depend on it. A new Job is
    made only after the one before it is gone, and with it its pod. Runs that meet all the same wait for each
    other in the database: the tool takes the advisory lock `MIGRATION_LOCK_ID`, for at most
    `MIGRATION_LOCK_TIMEOUT_SECONDS`, which libpq's clients also get as `lock_timeout`. A failed Job stays,
    and fails every rollout of the same image: docs/runbooks/data-api-migrations.md.

    To take a step back: `kubectl create job --from=cronjob/<service>-migrations-down NAME`.
    """

    up: batch.Job

    def __init__(self, name: str, args: MigrationsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:Migrations", name, None, opts)
        self._args = args
        self._account = f"{args['name']}-migrations"
        below = ResourceOptions(parent=self)
        after = ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        settings = {
            **args["environment"],
            **(args["container"].get("environment") or {}),
            **lock(args["name"], int(args["lock_timeout_seconds"])),
        }
        needs: list[pulumi.Resource] = [
            *one_off.identity(
                f"{name}-migrations",
                args["name"],
                args["namespace"],
                COMPONENT,
                account=self._account,
                role_arn=args["role_arn"],
                network=args["network"],
                opts=below,
            ),
            core.ConfigMap(
                f"{name}-migrations-config", metadata=self._metadata(self._account), data=settings, opts=below
            ),
        ]
        # Named by the image: a new image is a new run. The settings have no part in it: a change of those is
        # no reason to run again.
        run = pulumi.Output.from_input(args["image"]).apply(lambda image: f"migrate-up-{image_id(image)}")
        self.up = batch.Job(
            f"{name}-migrations-up",
            metadata=self._metadata(run),
            spec=self._job(args["command"]),
            opts=ResourceOptions.merge(
                after,
                ResourceOptions(
                    depends_on=needs,
                    delete_before_replace=True,
                    custom_timeouts=CustomTimeouts(
                        create=f"{(RETRIES + 1) * int(args['timeout_seconds']) + 120}s"
                    ),
                ),
            ),
        )
        if args.get("down_command"):
            batch.CronJob(
                f"{name}-migrations-down",
                metadata=self._metadata(f"{self._account}-down"),
                spec={
                    "schedule": NEVER,
                    "suspend": True,
                    "concurrency_policy": "Forbid",
                    "job_template": {
                        "metadata": {"labels": self._metadata("")["labels"]},
                        "spec": {**self._job(args["down_command"]), "ttl_seconds_after_finished": KEEP},
                    },
                },
                opts=below,
            )
        self.register_outputs({})

    def _metadata(self, name: pulumi.Input[str]) -> dict[str, Any]:
        return one_off.metadata(self._args["name"], name, self._args["namespace"], COMPONENT)

    def _job(self, command: list[pulumi.Input[str]]) -> dict[str, Any]:
        args = self._args
        container: ContainerArgs = {**args["container"], "command": command, "args": []}
        run = pod.container(self._account, args["image"], container, args["resources"])
        return {
            "active_deadline_seconds": int(args["timeout_seconds"]),
            "backoff_limit": RETRIES,
            "completions": 1,
            "parallelism": 1,
            **one_off.job(
                self._metadata("")["labels"], one_off.run_pod(self._account, [run], args["container"])
            ),
        }


def lock(service: str, timeout_seconds: int) -> dict[str, str]:
    """Settings of the lock that all runs of a service's migrations take."""
    # Positive, in the 64 bits of pg_advisory_lock.
    id = int.from_bytes(hashlib.sha256(service.encode()).digest()[:8], "big") >> 1
    return {
        "MIGRATION_LOCK_ID": str(id),
        "MIGRATION_LOCK_TIMEOUT_SECONDS": str(timeout_seconds),
        "PGOPTIONS": f"-c lock_timeout={timeout_seconds}s",
    }
