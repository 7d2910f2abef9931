"""What every HTTP service on EKS consists of, whatever else its pattern adds."""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws.alarms import LoadBalancerAlarms
from components.aws.pod_role import PodRole
from components.aws.routing import ports_of
from components.binding import Binding
from components.kubernetes.autoscaling import Autoscaler
from components.kubernetes.namespace import READINESS_GATE, ServiceNamespace
from components.kubernetes.pgbouncer import Companions
from components.kubernetes.target_group import target_group_binding
from components.kubernetes.workload import Workload
from components.patterns import parts
from components.patterns.args import image_name
from components.patterns.aws.common import (
    in_cluster,
    pod_log_group,
    service_role,
    service_workload,
    tier_labels,
)
from components.patterns.aws.entrance import Entrance
from components.patterns.parts import given


class HttpService:
    """Makes the resources of an HTTP service as children of one component, in three steps: what can be there
    first (this), the replicas (`run`), and the alarms (`watch`).

    component: the parent; its Kubernetes provider is used where it has one. args: complete, with `platform`
    and `service`.
    """

    def __init__(self, component: pulumi.ComponentResource, name: str, args: dict[str, Any]) -> None:
        self._name, self._args, self._platform = name, args, args["platform"]
        self.service: str = args["service"]["name"]
        self.below = ResourceOptions(parent=component)
        self.cluster = in_cluster(component, name, args["platform"])
        labels = {**tier_labels(args["service"]), **READINESS_GATE}
        made = ServiceNamespace(name, {"name": self.service, "labels": labels}, self.cluster)
        self.namespace = made.namespace
        self.entrance = Entrance(
            name,
            self.service,
            self._platform,
            args["ingress"],
            args["ports"],
            args["logging"]["retention_days"],
            self.below,
        )

    @property
    def image(self) -> pulumi.Output[str]:
        """Full name of the service's image."""
        platform = self._platform
        return image_name(self._args["image"], platform["registry_host"], platform["repository_prefix"])

    def environment(self, bindings: list[Binding]) -> dict[str, pulumi.Input[str]]:
        """Settings of the service's containers, those of `bindings` among them."""
        args = self._args
        level, stack = args["logging"]["level"], self._platform["environment"]
        return parts.environment(self.service, stack, level, args["ports"], bindings)

    def run(
        self,
        bindings: list[Binding],
        *,
        after: Sequence[pulumi.Resource] = (),
        companions: Companions | None = None,
    ) -> PodRole:
        """Makes role, replicas and autoscaler; returns the role.

        after: what must be there before a replica starts. companions: beside the service's own container.
        """
        role = service_role(self._name, self.service, self._platform, bindings, self.below)
        workload = self._workload(role, bindings, after, companions)
        if not self._args["singleton"]:
            self._autoscaler(workload)
        return role

    def watch(self, *, dashboard: bool = True) -> None:
        """Makes the alarms of the load balancers, and their dashboard."""
        LoadBalancerAlarms(
            self._name,
            {
                "service": self.service,
                "owner": self._args["service"]["owner"],
                "alert_topic_arn": self._platform["alert_topic_arn"],
                "region": self._platform["region"],
                "load_balancers": self.balancers,
                "target_groups": self.target_groups,
                "alarms": self._args["alarms"],
                "dashboard": dashboard,
                "log_group": pod_log_group(self._args),
            },
            self.below,
        )

    @property
    def balancers(self) -> dict[str, pulumi.Output[str]]:
        """Place → load balancer, as metrics name it."""
        return {place: balancer.arn_suffix for place, balancer in self.entrance.balancers.items()}

    @property
    def target_groups(self) -> dict[str, dict[str, pulumi.Output[str]]]:
        """Place → port → target group, as metrics name it."""
        return {
            place: {port: group.arn_suffix for port, group in balancer.target_groups.items()}
            for place, balancer in self.entrance.balancers.items()
        }

    def outputs(self, role: PodRole) -> dict[str, pulumi.Output[Any]]:
        """Outputs of every HTTP service's component."""
        entrance = self.entrance
        balancers = {place: balancer.dns_name for place, balancer in entrance.balancers.items()}
        targets = {target.name: target.group.arn for target in entrance.targets()}
        firewall = entrance.firewall
        return {
            "urls": entrance.urls,
            "load_balancer_dns_names": pulumi.Output.all(**balancers),
            "target_group_arns": pulumi.Output.all(**targets),
            "role_arn": role.role_arn,
            "namespace": self.namespace,
            "firewall_log_group": firewall.log_group_name if firewall else pulumi.Output.from_input(""),
        }

    def _ports(self) -> dict[str, int]:
        return {port["name"]: int(port["port"]) for port in self._args["ports"]}

    def _ties(self) -> list[pulumi.Resource]:
        """Ties the Service to the target groups; replicas start after that.

        A replica is ready only when the load balancer finds it healthy, and it is asked to be so only if it
        is made after the tie.
        """
        return [
            target_group_binding(
                f"{self._name}-{target.place}-binding-{target.port}",
                name=target.name,
                service=self.service,
                namespace=self.namespace,
                port=self._ports()[target.port],
                target_group_arn=target.group.arn,
                # Targets of a group that no rule names are never asked for their health.
                opts=ResourceOptions.merge(
                    self.cluster, ResourceOptions(depends_on=[target.balancer.rule_of(target.port)])
                ),
            )
            for target in self.entrance.targets()
        ]

    def _workload(
        self,
        role: PodRole,
        bindings: list[Binding],
        after: Sequence[pulumi.Resource],
        companions: Companions | None,
    ) -> Workload:
        args = self._args
        routed = {self._ports()[port] for _, port in ports_of(args["ingress"]["routes"])}
        started_after = ResourceOptions(depends_on=[*self._ties(), *after])
        return service_workload(
            self._name,
            args,
            namespace=self.namespace,
            role=role,
            bindings=bindings,
            network=parts.traffic(
                args["ports"], sorted(routed), self.entrance.ranges, args["network"], bindings
            ),
            drain_seconds=args["ingress"]["deregistration_seconds"],
            opts=ResourceOptions.merge(self.cluster, started_after),
            companions=companions,
        )

    def _autoscaler(self, workload: Workload) -> None:
        scaling = self._args["scaling"]
        Autoscaler(
            self._name,
            {
                "name": self.service,
                "namespace": self.namespace,
                "deployment": workload.deployment_name,
                **{key: scaling[key] for key in ("min", "max", "cpu_percent", "scale_down_seconds")},
                **given(scaling, "requests_per_target"),
                "request_metrics": [
                    {
                        "load_balancer": target.balancer.arn_suffix,
                        "target_group": target.group.arn_suffix,
                        "region": self._platform["region"],
                    }
                    for target in self.entrance.targets()
                ],
                "schedule": scaling.get("schedule") or [],
            },
            self.cluster,
        )
