"""What every pattern on AWS makes the same way: access to the cluster, the role, the workload."""

from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws.arns import joined
from components.aws.logs import LogGroup
from components.aws.pod_role import PodRole
from components.aws.reference import AwsPlatformReference
from components.binding import Binding, NetworkRule
from components.kubernetes.pgbouncer import Companions
from components.kubernetes.provider import cluster_provider
from components.kubernetes.workload import Workload
from components.patterns import parts
from components.patterns.args import ServiceIdentityArgs, image_name
from components.patterns.parts import given

WORKLOAD_KEYS = (
    *("container", "resources", "probes", "rollout", "disruption", "shutdown", "ports"),
    *("spread_zones", "spot", "singleton", "sidecars", "tasks"),
)
"""Keys of a pattern that the workload takes as they are."""


PRIORITIES = {"critical": "critical", "best_effort": "best-effort"}
"""Tier → how its priority class is called; others have none."""


def in_cluster(
    component: pulumi.ComponentResource, name: str, platform: AwsPlatformReference
) -> ResourceOptions:
    """Options for children that live in the cluster: by the caller's provider, else by one made here."""
    provider = component.get_provider("kubernetes:core/v1:Namespace") or cluster_provider(
        f"{name}-cluster",
        platform["kubeconfig"],
        ResourceOptions(parent=component),
        cluster_name=platform["cluster_name"],
    )
    return ResourceOptions(parent=component, providers=[provider])


def tier_labels(service: ServiceIdentityArgs) -> dict[str, pulumi.Input[str]]:
    """Labels of everything of a service in the cluster, beside the standard ones."""
    return given(service, "tier", "skymason.dev/tier")


def priority(args: dict[str, Any]) -> dict[str, pulumi.Input[str]]:
    """The priority class of a service's tier, where the platform has classes and the tier has one."""
    prefix, tier = args["platform"].get("priority_class_prefix"), str(args["service"].get("tier") or "")
    if prefix is None or tier not in PRIORITIES:
        return {}
    return {"priority_class": joined(prefix, "-", PRIORITIES[tier])}


def service_role(
    name: str,
    service: str,
    platform: AwsPlatformReference,
    bindings: list[Binding],
    opts: ResourceOptions,
    *,
    account: str | None = None,
) -> PodRole:
    """The role of a service's pods, with exactly what its bindings say.

    account: service account in the service's namespace. Default: the service's own.
    """
    return PodRole(
        name,
        {
            "cluster_name": platform["cluster_name"],
            "namespace": service,
            "service_account": account or service,
            "statements": parts.statements(bindings),
            "account_id": platform["account_id"],
            **given(platform, "permissions_boundary_arn"),
        },
        opts,
    )


def service_workload(
    name: str,
    args: dict[str, Any],
    *,
    namespace: pulumi.Output[str],
    role: PodRole,
    bindings: list[Binding],
    network: list[NetworkRule],
    drain_seconds: int,
    opts: ResourceOptions,
    companions: Companions | None = None,
) -> Workload:
    """The replicas of a service.

    args: of the pattern, complete. network: all traffic that is allowed. drain_seconds: a leaving replica
    lives at least as long. companions: what the pattern puts beside the service's own container.
    """
    service, platform = args["service"], args["platform"]
    logs = pod_logs(name, args, ResourceOptions(parent=opts.parent))
    return Workload(
        name,
        {
            "name": service["name"],
            "namespace": namespace,
            "image": image_name(args["image"], platform["registry_host"], platform["repository_prefix"]),
            **{key: args[key] for key in WORKLOAD_KEYS},
            "drain_seconds": drain_seconds,
            **{f"{end}_replicas": args["scaling"][end] for end in ("min", "max")},
            "environment": parts.environment(
                service["name"], platform["environment"], args["logging"]["level"], args["ports"], bindings
            ),
            "network": network,
            "labels": tier_labels(service),
            **priority(args),
            **({"companions": companions.containers, "volumes": companions.volumes} if companions else {}),
            # Known once the role is tied to the account: a pod that starts earlier gets no credentials.
            "account_annotations": {"skymason.dev/role": role.role_arn},
        },
        ResourceOptions.merge(opts, ResourceOptions(depends_on=logs)),
    )


def pod_log_group(args: dict[str, Any]) -> pulumi.Input[str]:
    """Name of the log group of a service's namespace; empty where nobody collects logs of pods."""
    prefix = args["platform"].get("pod_log_prefix")
    return "" if prefix is None else joined(prefix, "/", args["service"]["name"])


def pod_logs(name: str, args: dict[str, Any], below: ResourceOptions) -> list[pulumi.Resource]:
    """The log group of a service's namespace, where the platform collects logs of pods."""
    group = pod_log_group(args)
    if group == "":
        return []
    made = LogGroup(
        f"{name}-pods",
        {
            "group_name": group,
            "key_arn": args["platform"]["logs_key_arn"],
            "days": args["logging"]["retention_days"],
        },
        below,
    )
    return [made.group]
