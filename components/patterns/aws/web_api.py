"""`web_api` on AWS: an HTTP service on EKS behind load balancers of its own."""

import pulumi
from pulumi import ResourceOptions

from components.aws.alarms import LoadBalancerAlarms
from components.aws.pod_role import PodRole
from components.aws.routing import ports_of
from components.kubernetes.autoscaling import Autoscaler
from components.kubernetes.namespace import READINESS_GATE, ServiceNamespace
from components.kubernetes.provider import cluster_provider
from components.kubernetes.target_group import target_group_binding
from components.kubernetes.workload import Workload
from components.patterns import parts
from components.patterns.args import image_name
from components.patterns.aws.entrance import Entrance
from components.patterns.aws.web_api_args import WebApiArgs
from components.patterns.defaults import with_defaults
from components.patterns.escape import Escape
from components.patterns.parts import given

WORKLOAD_KEYS = (
    *("container", "resources", "probes", "rollout", "disruption", "shutdown", "ports"),
    *("spread_zones", "spot", "singleton", "sidecars", "tasks"),
)
"""Keys that the workload takes as they are."""


class WebApi(pulumi.ComponentResource):
    """An HTTP service: namespace, replicas, role, load balancers, certificate, firewall, scaling and alarms.

    Keys that are left out come from infrastructure-patterns.yaml. Resources inside are named
    `<name>-<short name>`; `escape` sets their properties by short name. Application logs go to the replicas'
    output and stay with the cluster: there is no log group for them until the platform runs a collector.
    """

    urls: pulumi.Output[list[str]]
    """One for each host; of the load balancers, where there is no host name."""
    load_balancer_dns_names: pulumi.Output[dict[str, str]]
    """By place: public, internal."""
    target_group_arns: pulumi.Output[dict[str, str]]
    """By place and port: `public-http`."""
    role_arn: pulumi.Output[str]
    namespace: pulumi.Output[str]
    firewall_log_group: pulumi.Output[str]
    """Empty where there is no firewall."""

    def __init__(self, name: str, args: WebApiArgs, opts: ResourceOptions | None = None) -> None:
        escape = Escape(name, args.get("escape") or {})
        super().__init__("skymason:patterns:AwsWebApi", name, None, escape.within(opts))
        self._name, self._args, self._platform = name, with_defaults("web_api", "aws", args), args["platform"]
        self._service, self._bindings = args["service"]["name"], args.get("bindings") or []
        self._below = ResourceOptions(parent=self)
        cluster = self._cluster()

        labels = {**self._labels(), **READINESS_GATE}
        namespace = ServiceNamespace(name, {"name": self._service, "labels": labels}, cluster).namespace
        entrance = Entrance(
            name,
            self._service,
            self._platform,
            self._args["ingress"],
            self._args["ports"],
            self._args["logging"]["retention_days"],
            self._below,
        )
        role = PodRole(
            name,
            {
                "cluster_name": self._platform["cluster_name"],
                "namespace": self._service,
                "service_account": self._service,
                "statements": parts.statements(self._bindings),
                "account_id": self._platform["account_id"],
                **given(self._platform, "permissions_boundary_arn"),
            },
            self._below,
        )
        workload = self._workload(namespace, role, self._bound_to(entrance, namespace, cluster))
        if not self._args["singleton"]:
            self._autoscaler(namespace, workload, entrance, cluster)
        if self._args["alarms"]["enabled"]:
            self._alarms(entrance)
        escape.check()

        self.urls = entrance.urls
        self.load_balancer_dns_names = pulumi.Output.all(
            **{place: balancer.dns_name for place, balancer in entrance.balancers.items()}
        )
        self.target_group_arns = pulumi.Output.all(
            **{target.name: target.group.arn for target in entrance.targets()}
        )
        self.role_arn, self.namespace = role.role_arn, namespace
        firewall = entrance.firewall
        self.firewall_log_group = firewall.log_group_name if firewall else pulumi.Output.from_input("")
        self.register_outputs({output: getattr(self, output) for output in WebApi.__annotations__})

    def _cluster(self) -> ResourceOptions:
        """Options for what lives in the cluster: by the caller's provider, else by one made here."""
        provider = self.get_provider("kubernetes:core/v1:Namespace") or cluster_provider(
            f"{self._name}-cluster",
            self._platform["kubeconfig"],
            self._below,
            cluster_name=self._platform["cluster_name"],
        )
        return ResourceOptions(parent=self, providers=[provider])

    def _labels(self) -> dict[str, pulumi.Input[str]]:
        return given(self._args["service"], "tier", "skymason.dev/tier")

    def _ports(self) -> dict[str, int]:
        return {port["name"]: int(port["port"]) for port in self._args["ports"]}

    def _bound_to(
        self, entrance: Entrance, namespace: pulumi.Output[str], cluster: ResourceOptions
    ) -> ResourceOptions:
        """Ties the Service to the target groups; options for what must start after that.

        A replica is ready only when the load balancer finds it healthy, and it is asked to be so only if it
        is made after the tie.
        """
        ties = [
            target_group_binding(
                f"{self._name}-{target.place}-binding-{target.port}",
                name=target.name,
                service=self._service,
                namespace=namespace,
                port=self._ports()[target.port],
                target_group_arn=target.group.arn,
                # Targets of a group that no rule names are never asked for their health.
                opts=ResourceOptions.merge(
                    cluster, ResourceOptions(depends_on=[target.balancer.rule_of(target.port)])
                ),
            )
            for target in entrance.targets()
        ]
        return ResourceOptions.merge(cluster, ResourceOptions(depends_on=ties))

    def _workload(self, namespace: pulumi.Output[str], role: PodRole, opts: ResourceOptions) -> Workload:
        args, platform = self._args, self._platform
        routed = {self._ports()[port] for _, port in ports_of(args["ingress"]["routes"])}
        return Workload(
            self._name,
            {
                "name": self._service,
                "namespace": namespace,
                "image": image_name(args["image"], platform["registry_host"], platform["repository_prefix"]),
                **{key: args[key] for key in WORKLOAD_KEYS},
                "drain_seconds": args["ingress"]["deregistration_seconds"],
                "environment": parts.environment(
                    self._service,
                    platform["environment"],
                    args["logging"]["level"],
                    args["ports"],
                    self._bindings,
                ),
                "network": parts.traffic(
                    args["ports"], sorted(routed), [platform["vpc_cidr"]], args["network"], self._bindings
                ),
                "labels": self._labels(),
                # Known once the role is tied to the account: a pod that starts earlier gets no credentials.
                "account_annotations": {"skymason.dev/role": role.role_arn},
            },
            opts,
        )

    def _autoscaler(
        self, namespace: pulumi.Output[str], workload: Workload, entrance: Entrance, opts: ResourceOptions
    ) -> None:
        scaling = self._args["scaling"]
        Autoscaler(
            self._name,
            {
                "name": self._service,
                "namespace": namespace,
                "deployment": workload.deployment_name,
                **{key: scaling[key] for key in ("min", "max", "cpu_percent", "scale_down_seconds")},
                **given(scaling, "requests_per_target"),
                "request_metrics": [
                    {
                        "load_balancer": target.balancer.arn_suffix,
                        "target_group": target.group.arn_suffix,
                        "region": self._platform["region"],
                    }
                    for target in entrance.targets()
                ],
                "schedule": scaling.get("schedule") or [],
            },
            opts,
        )

    def _alarms(self, entrance: Entrance) -> None:
        LoadBalancerAlarms(
            self._name,
            {
                "service": self._service,
                "owner": self._args["service"]["owner"],
                "alert_topic_arn": self._platform["alert_topic_arn"],
                "region": self._platform["region"],
                "load_balancers": {
                    place: balancer.arn_suffix for place, balancer in entrance.balancers.items()
                },
                "target_groups": {
                    place: {port: group.arn_suffix for port, group in balancer.target_groups.items()}
                    for place, balancer in entrance.balancers.items()
                },
                "alarms": self._args["alarms"],
            },
            self._below,
        )
