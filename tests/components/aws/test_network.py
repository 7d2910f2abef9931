"""The network: what there is for each setting, and that nothing in it is open."""

from collections import Counter
from typing import Any

import pulumi
import pytest
from blocks import ACCOUNT, LOGS_KEY, REGION, Built, build

from components.aws.endpoint_policies import INTERFACES
from components.aws.network import NatStrategy, Network, NetworkArgs
from skymason.diagnostics import DiagnosticError

ZONES = [f"{REGION}a", f"{REGION}b", f"{REGION}c"]


def args(**changed: Any) -> NetworkArgs:
    return {
        "cidr": "10.0.0.0/16",
        "availability_zones": ZONES,
        "logs_key_arn": LOGS_KEY,
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        **changed,
    }


def counts(built: Built) -> Counter[str]:
    return Counter(r.type.rpartition(":")[2] for r in built.deployed.resources if r.custom)


@pytest.fixture(scope="module")
def built() -> Built:
    def program() -> None:
        network = Network("net", args())
        for output in Network.__annotations__:
            pulumi.export(output, getattr(network, output))

    return build(program)


FIXED = {
    "Vpc": 1,
    "InternetGateway": 1,
    "NetworkAcl": 3,
    "DefaultSecurityGroup": 1,
    "DefaultNetworkAcl": 1,
    "DefaultRouteTable": 1,
    "VpcEndpoint": 2,
    "LogGroup": 1,
    "Role": 1,
    "RolePolicy": 1,
    "FlowLog": 1,
}


@pytest.mark.parametrize(
    ("nat", "zones", "gateways", "routes"),
    [
        (NatStrategy.PER_ZONE, 3, 3, 4),
        (NatStrategy.SINGLE, 3, 1, 4),
        (NatStrategy.NONE, 3, 0, 1),
        (NatStrategy.PER_ZONE, 2, 2, 3),
        (NatStrategy.SINGLE, 2, 1, 3),
        (NatStrategy.NONE, 2, 0, 1),
    ],
)
def test_what_there_is_for_each_way_out(nat: NatStrategy, zones: int, gateways: int, routes: int) -> None:
    found = counts(build(lambda: Network("net", args(nat=nat, availability_zones=ZONES[:zones]))))
    expected = {
        **FIXED,
        "Subnet": 3 * zones,
        "RouteTable": zones + 2,
        "RouteTableAssociation": 3 * zones,
        "Route": routes,
        "NatGateway": gateways,
        "Eip": gateways,
    }
    assert found == {kind: count for kind, count in expected.items() if count}


def test_six_zones_fit_the_smallest_network() -> None:
    zones = [f"{REGION}{letter}" for letter in "abcdef"]
    found = counts(
        build(
            lambda: Network("net", args(cidr="10.0.0.0/20", availability_zones=zones, nat=NatStrategy.SINGLE))
        )
    )
    assert found["Subnet"] == 18


def test_one_gateway_serves_all_zones() -> None:
    built = build(lambda: Network("net", args(nat=NatStrategy.SINGLE)))
    routes = [r for r in built.deployed.of_type("aws:ec2/route:Route") if "natGatewayId" in r.inputs]
    assert {r.inputs["natGatewayId"] for r in routes} == {built.one("net-nat-a").id}


def test_each_zone_has_its_own_way_out(built: Built) -> None:
    for zone in "abc":
        assert built.inputs(f"net-private-{zone}-nat") == {
            "routeTableId": built.one(f"net-private-{zone}-routes").id,
            "destinationCidrBlock": "0.0.0.0/0",
            "natGatewayId": built.one(f"net-nat-{zone}").id,
        }
        assert built.inputs(f"net-nat-{zone}")["subnetId"] == built.one(f"net-public-{zone}").id


def test_subnets(built: Built) -> None:
    assert built.inputs("net-private-b") == {
        "vpcId": built.one("net-vpc").id,
        "cidrBlock": "10.0.64.0/19",
        "availabilityZone": f"{REGION}b",
        "mapPublicIpOnLaunch": False,
        "tags": {"Name": "net-private-b", "tier": "private", "kubernetes.io/role/internal-elb": "1"},
    }
    assert built.inputs("net-public-a")["tags"]["kubernetes.io/role/elb"] == "1"
    assert built.inputs("net-data-c")["tags"] == {"Name": "net-data-c", "tier": "data"}
    subnets = built.deployed.of_type("aws:ec2/subnet:Subnet")
    assert [s.inputs["mapPublicIpOnLaunch"] for s in subnets] == [False] * 9


def test_data_subnets_have_no_way_out(built: Built) -> None:
    table = built.one("net-data-routes").id
    assert not [r for r in built.deployed.of_type("aws:ec2/route:Route") if r.inputs["routeTableId"] == table]
    gateways = built.deployed.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    assert not [e for e in gateways if table in e.inputs["routeTableIds"]]


def test_what_is_made_without_care_lets_nothing_through(built: Built) -> None:
    group = built.inputs("net-default-group")
    assert (group["ingress"], group["egress"]) == ([], [])
    acl = built.one("net-default-acl")
    assert (acl.inputs["ingress"], acl.inputs["egress"]) == ([], [])
    assert acl.options.ignore_changes == ("subnetIds",)
    assert built.inputs("net-default-routes")["routes"] == []


def test_each_tier_has_its_acl(built: Built) -> None:
    for tier in ("public", "private", "data"):
        assert built.inputs(f"net-{tier}-acl")["subnetIds"] == [
            built.one(f"net-{tier}-{zone}").id for zone in "abc"
        ]


def test_subnet_ids_are_known_once_traffic_is_routed(built: Built) -> None:
    for tier in ("public", "private", "data"):
        assert built.deployed.outputs[f"{tier}_subnet_ids"] == [
            built.one(f"net-{tier}-{zone}").id for zone in "abc"
        ]
    association = built.one("net-private-a-association")
    assert built.one("net-private-a-nat").urn in association.dependencies


def test_all_traffic_is_logged_to_an_encrypted_group(built: Built) -> None:
    log = built.inputs("net-flow-log")
    assert log["trafficType"] == "ALL"
    assert log["vpcId"] == built.one("net-vpc").id
    group = built.inputs("net-flow-logs")
    assert (group["kmsKeyId"], group["retentionInDays"]) == (LOGS_KEY, 365)
    arn = built.one("net-flow-logs").outputs["arn"]
    assert built.policy("net-flow-policy") == [
        {
            "Sid": "WriteFlowLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            "Resource": f"{arn}:*",
        },
        {
            "Sid": "FindTheLogGroup",
            "Effect": "Allow",
            "Action": ["logs:DescribeLogGroups"],
            "Resource": "*",
        },
    ]


def test_only_flow_logs_of_this_account_write_there(built: Built) -> None:
    assert built.policy("net-flow-role", "assumeRolePolicy") == [
        {
            "Sid": "Trust",
            "Effect": "Allow",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Action": ["sts:AssumeRole"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"},
            },
        }
    ]


def test_all_interface_endpoints() -> None:
    built = build(lambda: Network("net", args(interface_endpoints=INTERFACES)))
    found = counts(built)
    assert (found["VpcEndpoint"], found["SecurityGroup"], found["SecurityGroupIngressRule"]) == (15, 1, 1)
    assert built.inputs("net-endpoints-https") == {
        "securityGroupId": built.one("net-endpoints-group").id,
        "description": "HTTPS from inside the network",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "10.0.0.0/16",
    }
    endpoint = built.inputs("net-endpoints-ecr-dkr")
    assert endpoint["serviceName"] == f"com.amazonaws.{REGION}.ecr.dkr"
    assert endpoint["privateDnsEnabled"] is True
    assert endpoint["subnetIds"] == [built.one(f"net-private-{zone}").id for zone in "abc"]


def test_an_existing_network_is_only_passed_on() -> None:
    existing = {
        "vpc_id": "vpc-1",
        "cidr": "10.9.0.0/16",
        "public_subnet_ids": ["subnet-1"],
        "private_subnet_ids": ["subnet-2"],
        "data_subnet_ids": ["subnet-3"],
    }

    ranges = {"public_subnet_cidrs": ["10.9.1.0/24"], "private_subnet_cidrs": ["10.9.2.0/24"]}

    def program() -> None:
        for name, given in (("without", existing), ("with", {**existing, **ranges})):
            network = Network(name, args(existing=given))
            for output in Network.__annotations__:
                pulumi.export(f"{name}.{output}", getattr(network, output))

    built = build(program)
    assert built.names() == []
    whole = {"public_subnet_cidrs": ["10.9.0.0/16"], "private_subnet_cidrs": ["10.9.0.0/16"]}
    assert built.deployed.outputs == {
        **{f"without.{key}": value for key, value in {**existing, **whole}.items()},
        **{f"with.{key}": value for key, value in {**existing, **ranges}.items()},
    }


def test_settings_that_may_be_left_to_the_caller() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    built = build(
        lambda: Network("net", args(flow_log_days=30, permissions_boundary_arn=boundary, retain_logs=True))
    )
    assert built.inputs("net-flow-logs")["retentionInDays"] == 30
    assert built.one("net-flow-logs").options.retain_on_delete is True
    assert built.inputs("net-flow-role")["permissionsBoundary"] == boundary


def test_a_network_needs_a_block() -> None:
    without = args()
    del without["cidr"]
    with pytest.raises((ValueError, DiagnosticError), match="a network needs `cidr`, or `existing`"):
        build(lambda: Network("net", without))
