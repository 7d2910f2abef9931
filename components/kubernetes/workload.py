"""A service on Kubernetes: its replicas, and all that they need inside their namespace."""

import hashlib
import json
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.policy import v1 as policy

from components.binding import NetworkRule
from components.kubernetes import labels, pod
from components.kubernetes.args import (
    ContainerArgs,
    DisruptionArgs,
    NamedPortArgs,
    ProbesArgs,
    ResourcesArgs,
    RolloutArgs,
    ShutdownArgs,
    SidecarArgs,
    TaskArgs,
)
from components.kubernetes.network_policy import policy_spec
from components.kubernetes.rollout import Rollout
from components.kubernetes.tasks import TaskRunner

REVISIONS = 5
CHECKSUM = "skymason.dev/config-checksum"


class WorkloadArgs(TypedDict):
    """Arguments of Workload. The sections are given whole."""

    name: str
    """Name of the service, and of every object but policies and tasks."""
    namespace: pulumi.Input[str]
    """Namespace that holds nothing but this service."""
    image: pulumi.Input[str]
    """Full name, by digest."""
    ports: list[NamedPortArgs]
    """The first one is the main one: the probes ask it."""
    container: ContainerArgs
    resources: ResourcesArgs
    probes: ProbesArgs
    rollout: RolloutArgs
    min_replicas: NotRequired[int]
    """Fewest replicas that there may be, and `max_replicas` the most: they say in how many steps a rollout
    goes. 1 if left out."""
    max_replicas: NotRequired[int]
    disruption: DisruptionArgs
    shutdown: ShutdownArgs
    drain_seconds: NotRequired[int]
    """Time that a load balancer drains a leaving replica, which lives at least as long; 0 if left out."""
    priority_class: NotRequired[pulumi.Input[str]]
    """PriorityClass of the replicas. Left out: the cluster's default."""
    spread_zones: bool
    spot: bool
    singleton: bool
    """One replica, and a rollout that stops it before it starts the next."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Settings beside the container's own, which win."""
    network: NotRequired[list[NetworkRule]]
    """All traffic that is allowed, beside name resolution."""
    sidecars: NotRequired[list[SidecarArgs]]
    tasks: NotRequired[list[TaskArgs]]
    companions: NotRequired[list[dict[str, Any]]]
    """Containers that a pattern puts beside the service's own in replicas and tasks, before the sidecars, as
    a pod has them."""
    volumes: NotRequired[list[dict[str, Any]]]
    """Volumes of the companions."""
    labels: NotRequired[dict[str, pulumi.Input[str]]]
    """Labels of every object and of the replicas, beside the standard ones."""
    account_annotations: NotRequired[dict[str, pulumi.Input[str]]]
    """Annotations of the ServiceAccount. No pod starts before they are known."""


class Workload(pulumi.ComponentResource):
    """Deployment with ServiceAccount, ConfigMap, NetworkPolicy, Service, disruption budget and tasks.

    The number of replicas is left to an autoscaler, but for a singleton. What `opts.depends_on` names must
    be there before the first pod starts (a target group), and holds back nothing else. A new image changes
    the Deployment and the tasks, and no other object; new settings change the ConfigMap in place and start
    new replicas. A one-off task runs before its image is rolled out: where it fails, the version that runs
    stays.
    """

    deployment_name: pulumi.Output[str]
    service_name: pulumi.Output[str]
    service_account_name: pulumi.Output[str]

    def __init__(self, name: str, args: WorkloadArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:kubernetes:Workload", name, None, opts)
        self._name, self._args, self._below = name, args, ResourceOptions(parent=self)
        self._started_after = opts.depends_on if opts else None

        account = core.ServiceAccount(
            f"{name}-service-account",
            metadata=self._metadata(args.get("account_annotations")),
            automount_service_account_token=False,
            opts=self._below,
        )
        settings = {**(args.get("environment") or {}), **(args["container"].get("environment") or {})}
        config = core.ConfigMap(f"{name}-config", metadata=self._metadata(), data=settings, opts=self._below)
        self._checksum = checksum(settings)
        allowed = networking.NetworkPolicy(
            f"{name}-network-policy",
            metadata=self._metadata(),
            spec={**policy_spec(args.get("network") or []), "pod_selector": labels.own(args["name"])},
            opts=self._below,
        )
        # Waiting for endpoints would never end: the replicas wait for the load balancer, and that for this.
        service = core.Service(
            f"{name}-service",
            metadata=self._metadata({"pulumi.com/skipAwait": "true"}),
            spec={
                "type": "ClusterIP",
                "selector": labels.replicas(args["name"]),
                "ports": [
                    {
                        "name": port["name"],
                        "port": int(port["port"]),
                        "target_port": port["name"],
                        "protocol": "TCP",
                    }
                    for port in args["ports"]
                ],
            },
            opts=self._below,
        )
        needs = [account, config, allowed, service]
        deployment = self._deployment([*needs, *self._tasks(needs)])
        policy.PodDisruptionBudget(
            f"{name}-disruption-budget",
            metadata=self._metadata(),
            spec={
                "max_unavailable": pod.count(args["disruption"]["max_unavailable"]),
                "selector": {"match_labels": labels.replicas(args["name"])},
                # A replica that is broken anyway must not keep its node from being drained.
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
            },
            opts=self._below,
        )

        self.deployment_name = deployment.metadata.name
        self.service_name = service.metadata.name
        self.service_account_name = account.metadata.name
        self.register_outputs(
            {
                "deployment_name": self.deployment_name,
                "service_name": self.service_name,
                "service_account_name": self.service_account_name,
            }
        )

    def _metadata(self, annotations: dict[str, pulumi.Input[str]] | None = None) -> dict[str, Any]:
        return {
            "name": self._args["name"],
            "namespace": self._args["namespace"],
            "labels": labels.standard(self._args["name"], extra=self._args.get("labels")),
            **({"annotations": annotations} if annotations else {}),
        }

    def _after(self, resources: list[pulumi.Resource]) -> ResourceOptions:
        options = ResourceOptions(parent=self, depends_on=resources)
        return ResourceOptions.merge(options, ResourceOptions(depends_on=self._started_after))

    def _tasks(self, needs: list[pulumi.Resource]) -> list[pulumi.Resource]:
        """Makes all tasks; returns those that must have succeeded before the rollout."""
        args = self._args
        runner = TaskRunner(
            self._name,
            args["name"],
            args["namespace"],
            args["image"],
            args["container"],
            args["resources"],
            bool(args["spot"]),
            args.get("companions") or [],
            args.get("volumes") or [],
        )
        before = []
        for task in args.get("tasks") or []:
            if task.get("schedule"):
                runner.scheduled(task, self._below)
            else:
                before.append(runner.once(task, self._after(needs)))
        return before

    def _deployment(self, after: list[pulumi.Resource]) -> apps.Deployment:
        args = self._args
        pace = Rollout.of(
            args["rollout"],
            args["probes"]["startup"],
            singleton=bool(args["singleton"]),
            grace=grace_seconds(args["shutdown"], args.get("drain_seconds")),
            low=int(args.get("min_replicas", 1)),
            high=int(args.get("max_replicas", 1)),
        )
        return apps.Deployment(
            f"{self._name}-deployment",
            metadata=self._metadata(),
            spec={
                **pace.strategy,
                "min_ready_seconds": pace.ready_seconds,
                "revision_history_limit": REVISIONS,
                "progress_deadline_seconds": pace.step_seconds,
                "selector": {"match_labels": labels.replicas(args["name"])},
                "template": {
                    "metadata": {
                        "labels": labels.standard(args["name"], extra=args.get("labels")),
                        "annotations": {CHECKSUM: self._checksum},
                    },
                    "spec": self._pod(),
                },
            },
            # Past the deadline of a step the rollout fails by itself: this is an upper limit of all steps.
            opts=ResourceOptions.merge(self._after(after), ResourceOptions(custom_timeouts=pace.timeouts)),
        )

    def _pod(self) -> dict[str, Any]:
        args, name = self._args, self._args["name"]
        own = {
            **pod.container(name, args["image"], args["container"], args["resources"]),
            **pod.serving(args["ports"], args["probes"], args["shutdown"], args["ports"][0]["name"]),
        }
        sidecars = [pod.sidecar(sidecar) for sidecar in args.get("sidecars") or []]
        beside = [*(args.get("companions") or []), *sidecars]
        return {
            **pod.pod(
                name, int(args["container"]["user"]), [own], args["container"], args.get("volumes") or []
            ),
            **({"init_containers": beside} if beside else {}),
            **({"priority_class_name": args["priority_class"]} if "priority_class" in args else {}),
            "termination_grace_period_seconds": grace_seconds(args["shutdown"], args.get("drain_seconds")),
            **pod.placement(name, bool(args["spread_zones"]), bool(args["spot"])),
        }


def grace_seconds(shutdown: ShutdownArgs, drain_seconds: int | None = None) -> int:
    """Seconds that Kubernetes gives a pod: the wait, then the grace, and never less than the drain."""
    own = int(shutdown["pre_stop_seconds"]) + int(shutdown["grace_seconds"])
    return max(own, int(drain_seconds or 0))


def checksum(settings: dict[str, pulumi.Input[str]]) -> pulumi.Output[str]:
    """Of all settings: replicas read them at their start, so a change must start new ones."""
    return pulumi.Output.all(**settings).apply(
        lambda known: hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]
    )
