"""Runs in a service's namespace under an identity of their own: what every such run has. Pure functions."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking

from components.binding import NetworkRule
from components.kubernetes import labels, pod
from components.kubernetes.args import ContainerArgs, ResourcesArgs
from components.kubernetes.network_policy import POD_IDENTITY_AGENT, policy_spec

SMALL: ResourcesArgs = {
    "requests": {"cpu": "50m", "memory": "128Mi"},
    "limits": {"cpu": "500m", "memory": "256Mi"},
}
MEMORY = "memory"
"""Name of a volume that is never on a disk."""
FOLDER = "/memory"
KEPT = {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
"""Annotation of pods whose node the autoscaler does not take away to save one."""
CLOUD: tuple[NetworkRule, ...] = (
    {"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"},
    POD_IDENTITY_AGENT,
)
"""What whoever calls AWS needs."""


def metadata(
    service: str,
    name: pulumi.Input[str],
    namespace: pulumi.Input[str],
    component: str,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> dict[str, Any]:
    """component: what tells these pods from others of the namespace."""
    return {
        "name": name,
        "namespace": namespace,
        "labels": labels.standard(service, component),
        **({"annotations": dict(annotations)} if annotations else {}),
    }


def identity(
    name: str,
    service: str,
    namespace: pulumi.Input[str],
    component: str,
    *,
    account: str,
    role_arn: pulumi.Input[str] | None,
    network: Sequence[NetworkRule],
    opts: ResourceOptions,
) -> list[pulumi.Resource]:
    """A service account, and a network policy for exactly the pods of `component`.

    name: the resources are `<name>-account` and `<name>-traffic`. role_arn: known once it is tied to the
    account: a pod that starts earlier gets no credentials.
    """
    tied = {"skymason.dev/role": role_arn} if role_arn is not None else None
    return [
        core.ServiceAccount(
            f"{name}-account",
            metadata=metadata(service, account, namespace, component, tied),
            automount_service_account_token=False,
            opts=opts,
        ),
        networking.NetworkPolicy(
            f"{name}-traffic",
            metadata=metadata(service, account, namespace, component),
            spec={
                **policy_spec(list(network)),
                "pod_selector": {"match_labels": {labels.NAME: service, labels.COMPONENT: component}},
            },
            opts=opts,
        ),
    ]


def script(
    name: str,
    image: str,
    text: str,
    environment: Mapping[str, pulumi.Input[str]],
    resources: ResourcesArgs = SMALL,
    *,
    user: int = pod.NOBODY,
    mounts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A container that runs a shell script, with a folder in memory to hand things over in.

    mounts: further volumes → where.
    """
    places = {MEMORY: FOLDER, **(mounts or {})}
    settings = {**environment, "HOME": FOLDER}
    return {
        "name": name,
        "image": image,
        "command": ["/bin/sh", "-ec", text],
        "env": [{"name": key, "value": value} for key, value in sorted(settings.items())],
        "resources": pod.amounts(resources),
        "security_context": pod.container_security(user, read_only=True),
        "volume_mounts": [{"name": volume, "mount_path": path} for volume, path in places.items()],
    }


def memory(size: str = "16Mi") -> dict[str, Any]:
    """The volume of `script`."""
    return {"name": MEMORY, "empty_dir": {"medium": "Memory", "size_limit": size}}


def job(marks: Mapping[str, pulumi.Input[str]], run: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a Job's spec that says what runs. marks: labels of its pods. run: the pod's spec.

    Work that was begun is finished: the autoscaler takes no node away under it, and a run that is ended by a
    drain, or because its capacity is taken back, is made again without counting as failed.
    """
    ended = {"action": "Ignore", "on_pod_conditions": [{"type": "DisruptionTarget", "status": "True"}]}
    return {
        "pod_failure_policy": {"rules": [ended]},
        "template": {"metadata": {"labels": dict(marks), "annotations": KEPT}, "spec": dict(run)},
    }


def run_pod(
    account: str, containers: list[dict[str, Any]], args: ContainerArgs, first: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """Spec of a pod that runs once. first: containers that must have ended well before."""
    return {
        **pod.pod(account, int(args["user"]), containers, args),
        **({"init_containers": list(first)} if first else {}),
        "restart_policy": "Never",
        "affinity": pod.capacity(False),
    }
