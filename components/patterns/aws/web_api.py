"""`web_api` on AWS: an HTTP service on EKS behind load balancers of its own."""

from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.aws.alarms import LoadBalancerAlarms
from components.aws.certificate import Certificate
from components.aws.load_balancer import LoadBalancer
from components.aws.pod_role import PodRole
from components.aws.waf import Firewall
from components.binding import NetworkRule
from components.kubernetes.autoscaling import Autoscaler
from components.kubernetes.namespace import READINESS_GATE, ServiceNamespace
from components.kubernetes.network_policy import POD_IDENTITY_AGENT
from components.kubernetes.provider import cluster_provider
from components.kubernetes.target_group import target_group_binding
from components.kubernetes.workload import Workload
from components.patterns.args import image_name
from components.patterns.aws.web_api_args import WebApiArgs
from components.patterns.escape import Escape
from skymason.patterns.models.common import Exposure

PLACES = {
    Exposure.PUBLIC: ("public",),
    Exposure.INTERNAL: ("internal",),
    Exposure.BOTH: ("public", "internal"),
}
"""Exposure → its load balancers."""


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
        self._name, self._args, self._platform = name, with_defaults(args), args["platform"]
        self._service = args["service"]["name"]
        self._below = ResourceOptions(parent=self)
        self._places = PLACES[Exposure(self._args["ingress"]["exposure"])]
        self._hosts = self._host_names()

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
                "statements": [item for binding in self._bindings() for item in binding["statements"]],
                "account_id": self._platform["account_id"],
                **_given(self._platform, "permissions_boundary_arn"),
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

    def _host_names(self) -> list[pulumi.Input[str]]:
        hosts = self._args["ingress"].get("hosts") or []
        domain = self._platform.get("domain")
        if hosts or domain is None:
            return list(hosts)
        if isinstance(domain, str):
            return [f"{self._service}.{domain}"]
        return [pulumi.Output.concat(self._service, ".", domain)]

    def _bindings(self) -> list[Any]:
        return self._args.get("bindings") or []

    def _ports(self) -> dict[str, int]:
        return {port["name"]: int(port["port"]) for port in self._args["ports"]}

    def _labels(self) -> dict[str, pulumi.Input[str]]:
        tier = self._args["service"].get("tier")
        return {"skymason.io/tier": tier} if tier else {}

    def _certificate(self) -> pulumi.Input[str]:
        given = self._args["ingress"].get("certificate_arn") or self._platform.get("certificate_arn")
        if given is not None:
            return given
        zone = self._platform.get("hosted_zone_id")
        if zone is None or not self._hosts:
            raise ValueError(
                f"web API '{self._name}': there is no certificate, and none can be issued without a host name "
                "and a hosted zone; give ingress.certificate_arn, or the platform a domain"
            )
        return Certificate(self._name, {"hosts": self._hosts, "zone_id": zone}, self._below).arn

    def _load_balancers(self) -> dict[str, LoadBalancer]:
        ingress, platform, certificate = self._args["ingress"], self._platform, self._certificate()
        sides: dict[str, dict[str, Any]] = {
            "public": {
                "internal": False,
                "subnet_ids": platform["public_subnet_ids"],
                "allowed_cidrs": ingress["allowed_cidrs"],
                **_given(platform, "hosted_zone_id", "zone_id"),
            },
            "internal": {
                "internal": True,
                "subnet_ids": platform["private_subnet_ids"],
                "allowed_cidrs": [platform["vpc_cidr"]],
                **_given(platform, "private_zone_id", "zone_id"),
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
                    "tls_policy": ingress["tls_policy"],
                    "hosts": self._hosts,
                    "routes": ingress["routes"],
                    "ports": self._args["ports"],
                    "target_health": ingress["target_health"],
                    "headers": ingress["headers"],
                    "idle_timeout_seconds": ingress["idle_timeout_seconds"],
                    "deregistration_seconds": ingress["deregistration_seconds"],
                    "slow_start_seconds": ingress["slow_start_seconds"],
                    "deletion_protection": ingress["deletion_protection"],
                    **(_given(platform, "log_bucket") if ingress["access_logs"] else {}),
                    **sides[place],
                },
                self._below,
            )
            for place in self._places
        }

    def _workload(self, namespace: ServiceNamespace, role: PodRole, opts: ResourceOptions) -> Workload:
        args = self._args
        sections = ("container", "resources", "probes", "rollout", "disruption", "shutdown", "ports")
        return Workload(
            self._name,
            {
                "name": self._service,
                "namespace": namespace.namespace,
                "image": image_name(
                    args["image"], self._platform["registry_host"], self._platform["repository_prefix"]
                ),
                **{section: args[section] for section in sections},
                "drain_seconds": args["ingress"]["deregistration_seconds"],
                "spread_zones": args["spread_zones"],
                "spot": args["spot"],
                "singleton": args["singleton"],
                "environment": self._environment(),
                "network": self._network(),
                "sidecars": args.get("sidecars") or [],
                "tasks": args.get("tasks") or [],
                "labels": self._labels(),
                # Known once the role is tied to the account: a pod that starts earlier gets no credentials.
                "account_annotations": {"skymason.io/role": role.role_arn},
            },
            opts,
        )

    def _environment(self) -> dict[str, pulumi.Input[str]]:
        own: dict[str, pulumi.Input[str]] = {
            "SERVICE_NAME": self._service,
            "ENVIRONMENT": self._platform["environment"],
            "PORT": str(int(self._args["ports"][0]["port"])),
            "LOG_LEVEL": self._args["logging"]["level"],
        }
        for binding in self._bindings():
            own |= binding["environment"]
        return own

    def _network(self) -> list[NetworkRule]:
        """Everything that may reach the replicas, and everything that they may reach."""
        network = self._args["network"]
        routed = sorted({self._ports()[route.get("port") or "http"] for route in self._args["ingress"]["routes"]})
        rules: list[NetworkRule] = [
            {"direction": "ingress", "port": port, "cidr": self._platform["vpc_cidr"]} for port in routed
        ]
        rules += [
            {"direction": "ingress", "port": port, "service": caller}
            for caller in network.get("allow_from") or []
            for port in self._ports().values()
        ]
        rules += [
            {"direction": "egress", "port": int(port), "cidr": cidr}
            for cidr in network.get("egress_cidrs") or []
            for port in network["egress_ports"]
        ]
        for binding in self._bindings():
            rules += [*binding["network"], *([POD_IDENTITY_AGENT] if binding["statements"] else [])]
        return rules

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
                **_given(scaling, "requests_per_target"),
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


def _given(values: Any, key: str, under: str | None = None) -> dict[str, Any]:
    """The key, under its own or another name, where it has a value."""
    value = values.get(key)
    return {} if value is None else {under or key: value}
