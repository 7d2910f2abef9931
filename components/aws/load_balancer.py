"""An application load balancer of one service: TLS, redirect, security headers, routes to target groups."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, lb, route53, vpc

from components.aws.names import physical_name, slug
from components.aws.routing import ANY, RouteArgs, conditions, ports_of, priorities
from components.kubernetes.args import NamedPortArgs

NAME_LIMIT = 32


class TargetHealthArgs(TypedDict):
    """How the load balancer asks its targets for their health."""

    path: NotRequired[pulumi.Input[str]]
    interval_seconds: NotRequired[int]
    timeout_seconds: NotRequired[int]
    healthy_threshold: NotRequired[int]
    unhealthy_threshold: NotRequired[int]


class SecurityHeadersArgs(TypedDict):
    """Response headers that the load balancer sets; an empty string leaves one to the application."""

    strict_transport_security: NotRequired[str]
    content_security_policy: NotRequired[str]
    x_content_type_options: NotRequired[str]
    x_frame_options: NotRequired[str]


class LoadBalancerArgs(TypedDict):
    """Arguments of LoadBalancer."""

    service: str
    """Name of the service, for descriptions and the folder of the access logs."""
    internal: bool
    """Reachable from inside the network only. A change replaces the load balancer."""
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """One in each zone, at least two."""
    target_security_group_id: pulumi.Input[str]
    """Security group of the targets; it gets one rule for each routed port."""
    allowed_cidrs: dict[str, pulumi.Input[str]]
    """Addresses that may reach the load balancer, on 443 and 80, each under a name for its rules."""
    certificate_arn: pulumi.Input[str]
    tls_policy: pulumi.Input[str]
    """`ELBSecurityPolicy-TLS13-1-2-…`: TLS 1.2 and 1.3."""
    hosts: dict[str, pulumi.Input[str]]
    """Host names, each under a name for its rules and record; empty answers to every name."""
    routes: list[RouteArgs]
    """Path prefixes to ports. The longest prefix wins, whatever the order."""
    ports: list[NamedPortArgs]
    target_health: TargetHealthArgs
    headers: SecurityHeadersArgs
    idle_timeout_seconds: int
    deregistration_seconds: int
    slow_start_seconds: int
    """0, or 30 to 900."""
    deletion_protection: bool
    log_bucket: NotRequired[pulumi.Input[str]]
    """Bucket for access logs, under `<service>/`; left out, there are none."""
    zone_id: NotRequired[pulumi.Input[str]]
    """Hosted zone of the hosts; left out, no records are made."""
    inside_zone_id: NotRequired[pulumi.Input[str]]
    """Private zone that answers for the hosts inside the network, in the place of `zone_id`: a host without a
    record there does not exist for those inside. Left out, there is none."""


class LoadBalancer(pulumi.ComponentResource):
    """Load balancer, its security group, listeners, and a target group for each routed port.

    What no route names is answered with 404, by the load balancer itself. Targets are registered by address,
    by whoever runs them: `target_groups` says by port name where.
    """

    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    """`app/<name>/<id>`: the dimension of its metrics."""
    dns_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    target_group_arns: pulumi.Output[dict[str, str]]
    """By name of the port."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:LoadBalancer", name, None, opts)
        self._name, self._args, self._below = name, args, ResourceOptions(parent=self)
        routed = {port for _, port in ports_of(args["routes"])}
        ports = {port["name"]: int(port["port"]) for port in args["ports"] if port["name"] in routed}
        if missing := sorted(routed - ports.keys()):
            raise ValueError(f"load balancer '{name}': routes go to ports that are not there: {missing}")

        group = self._security_group(sorted(set(ports.values())))
        balancer = self._balancer(group)
        self._target_groups = {port: self._target_group(port, number) for port, number in ports.items()}
        secure = self._listeners(balancer)
        self._rules = self._route(secure)
        self._host_records(balancer)

        self.arn, self.arn_suffix = balancer.arn, balancer.arn_suffix
        self.dns_name, self.security_group_id = balancer.dns_name, group.id
        self.target_group_arns = pulumi.Output.all(
            **{port: target.arn for port, target in self._target_groups.items()}
        )
        self.register_outputs(
            {
                "arn": self.arn,
                "arn_suffix": self.arn_suffix,
                "dns_name": self.dns_name,
                "security_group_id": self.security_group_id,
                "target_group_arns": self.target_group_arns,
            }
        )

    @property
    def target_groups(self) -> Mapping[str, lb.TargetGroup]:
        """By name of the port."""
        return self._target_groups

    def rule_of(self, port: str) -> lb.ListenerRule:
        """A rule that sends requests to the port: before there is one, its targets are never asked."""
        return self._rules[port]

    def _security_group(self, ports: list[int]) -> ec2.SecurityGroup:
        args, name = self._args, self._name
        group = ec2.SecurityGroup(
            f"{name}-security-group",
            description=f"Load balancer of {args['service']}",
            vpc_id=args["vpc_id"],
            opts=self._below,
        )
        for spelled, cidr in args["allowed_cidrs"].items():
            version = "cidr_ipv6" if isinstance(cidr, str) and ":" in cidr else "cidr_ipv4"
            for port, use in ((443, "HTTPS"), (80, "HTTP, answered with a redirect to HTTPS")):
                vpc.SecurityGroupIngressRule(
                    f"{name}-ingress-{port}-{spelled}",
                    security_group_id=group.id,
                    description=use,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=self._below,
                    **{version: cidr},
                )
        for port in ports:
            vpc.SecurityGroupEgressRule(
                f"{name}-egress-{port}",
                security_group_id=group.id,
                description=f"Requests and health checks to {args['service']}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                referenced_security_group_id=args["target_security_group_id"],
                opts=self._below,
            )
            vpc.SecurityGroupIngressRule(
                f"{name}-targets-{port}",
                security_group_id=args["target_security_group_id"],
                description=f"Load balancer of {args['service']}",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                referenced_security_group_id=group.id,
                opts=self._below,
            )
        return group

    def _balancer(self, group: ec2.SecurityGroup) -> lb.LoadBalancer:
        args, bucket = self._args, self._args.get("log_bucket")
        logs = {"bucket": bucket, "prefix": args["service"], "enabled": True} if bucket is not None else None
        return lb.LoadBalancer(
            f"{self._name}-alb",
            name=physical_name(f"{self._name}-alb", NAME_LIMIT, args["internal"]),
            load_balancer_type="application",
            internal=bool(args["internal"]),
            ip_address_type="ipv4",
            subnets=args["subnet_ids"],
            security_groups=[group.id],
            idle_timeout=int(args["idle_timeout_seconds"]),
            enable_http2=True,
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=bool(args["deletion_protection"]),
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            access_logs=logs,
            opts=self._below,
        )

    def _target_group(self, port: str, number: int) -> lb.TargetGroup:
        args, health, slow = self._args, self._args["target_health"], int(self._args["slow_start_seconds"])
        name = f"{self._name}-tg-{port}"
        return lb.TargetGroup(
            name,
            name=physical_name(name, NAME_LIMIT, number),
            target_type="ip",
            protocol="HTTP",
            port=number,
            vpc_id=args["vpc_id"],
            deregistration_delay=int(args["deregistration_seconds"]),
            slow_start=slow,
            # Least outstanding requests suits uneven work best, but knows no slow start.
            load_balancing_algorithm_type="round_robin" if slow else "least_outstanding_requests",
            health_check={
                "path": health["path"],
                "port": "traffic-port",
                "protocol": "HTTP",
                "matcher": "200-299",
                "interval": int(health["interval_seconds"]),
                "timeout": int(health["timeout_seconds"]),
                "healthy_threshold": int(health["healthy_threshold"]),
                "unhealthy_threshold": int(health["unhealthy_threshold"]),
            },
            opts=self._below,
        )

    def _listeners(self, balancer: lb.LoadBalancer) -> lb.Listener:
        args = self._args
        lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "redirect",
                    "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
                }
            ],
            routing_http_response_server_enabled=False,
            opts=self._below,
        )
        refusal = {"content_type": "text/plain", "message_body": "Not found", "status_code": "404"}
        return lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=args["tls_policy"],
            certificate_arn=args["certificate_arn"],
            default_actions=[{"type": "fixed-response", "fixed_response": refusal}],
            routing_http_response_server_enabled=False,
            opts=self._below,
            **response_headers(args["headers"]),
        )

    def _route(self, listener: lb.Listener) -> dict[str, lb.ListenerRule]:
        hosts, routes = self._args["hosts"] or {"any": ANY}, ports_of(self._args["routes"])
        order = priorities(hosts, [path for path, _ in routes])
        rules: dict[str, lb.ListenerRule] = {}
        for spelled, host in hosts.items():
            for path, port in routes:
                rules[port] = lb.ListenerRule(
                    "-".join(filter(None, (self._name, "rule", spelled, slug(path.strip("/"))))),
                    listener_arn=listener.arn,
                    priority=order[spelled, path],
                    conditions=conditions(host, path),
                    actions=[{"type": "forward", "target_group_arn": self._target_groups[port].arn}],
                    opts=self._below,
                )
        return rules

    def _host_records(self, balancer: lb.LoadBalancer) -> None:
        zones = {"alias": self._args.get("zone_id"), "inside": self._args.get("inside_zone_id")}
        target: dict[str, Any] = {
            "name": balancer.dns_name,
            "zone_id": balancer.zone_id,
            "evaluate_target_health": True,
        }
        for short, zone in zones.items():
            for spelled, host in self._args["hosts"].items() if zone is not None else ():
                route53.Record(
                    f"{self._name}-{short}-{spelled}",
                    zone_id=zone,
                    name=host,
                    type="A",
                    aliases=[target],
                    opts=self._below,
                )


def response_headers(headers: SecurityHeadersArgs) -> dict[str, str]:
    """Listener attributes for the headers that are not left to the application."""
    return {
        f"routing_http_response_{header}_header_value": value
        for header in SecurityHeadersArgs.__annotations__
        if (value := headers.get(header))
    }
