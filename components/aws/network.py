"""The network of a stack: zones, tiers, ways out, and what is recorded of it."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import ec2

from components.aws import network_acl_rules
from components.aws.endpoint_policies import GATEWAYS
from components.aws.endpoints import Endpoints
from components.aws.flow_logs import FlowLogs, FlowLogsArgs
from components.aws.logs import AUDIT_DAYS
from components.aws.network_layout import NetworkLayout, layout


class NatStrategy(StrEnum):
    """How private subnets reach the internet."""

    NONE = "none"
    """Not at all: only what has an endpoint in the network can be reached. Images must then come from a
    registry with an endpoint, those of the cluster's controllers too."""
    SINGLE = "single"
    """Through one gateway for all zones. Cheap; if its zone fails, no zone has a way out."""
    PER_ZONE = "per_zone"
    """Through a gateway in each zone."""


class ExistingNetworkArgs(TypedDict):
    """A network that somebody else made. Subnet ids in the order of the zones."""

    vpc_id: str
    cidr: str
    public_subnet_ids: list[str]
    private_subnet_ids: list[str]
    data_subnet_ids: list[str]
    public_subnet_cidrs: NotRequired[list[pulumi.Input[str]]]
    """Address ranges of the public subnets. Default: what lies in them is taken to come from anywhere in the
    network, so that pods let in more than their load balancers."""
    private_subnet_cidrs: NotRequired[list[pulumi.Input[str]]]
    """The same of the private subnets."""


class NetworkArgs(TypedDict):
    cidr: NotRequired[str]
    """IPv4 block from /16 to /20. Required unless `existing` is given. A change replaces the network."""
    availability_zones: list[str]
    """Names of 2 to 6 zones, in the order in which they get their blocks."""
    nat: NotRequired[NatStrategy]
    """How private subnets reach the internet. Default: a gateway in each zone."""
    gateway_endpoints: NotRequired[list[str]]
    """Services reached through the route tables, free of charge. Default: s3 and dynamodb."""
    interface_endpoints: NotRequired[list[str]]
    """Services reached through an interface in each zone; each costs by the hour and zone. Default: none."""
    flow_log_days: NotRequired[int]
    """Days that flow logs are kept. Default: 365."""
    logs_key_arn: pulumi.Input[str]
    """Key that the flow logs are encrypted with."""
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of the role that writes flow logs. Default: none."""
    retain_logs: NotRequired[bool]
    """Keep the flow logs when the network is deleted. Default: false."""
    existing: NotRequired[ExistingNetworkArgs]
    """Use this network and create nothing; its flow logs and endpoints are then its owner's concern."""


class Network(pulumi.ComponentResource):
    """Public, private and data subnets in each zone.

    Public ones hold load balancers and NAT gateways, private ones nodes and pods, data ones databases, with
    no way to the internet. Nothing gets a public address by itself. The default security group, network ACL
    and route table, which anything made without care would end up in, let nothing through. All traffic is
    logged.
    """

    vpc_id: pulumi.Output[str]
    cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[list[str]]
    private_subnet_ids: pulumi.Output[list[str]]
    data_subnet_ids: pulumi.Output[list[str]]
    public_subnet_cidrs: pulumi.Output[list[str]]
    """Address ranges of the public subnets; the whole network where nobody says."""
    private_subnet_cidrs: pulumi.Output[list[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Network", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        existing = args.get("existing")
        if existing is None:
            self._create()
        else:
            whole = [existing["cidr"]]
            known = {"public_subnet_cidrs": whole, "private_subnet_cidrs": whole, **existing}
            for output in Network.__annotations__:
                setattr(self, output, pulumi.Output.from_input(known[output]))
        self.register_outputs({output: getattr(self, output) for output in Network.__annotations__})

    def _create(self) -> None:
        args = self._args
        if "cidr" not in args:
            raise ValueError("a network needs `cidr`, or `existing` to use one that is there")
        # Short names of zones (a, b, c) keep resource names short and the same in every region.
        self._zones = [zone[-1] for zone in args["availability_zones"]]
        plan = layout(args["cidr"], len(self._zones))
        self._vpc = ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=plan.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": self._name},
            opts=self._child,
        )
        self._close_defaults()
        subnets = {
            "public": self._subnets("public", plan.public, {"kubernetes.io/role/elb": "1"}),
            "private": self._subnets("private", plan.private, {"kubernetes.io/role/internal-elb": "1"}),
            "data": self._subnets("data", plan.data, {}),
        }
        private_tables = self._routes(subnets)
        self._acls(plan, subnets)
        Endpoints(
            f"{self._name}-endpoints",
            {
                "vpc_id": self._vpc.id,
                "cidr": plan.cidr,
                "route_table_ids": [table.id for table in private_tables],
                "subnet_ids": [subnet.id for subnet in subnets["private"]],
                "gateways": args.get("gateway_endpoints", list(GATEWAYS)),
                "interfaces": args.get("interface_endpoints", []),
                "account_id": args["account_id"],
                "partition": args["partition"],
                "region": args["region"],
            },
            self._child,
        )
        self._flow_logs()
        self.public_subnet_cidrs = pulumi.Output.from_input(plan.public)
        self.private_subnet_cidrs = pulumi.Output.from_input(plan.private)
        self.vpc_id = self._vpc.id
        self.cidr = self._vpc.cidr_block

    def _close_defaults(self) -> None:
        ec2.DefaultSecurityGroup(
            f"{self._name}-default-group", vpc_id=self._vpc.id, ingress=[], egress=[], opts=self._child
        )
        ec2.DefaultNetworkAcl(
            f"{self._name}-default-acl",
            default_network_acl_id=self._vpc.default_network_acl_id,
            ingress=[],
            egress=[],
            # A subnet is in the default ACL for the moment between its creation and its association.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )
        ec2.DefaultRouteTable(
            f"{self._name}-default-routes",
            default_route_table_id=self._vpc.default_route_table_id,
            routes=[],
            opts=self._child,
        )

    def _subnets(self, tier: str, blocks: list[str], tags: dict[str, str]) -> list[ec2.Subnet]:
        return [
            ec2.Subnet(
                f"{self._name}-{tier}-{zone[-1]}",
                vpc_id=self._vpc.id,
                cidr_block=block,
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={"Name": f"{self._name}-{tier}-{zone[-1]}", "tier": tier, **tags},
                opts=self._child,
            )
            for zone, block in zip(self._args["availability_zones"], blocks, strict=True)
        ]

    def _routes(self, subnets: dict[str, list[ec2.Subnet]]) -> list[ec2.RouteTable]:
        """Route tables: one for all public subnets, one for each private one, one without routes for data.

        Sets the subnets' ids as others see them, and returns the private tables.
        """
        internet = ec2.InternetGateway(f"{self._name}-internet", vpc_id=self._vpc.id, opts=self._child)
        public_table = self._table("public")
        way_out = ec2.Route(
            f"{self._name}-public-internet",
            route_table_id=public_table.id,
            destination_cidr_block=network_acl_rules.WORLD,
            gateway_id=internet.id,
            opts=self._child,
        )
        gateways = self._nat_gateways(subnets["public"], internet)
        self.public_subnet_ids = pulumi.Output.all(
            *[
                self._associated(f"public-{zone}", public_table, subnet, [way_out])
                for zone, subnet in zip(self._zones, subnets["public"], strict=True)
            ]
        )
        tables = []
        private_ids = []
        for index, (zone, subnet) in enumerate(zip(self._zones, subnets["private"], strict=True)):
            table = self._table(f"private-{zone}")
            routes = []
            if gateways:
                gateway = gateways[min(index, len(gateways) - 1)]
                route = ec2.Route(
                    f"{self._name}-private-{zone}-nat",
                    route_table_id=table.id,
                    destination_cidr_block=network_acl_rules.WORLD,
                    nat_gateway_id=gateway.id,
                    opts=self._child,
                )
                routes.append(route)
            tables.append(table)
            private_ids.append(self._associated(f"private-{zone}", table, subnet, routes))
        self.private_subnet_ids = pulumi.Output.all(*private_ids)
        data_table = self._table("data")
        self.data_subnet_ids = pulumi.Output.all(
            *[
                self._associated(f"data-{zone}", data_table, subnet, [])
                for zone, subnet in zip(self._zones, subnets["data"], strict=True)
            ]
        )
        return tables

    def _table(self, short: str) -> ec2.RouteTable:
        return ec2.RouteTable(
            f"{self._name}-{short}-routes",
            vpc_id=self._vpc.id,
            tags={"Name": f"{self._name}-{short}"},
            opts=self._child,
        )

    def _associated(
        self, short: str, table: ec2.RouteTable, subnet: ec2.Subnet, routes: list[ec2.Route]
    ) -> pulumi.Output[str]:
        """The subnet's id, known once traffic in it is routed; what uses it is deleted before the routes."""
        association = ec2.RouteTableAssociation(
            f"{self._name}-{short}-association",
            route_table_id=table.id,
            subnet_id=subnet.id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=routes),
        )
        return association.subnet_id

    def _nat_gateways(self, public: list[ec2.Subnet], internet: ec2.InternetGateway) -> list[ec2.NatGateway]:
        strategy = NatStrategy(self._args.get("nat", NatStrategy.PER_ZONE))
        count = {NatStrategy.NONE: 0, NatStrategy.SINGLE: 1, NatStrategy.PER_ZONE: len(public)}[strategy]
        gateways = []
        for zone, subnet in zip(self._zones[:count], public[:count], strict=True):
            address = ec2.Eip(
                f"{self._name}-nat-{zone}-address",
                domain="vpc",
                # An address can be used only in a network with a way to the internet.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[internet]),
            )
            gateways.append(
                ec2.NatGateway(
                    f"{self._name}-nat-{zone}",
                    allocation_id=address.allocation_id,
                    subnet_id=subnet.id,
                    tags={"Name": f"{self._name}-{zone}"},
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[internet]),
                )
            )
        return gateways

    def _acls(self, plan: NetworkLayout, subnets: dict[str, list[ec2.Subnet]]) -> None:
        rules = {
            "public": network_acl_rules.public_tier(plan.cidr),
            "private": network_acl_rules.private_tier(plan.cidr),
            "data": network_acl_rules.data_tier(plan.cidr, [*plan.private, *plan.data]),
        }
        for tier, allowed in rules.items():
            ec2.NetworkAcl(
                f"{self._name}-{tier}-acl",
                vpc_id=self._vpc.id,
                subnet_ids=[subnet.id for subnet in subnets[tier]],
                ingress=allowed["ingress"],
                egress=allowed["egress"],
                tags={"Name": f"{self._name}-{tier}"},
                opts=self._child,
            )

    def _flow_logs(self) -> None:
        args = self._args
        logs: FlowLogsArgs = {
            "vpc_id": self._vpc.id,
            "days": args.get("flow_log_days", AUDIT_DAYS),
            "retain": args.get("retain_logs", False),
            "key_arn": args["logs_key_arn"],
            "account_id": args["account_id"],
            "partition": args["partition"],
            "region": args["region"],
        }
        if "permissions_boundary_arn" in args:
            logs["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        FlowLogs(f"{self._name}-flow", logs, self._child)
