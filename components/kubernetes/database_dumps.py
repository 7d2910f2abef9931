"""Dumps of a database on the cluster to a bucket."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.batch import v1 as batch

from components.binding import NetworkRule
from components.kubernetes import one_off, pod
from components.kubernetes.args import ContainerArgs
from components.kubernetes.database_scripts import BACKUP, DUMP, FETCH
from components.kubernetes.images import AWS_CLI
from components.kubernetes.tasks import HISTORY, KEEP, LATE

COMPONENT = "database-backup"
PORT = 5432
USER = 70
"""The user `postgres` of the image."""
TIMEOUT = 3 * 3600
VOLUME = "dump"


@dataclass(frozen=True)
class Place:
    """Where a database is. name: of the component. account: `<service>-database`. image: of the server, whose
    tools fit it. storage_class: of the volume that a dump is made on."""

    name: str
    service: str
    namespace: pulumi.Input[str]
    account: str
    image: str
    storage_class: pulumi.Input[str]
    below: ResourceOptions


def dumps(
    place: Place,
    *,
    schedule: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    storage_gb: int,
    environment: dict[str, pulumi.Input[str]],
) -> batch.CronJob:
    """A CronJob that makes a dump on a volume of its own, and sends it off when it is whole."""
    name, account = place.name, f"{place.account}-backup"
    network: list[NetworkRule] = [
        {"direction": "egress", "port": PORT, "service": place.service},
        *one_off.CLOUD,
    ]
    needs = one_off.identity(
        f"{name}-database-backup",
        place.service,
        place.namespace,
        COMPONENT,
        account=account,
        role_arn=role_arn,
        network=network,
        opts=place.below,
    )
    where = {VOLUME: "/dump"}
    fetch = one_off.script("fetch", AWS_CLI, FETCH, environment, user=USER)
    dump = one_off.script("dump", place.image, DUMP, environment, user=USER, mounts=where)
    upload = one_off.script("upload", AWS_CLI, BACKUP, environment, user=USER, mounts=where)
    volume = {"volume_claim_template": {"spec": claim(place.storage_class, storage_gb)}}
    metadata = one_off.metadata(place.service, account, place.namespace, COMPONENT)
    return batch.CronJob(
        f"{name}-database-backup-schedule",
        metadata=metadata,
        spec={
            "schedule": schedule,
            "time_zone": "Etc/UTC",
            "concurrency_policy": "Forbid",
            "starting_deadline_seconds": LATE,
            "successful_jobs_history_limit": HISTORY,
            "failed_jobs_history_limit": HISTORY,
            "job_template": {
                "metadata": {"labels": metadata["labels"]},
                "spec": {
                    "active_deadline_seconds": TIMEOUT,
                    "backoff_limit": 2,
                    "ttl_seconds_after_finished": KEEP,
                    **one_off.job(
                        metadata["labels"],
                        {
                            **as_postgres(account, [upload]),
                            "init_containers": [fetch, dump],
                            "restart_policy": "Never",
                            "affinity": pod.capacity(False),
                            "volumes": [one_off.memory(), {"name": VOLUME, "ephemeral": volume}],
                        },
                    ),
                },
            },
        },
        opts=ResourceOptions.merge(place.below, ResourceOptions(depends_on=needs)),
    )


def as_postgres(account: str, containers: list[dict[str, Any]]) -> dict[str, Any]:
    """A pod that runs as the image's own user."""
    container: ContainerArgs = {"user": USER, "read_only_root": True, "scratch_size": "16Mi"}
    made = pod.pod(account, USER, containers, container)
    # Else each start of the pod goes through all files of its volume.
    security = {**made["security_context"], "fs_group_change_policy": "OnRootMismatch"}
    return {**made, "security_context": security}


def claim(storage_class: pulumi.Input[str], storage_gb: int) -> dict[str, Any]:
    """Of a volume for one node at a time."""
    return {
        "access_modes": ["ReadWriteOnce"],
        "storage_class_name": storage_class,
        "resources": {"requests": {"storage": f"{storage_gb}Gi"}},
    }
