"""Ways to AWS services that do not leave the network."""

from typing import TypedDict

import pulumi
from pulumi_aws import ec2, vpc

from components.aws.arns import joined
from components.aws.endpoint_policies import statements
from components.aws.iam import document


class EndpointsArgs(TypedDict):
    vpc_id: pulumi.Input[str]
    cidr: pulumi.Input[str]
    """Block of the network: whoever is in it may use the interfaces."""
    route_table_ids: list[pulumi.Input[str]]
    """Tables that get the routes of gateway endpoints."""
    subnet_ids: list[pulumi.Input[str]]
    """One subnet in each zone, for the interfaces."""
    gateways: list[str]
    """Services reached through the route tables, free of charge: s3, dynamodb."""
    interfaces: list[str]
    """Services reached through an interface in each subnet; each costs by the hour and zone."""
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]


class Endpoints(pulumi.ComponentResource):
    """Gateway and interface endpoints, each with a policy that names the account and what may be done."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Endpoints", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        for service in args["gateways"]:
            ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args["vpc_id"],
                vpc_endpoint_type="Gateway",
                service_name=self._service(service),
                route_table_ids=args["route_table_ids"],
                policy=self._policy(service),
                opts=self._child,
            )
        if args["interfaces"]:
            self._interfaces()
        self.register_outputs({})

    def _interfaces(self) -> None:
        args = self._args
        group = ec2.SecurityGroup(
            f"{self._name}-group",
            description="Interface endpoints of AWS services",
            vpc_id=args["vpc_id"],
            opts=self._child,
        )
        vpc.SecurityGroupIngressRule(
            f"{self._name}-https",
            security_group_id=group.id,
            description="HTTPS from inside the network",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=args["cidr"],
            opts=self._child,
        )
        for service in args["interfaces"]:
            ec2.VpcEndpoint(
                f"{self._name}-{service.replace('.', '-')}",
                vpc_id=args["vpc_id"],
                vpc_endpoint_type="Interface",
                service_name=self._service(service),
                subnet_ids=args["subnet_ids"],
                security_group_ids=[group.id],
                private_dns_enabled=True,
                policy=self._policy(service),
                opts=self._child,
            )

    def _service(self, service: str) -> pulumi.Input[str]:
        return joined("com.amazonaws.", self._args["region"], ".", service)

    def _policy(self, service: str) -> pulumi.Input[str]:
        args = self._args
        return document(
            statements(service, args["vpc_id"], args["account_id"], args["partition"], args["region"])
        )
