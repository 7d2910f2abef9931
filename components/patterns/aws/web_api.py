"""`web_api` on AWS: an HTTP service on EKS behind load balancers of its own."""

from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws.alarms import LoadBalancerAlarms
from components.aws.certificate import Certificate
from components.aws.load_balancer import LoadBalancer
from components.aws.pod_role import PodRole
from components.aws.routing import ports_of
from components.aws.waf import Firewall
from components.kubernetes.autoscaling import Autoscaler
from components.kubernetes.namespace import READINESS_GATE, ServiceNamespace
from components.kubernetes.provider import cluster_provider
from components.kubernetes.target_group import target_group_binding
from components.kubernetes.workload import Workload
from components.patterns import parts
from components.patterns.args import image_name
from components.patterns.aws.web_api_args import WebApiArgs
from components.patterns.defaults import with_defaults
from components.patterns.escape import Escape
from components.patterns.parts import given
from skymason.patterns.models.common import Exposure

PLACES = {
    Exposure.PUBLIC: ("public",),
    Exposure.INTERNAL: ("internal",),
    Exposure.BOTH: ("public", "internal"),
}
"""Exposure → its load balancers."""
WORKLOAD_KEYS = (
    *("container", "resources", "probes", "rollout", "disruption", "shutdown", "ports"),
    *("spread_zones", "spot", "singleton"),
)
"""Keys that the workload takes as they are."""
BALANCER_KEYS = (
    *("tls_policy", "routes", "target_health", "headers", "idle_timeout_seconds", "deletion_protection"),
    *("deregistration_seconds", "slow_start_seconds"),
)
"""Keys of `ingress` that each load balancer takes as they are."""


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
        self._places = PLACES[Exposure(self._args["ingress"]["exposure"])]
        self._hosts = host_names(
            self._service, self._args["ingress"].get("hosts"), self._platform.get("domain")
        )

        cluster = self._cluster()
        namespace = ServiceNamespace(
            name, {"name": self._service, "labels": {**self._labels(), **READINESS_GATE}}, cluster
        )
        balancers = self._load_balancers()
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
        targets = [
            target_group_binding(
                f"{name}-{place}-binding-{port}",
                name=f"{place}-{port}",
                service=self._service,
                namespace=namespace.namespace,
                port=self._ports()[port],
                target_group_arn=group.arn,
                # Targets of a group that no rule names are never asked for their health.
                opts=ResourceOptions.merge(cluster, ResourceOptions(depends_on=[balancer.rule_of(port)])),
            )
            for place, balancer in balancers.items()
            for port, group in balancer.target_groups.items()
        ]
        workload = self._workload(
            namespace, role, ResourceOptions.merge(cluster, ResourceOptions(depends_on=targets))
        )
        if not self._args["singleton"]:
            self._autoscaler(namespace, workload, balancers, cluster)
        firewall = self._firewall(balancers) if self._args["ingress"]["waf"]["enabled"] else None
        if self._args["alarms"]["enabled"]:
            self._alarms(balancers)
        escape.check()

        names = {place: balancer.dns_name for place, balancer in balancers.items()}
        self.urls = pulumi.Output.all(
            *(
                pulumi.Output.concat("https://", host)
                for host in self._hosts or names.values()
                if not (isinstance(host, str) and host.startswith("*"))
            )
        )
        self.load_balancer_dns_names = pulumi.Output.all(**names)
        self.target_group_arns = pulumi.Output.all(
            **{
                f"{place}-{port}": group.arn
                for place, balancer in balancers.items()
                for port, group in balancer.target_groups.items()
            }
        )
        self.role_arn, self.namespace = role.role_arn, namespace.namespace
        self.firewall_log_group = (
            firewall.log_group_name if firewall is not None else pulumi.Output.from_input("")
        )
        self.register_outputs({output: getattr(self, output) for output in WebApi.__annotations__})

    def _cluster(self) -> ResourceOptions:
        """Options for what lives in the cluster: by the caller's provider, else by one made here."""
        provider = self.get_provider("kubernetes:core/v1:Namespace") or cluster_provider(
            f"{self._name}-cluster", self._platform["kubeconfig"], self._below
        )
        return ResourceOptions(parent=self, providers=[provider])

    def _ports(self) -> dict[str, int]:
        return {port["name"]: int(port["port"]) for port in self._args["ports"]}

    def _labels(self) -> dict[str, pulumi.Input[str]]:
        tier = self._args["service"].get("tier")
        return {"skymason.dev/tier": tier} if tier else {}

    def _certificate(self) -> pulumi.Input[str]:
        given = self._args["ingress"].get("certificate_arn") or self._platform.get("certificate_arn")
        if given is not None:
            return given
        zone = self._platform.get("hosted_zone_id")
        if zone is None or not self._hosts:
            raise ValueError(
                f"web API '{self._name}': there is no certificate, and without a host name and a hosted zone "
                "none can be issued; give ingress.certificate_arn, or the platform a domain"
            )
        return Certificate(self._name, {"hosts": self._hosts, "zone_id": zone}, self._below).arn

    def _load_balancers(self) -> dict[str, LoadBalancer]:
        ingress, platform, certificate = self._args["ingress"], self._platform, self._certificate()
        sides: dict[str, dict[str, Any]] = {
            "public": {
                "internal": False,
                "subnet_ids": platform["public_subnet_ids"],
                "allowed_cidrs": ingress["allowed_cidrs"],
                **given(platform, "hosted_zone_id", "zone_id"),
            },
            "internal": {
                "internal": True,
                "subnet_ids": platform["private_subnet_ids"],
                "allowed_cidrs": [platform["vpc_cidr"]],
                **given(platform, "private_zone_id", "zone_id"),
            },
        }
        return {
            place: LoadBalancer(
                f"{self._name}-{place}",
                {
                    "service": self._service,
                    "vpc_id": platform["vpc_id"],
                    "target_security_group_id": platform["cluster_security_group_id"],
                    "certificate_arn": certificate,
                    "hosts": self._hosts,
                    "ports": self._args["ports"],
                    **{key: ingress[key] for key in BALANCER_KEYS},
                    **(given(platform, "log_bucket") if ingress["access_logs"] else {}),
                    **sides[place],
                },
                self._below,
            )
            for place in self._places
        }

    def _workload(self, namespace: ServiceNamespace, role: PodRole, opts: ResourceOptions) -> Workload:
        args = self._args
        return Workload(
            self._name,
            {
                "name": self._service,
                "namespace": namespace.namespace,
                "image": image_name(
                    args["image"], self._platform["registry_host"], self._platform["repository_prefix"]
                ),
                **{key: args[key] for key in WORKLOAD_KEYS},
                "drain_seconds": args["ingress"]["deregistration_seconds"],
                "environment": parts.environment(
                    self._service,
                    self._platform["environment"],
                    args["logging"]["level"],
                    args["ports"],
                    self._bindings,
                ),
                "network": parts.traffic(
                    args["ports"],
                    sorted({self._ports()[port] for _, port in ports_of(args["ingress"]["routes"])}),
                    [self._platform["vpc_cidr"]],
                    args["network"],
                    self._bindings,
                ),
                "sidecars": args.get("sidecars") or [],
                "tasks": args.get("tasks") or [],
                "labels": self._labels(),
                # Known once the role is tied to the account: a pod that starts earlier gets no credentials.
                "account_annotations": {"skymason.dev/role": role.role_arn},
            },
            opts,
        )

    def _autoscaler(
        self,
        namespace: ServiceNamespace,
        workload: Workload,
        balancers: dict[str, LoadBalancer],
        opts: ResourceOptions,
    ) -> None:
        scaling = self._args["scaling"]
        Autoscaler(
            self._name,
            {
                "name": self._service,
                "namespace": namespace.namespace,
                "deployment": workload.deployment_name,
                "min": scaling["min"],
                "max": scaling["max"],
                "cpu_percent": scaling["cpu_percent"],
                "scale_down_seconds": scaling["scale_down_seconds"],
                **given(scaling, "requests_per_target"),
                "request_metrics": [
                    {
                        "load_balancer": balancer.arn_suffix,
                        "target_group": group.arn_suffix,
                        "region": self._platform["region"],
                    }
                    for balancer in balancers.values()
                    for group in balancer.target_groups.values()
                ],
                "schedule": scaling.get("schedule") or [],
            },
            opts,
        )

    def _firewall(self, balancers: dict[str, LoadBalancer]) -> Firewall:
        waf = self._args["ingress"]["waf"]
        return Firewall(
            self._name,
            {
                "service": self._service,
                "mode": str(waf["mode"]),
                "managed_groups": waf["managed_groups"],
                "requests_per_5_minutes": waf["requests_per_5_minutes"],
                "load_balancer_arns": {place: balancer.arn for place, balancer in balancers.items()},
                "log_retention_days": self._args["logging"]["retention_days"],
                "logs_key_arn": self._platform["logs_key_arn"],
            },
            self._below,
        )

    def _alarms(self, balancers: dict[str, LoadBalancer]) -> None:
        LoadBalancerAlarms(
            self._name,
            {
                "service": self._service,
                "owner": self._args["service"]["owner"],
                "alert_topic_arn": self._platform["alert_topic_arn"],
                "region": self._platform["region"],
                "load_balancers": {place: balancer.arn_suffix for place, balancer in balancers.items()},
                "target_groups": {
                    place: {port: group.arn_suffix for port, group in balancer.target_groups.items()}
                    for place, balancer in balancers.items()
                },
                "alarms": self._args["alarms"],
            },
            self._below,
        )


def host_names(
    service: str, hosts: list[pulumi.Input[str]] | None, domain: pulumi.Input[str] | None
) -> list[pulumi.Input[str]]:
    """The hosts that are given, else the one that the platform's domain gives the service, else none."""
    if hosts or domain is None:
        return list(hosts or [])
    if isinstance(domain, str):
        return [f"{service}.{domain}"]
    return [pulumi.Output.concat(service, ".", domain)]
