"""The controllers of a cluster: load balancing, metrics, nodes on demand, scaling by events."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_kubernetes import core, helm, scheduling

from components.aws.addon_charts import CHARTS, Chart, Place, pod_log_prefix, values
from components.aws.addon_permissions import PERMISSIONS
from components.aws.arns import Account, joined
from components.aws.logs import DEBUG_DAYS, LogGroup
from components.aws.pod_role import PodRole, PodRoleArgs
from components.kubernetes.provider import cluster_provider

PRIORITY_PREFIX = "skymason"
PRIORITIES = {
    "critical": (1000, "Takes the room of others where there is none; their replicas are made elsewhere."),
    "best-effort": (-5, "Waits for room, and gives it up for others."),
}
"""Tier → priority and what it means. Below -10 the autoscaler would make no room."""


class AddonsArgs(TypedDict):
    cluster_name: pulumi.Input[str]
    version: str
    """Version of Kubernetes; the autoscaler's image follows it."""
    vpc_id: pulumi.Input[str]
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    kubeconfig: NotRequired[pulumi.Input[str]]
    """How to reach the cluster. Default: the Kubernetes provider among the component's options."""
    charts: NotRequired[list[str]]
    """Which to install: load-balancer-controller, metrics-server, cluster-autoscaler, fluent-bit, keda.
    Default: all."""
    replicas: NotRequired[int]
    """Of each controller; one works, others wait to take over. Default: 2."""
    logs_key_arn: pulumi.Input[str]
    """Key that the controllers' own logs are encrypted with."""
    log_days: NotRequired[int]
    """Days that they are kept. Default: 30."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of each role. Default: none."""


class Addons(pulumi.ComponentResource):
    """Pinned Helm releases, each with a role that holds what its controller does and no more."""

    installed: pulumi.Output[list[str]]
    """Names of the releases. Known once they run: what depends on it may use their kinds and webhooks."""
    role_arns: pulumi.Output[dict[str, str]]
    """Role of each controller that has one, by short name."""

    def __init__(self, name: str, args: AddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Addons", name, None, opts)
        self._name = name
        self._args = args
        self._account = Account(args["partition"], args["region"], args["account_id"])
        self._place = Place(
            cluster_name=args["cluster_name"],
            version=args["version"],
            vpc_id=args["vpc_id"],
            region=args["region"],
            replicas=int(args.get("replicas", 2)),
        )
        self._cluster = pulumi.ResourceOptions(parent=self)
        if "kubeconfig" in args:
            self._cluster.provider = cluster_provider(
                f"{name}-cluster", args["kubeconfig"], self._cluster, cluster_name=args["cluster_name"]
            )
        charts = args.get("charts", list(CHARTS))
        self._priorities()
        self._log_groups = self._collect(charts)
        self._roles = {each: self._role(each, CHARTS[each]) for each in charts if each in PERMISSIONS}
        self.installed = pulumi.Output.all(*[self._release(each).name for each in charts])
        self.role_arns = pulumi.Output.all(**{each: role.role_arn for each, role in self._roles.items()})
        self.register_outputs({"installed": self.installed, "role_arns": self.role_arns})

    @property
    def reference(self) -> dict[str, pulumi.Input[str]]:
        """What services need to know of the controllers: keys of `AwsPlatformReference`."""
        known: dict[str, pulumi.Input[str]] = {"priority_class_prefix": PRIORITY_PREFIX}
        if self._log_groups:
            known["pod_log_prefix"] = pod_log_prefix(self._args["cluster_name"])
        if "keda" in self._roles:
            known["scaler_role_arn"] = self._roles["keda"].role_arn
        return known

    def _priorities(self) -> None:
        """Priority classes of tiers; pods without one have 0."""
        for tier, (value, meaning) in PRIORITIES.items():
            scheduling.v1.PriorityClass(
                f"{self._name}-priority-{tier}",
                metadata={"name": f"{PRIORITY_PREFIX}-{tier}"},
                value=value,
                preemption_policy="PreemptLowerPriority" if value > 0 else "Never",
                description=meaning,
                opts=self._cluster,
            )

    def _collect(self, charts: list[str]) -> list[pulumi.Resource]:
        """Log groups of the controllers' namespaces, where there is a collector."""
        if "fluent-bit" not in charts:
            return []
        prefix = pod_log_prefix(self._args["cluster_name"])
        return [
            LogGroup(
                f"{self._name}-{namespace}-pods",
                {
                    "group_name": joined(prefix, "/", namespace),
                    "key_arn": self._args["logs_key_arn"],
                    "days": self._args.get("log_days", DEBUG_DAYS),
                },
                pulumi.ResourceOptions(parent=self),
            ).group
            for namespace in sorted({CHARTS[each].namespace for each in charts})
        ]

    def _release(self, short: str) -> helm.v3.Release:
        chart = CHARTS[short]
        namespace: pulumi.Input[str] = chart.namespace
        if chart.namespace != "kube-system":
            namespace = self._namespace(short, chart.namespace)
        role = self._roles.get(short)
        return helm.v3.Release(
            f"{self._name}-{short}",
            name=chart.name,
            chart=chart.name,
            version=chart.version,
            repository_opts={"repo": chart.repository},
            namespace=namespace,
            values=values(short, self._place),
            # A release that does not come up is rolled back, not left half-installed.
            atomic=True,
            timeout=600,
            opts=pulumi.ResourceOptions.merge(
                self._cluster,
                pulumi.ResourceOptions(
                    depends_on=[
                        *([role.association] if role else []),
                        *(self._log_groups if short == "fluent-bit" else []),
                    ]
                ),
            ),
        )

    def _namespace(self, short: str, namespace: str) -> pulumi.Output[str]:
        made = core.v1.Namespace(
            f"{self._name}-{short}-namespace",
            metadata={
                "name": namespace,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
            opts=self._cluster,
        )
        return made.metadata.name.apply(str)

    def _role(self, short: str, chart: Chart) -> PodRole:
        args: PodRoleArgs = {
            "cluster_name": self._args["cluster_name"],
            "namespace": chart.namespace,
            "service_account": chart.service_account,
            "statements": PERMISSIONS[short](self._account, self._args["cluster_name"]),
            "account_id": self._args["account_id"],
        }
        if "permissions_boundary_arn" in self._args:
            args["permissions_boundary_arn"] = self._args["permissions_boundary_arn"]
        return PodRole(f"{self._name}-{short}", args, pulumi.ResourceOptions(parent=self))
