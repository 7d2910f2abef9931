"""RDS Proxy: few connections to the database for many of its clients."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import rds, vpc

from components.aws.data_network import POSTGRESQL, admit, closed_group
from components.aws.logs import LogGroup
from components.aws.service_role import service_role
from components.inputs import last_segment, whole


class DatabaseProxyArgs(TypedDict):
    proxy_name: pulumi.Input[str]
    """Name of the proxy; its log group is made under it beforehand. A change replaces the proxy."""
    database_identifier: pulumi.Input[str]
    database_group_id: pulumi.Input[str]
    """Security group of the database; it gets a rule that lets the proxy in."""
    user_arns: list[pulumi.Input[str]]
    """Database users (`rds-db` ARNs) that the proxy may connect as."""
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    clients: dict[str, pulumi.Input[str]]
    """Security groups that may connect, by short name."""
    logs_key_arn: pulumi.Input[str]
    log_days: int
    connections_percent: NotRequired[pulumi.Input[int]]
    """Share of the database's max_connections that the proxy may hold. Default: 90."""
    borrow_seconds: NotRequired[pulumi.Input[int]]
    """How long a client waits for a connection before it gets an error. Default: 120."""
    idle_client_seconds: NotRequired[pulumi.Input[int]]
    """Idle time after which a client is disconnected. Default: 1800."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]


class DatabaseProxy(pulumi.ComponentResource):
    """RDS Proxy that asks for TLS and IAM authentication, towards its clients and towards the database.

    End-to-end IAM authentication: the proxy signs in with its role as the user that the client came as, so
    that no password of any user exists.
    """

    host: pulumi.Output[str]
    proxy_id: pulumi.Output[str]
    """`prx-…`: what stands in the ARN of a user that connects through the proxy."""
    security_group_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseProxyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("skymason:aws:DatabaseProxy", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = closed_group(
            name,
            vpc_id=args["vpc_id"],
            what="proxy",
            ports=[POSTGRESQL],
            clients=args["clients"],
            parent=self,
        )
        vpc.SecurityGroupEgressRule(
            f"{name}-to-database",
            security_group_id=group.id,
            referenced_security_group_id=args["database_group_id"],
            ip_protocol="tcp",
            from_port=POSTGRESQL,
            to_port=POSTGRESQL,
            description="proxy to database",
            opts=child,
        )
        admit(f"{name}-in", args["database_group_id"], group.id, POSTGRESQL, "proxy to database", self)
        role, policies = service_role(
            f"{name}-role",
            "rds.amazonaws.com",
            statements=[
                {"sid": "Connect", "actions": ["rds-db:connect"], "resources": args["user_arns"]},
            ],
            permissions_boundary_arn=args.get("permissions_boundary_arn"),
            parent=self,
        )
        logs = LogGroup(
            f"{name}-proxy",
            {
                "key_arn": args["logs_key_arn"],
                "days": args["log_days"],
                "group_name": pulumi.Output.concat("/aws/rds/proxy/", args["proxy_name"]),
            },
            opts=child,
        )
        proxy = rds.Proxy(
            f"{name}-proxy",
            name=args["proxy_name"],
            engine_family="POSTGRESQL",
            default_auth_scheme="IAM_AUTH",
            require_tls=True,
            debug_logging=False,  # it would log statements with their values
            idle_client_timeout=whole(args.get("idle_client_seconds", 1800)),
            role_arn=role.arn,
            vpc_security_group_ids=[group.id],
            vpc_subnet_ids=args["subnet_ids"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*policies, logs]),
        )
        targets = rds.ProxyDefaultTargetGroup(
            f"{name}-targets",
            db_proxy_name=proxy.name,
            connection_pool_config={
                "max_connections_percent": whole(args.get("connections_percent", 90)),
                "max_idle_connections_percent": 50,
                "connection_borrow_timeout": whole(args.get("borrow_seconds", 120)),
            },
            opts=child,
        )
        rds.ProxyTarget(
            f"{name}-target",
            db_proxy_name=proxy.name,
            target_group_name=targets.name,
            db_instance_identifier=args["database_identifier"],
            opts=child,
        )
        self.host = proxy.endpoint
        self.proxy_id = last_segment(proxy.arn, ":")
        self.security_group_id = group.id
        self.register_outputs(
            {"host": self.host, "proxy_id": self.proxy_id, "security_group_id": self.security_group_id}
        )
