"""The past, processed again: a suspended CronJob whose Jobs take events from the store, not the stream."""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.batch import v1 as batch
from pulumi_kubernetes.core import v1 as core

from components.kubernetes import labels, one_off, pod
from components.kubernetes.args import ContainerArgs
from components.patterns.args import image_name

REPLAY = labels.REPLAY
NEVER = "0 0 1 1 *"
"""A schedule that is never kept: the template is suspended, and runs when somebody makes a Job from it."""
RETRIES = 3
KEEP = 7 * 86_400
"""Seconds that a finished replay is kept, for a look at its logs."""
JOB_NAME = "metadata.labels['batch.kubernetes.io/job-name']"


def replay_template(
    name: str,
    args: dict[str, Any],
    *,
    namespace: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    settings: dict[str, pulumi.Input[str]],
    opts: ResourceOptions,
) -> batch.CronJob:
    """The template and its identity. args: of the pattern, complete. settings: where the store
    is, which the service itself is not told.

    A run is the service's image with the service's settings and `REPLAY=true`: it reads the store from
    `REPLAY_FROM` to `REPLAY_TO` (RFC 3339, empty for all), only `REPLAY_KEY` where given, at
    `REPLAY_EVENTS_PER_SECOND`, and hands each event to what processes those of the stream. Its ids are
    remembered under the run's own name: each event once a run, also where it was processed before.
    """
    service, platform, replay = args["service"]["name"], args["platform"], args["replay"]
    account = f"{service}-{REPLAY}"
    container: ContainerArgs = args["container"]
    if replay.get("command"):
        container = {**container, "command": replay["command"], "args": []}
    image = image_name(args["image"], platform["registry_host"], platform["repository_prefix"])
    run = pod.container(service, image, container, args["resources"])
    run["env"] = [
        *(
            {"name": key, "value": value}
            for key, value in (
                *sorted(settings.items()),
                ("REPLAY", "true"),
                ("REPLAY_FROM", ""),
                ("REPLAY_TO", ""),
                ("REPLAY_KEY", ""),
                ("REPLAY_EVENTS_PER_SECOND", str(int(replay["events_per_second"]))),
            )
        ),
        {"name": "IDEMPOTENCY_SCOPE", "value_from": {"field_ref": {"field_path": JOB_NAME}}},
    ]
    marks = labels.standard(service, REPLAY)
    metadata = {"name": account, "namespace": namespace, "labels": marks}
    template = batch.CronJob(
        f"{name}-{REPLAY}",
        metadata=metadata,
        spec={
            "schedule": NEVER,
            "suspend": True,
            # Two at once would mix events of one key.
            "concurrency_policy": "Forbid",
            "job_template": {
                "metadata": {"labels": marks},
                "spec": {
                    "backoff_limit": RETRIES,
                    "parallelism": 1,
                    "ttl_seconds_after_finished": KEEP,
                    **one_off.job(
                        marks,
                        {
                            **pod.pod(account, int(container["user"]), [run], container),
                            "restart_policy": "Never",
                            "affinity": pod.capacity(bool(args["spot"])),
                        },
                    ),
                },
            },
        },
        opts=opts,
    )
    # Its traffic is the service's own.
    core.ServiceAccount(
        f"{name}-{REPLAY}-account",
        metadata={**metadata, "annotations": {"skymason.dev/role": role_arn}},
        automount_service_account_token=False,
        opts=opts,
    )
    return template
