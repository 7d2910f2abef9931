"""The platform as a whole: what there is for each choice, and what it hands to patterns."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from blocks import ACCOUNT, REGION, Built

from components.aws.endpoint_policies import INTERFACES
from components.aws.network import NatStrategy
from components.aws.platform import AwsPlatform
from components.aws.platform_args import AwsPlatformArgs
from components.aws.reference import AwsPlatformReference
from skymason.plan.evaluate import evaluate

DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/deployer"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
POOL = {"name": "medium", "instance_types": ["t3.medium"], "min": 3, "max": 6}
NETWORK = {
    "vpc_id": "vpc-1",
    "cidr": "10.9.0.0/16",
    "public_subnet_ids": ["subnet-1", "subnet-2"],
    "private_subnet_ids": ["subnet-3", "subnet-4"],
    "data_subnet_ids": ["subnet-5", "subnet-6"],
}
CLUSTER = {
    "name": "theirs",
    "endpoint": "https://theirs.example",
    "certificate_authority": "Q0E=",
    "security_group_id": "sg-9",
}


def args(**changed: Any) -> AwsPlatformArgs:
    return {
        "project": "shop",
        "environment": "prod",
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        "availability_zones": [f"{REGION}a", f"{REGION}b", f"{REGION}c"],
        "repositories": ["orders", "wallet"],
        "network": {"cidr": "10.0.0.0/16", "interface_endpoints": INTERFACES},
        "cluster": {"admins": [DEPLOYER], "node_pools": [POOL]},
        "domain": {"name": "example.com"},
        **changed,
    }


def build(program: Callable[[], Any]) -> Built:
    deployed, preview = (
        evaluate(program, project="shop", stack="prod", preview=preview) for preview in (False, True)
    )
    assert [r.urn for r in deployed.resources] == [r.urn for r in preview.resources]
    return Built(deployed, preview)


def exported(**changed: Any) -> Built:
    def program() -> None:
        platform = AwsPlatform("shop-prod", args(**changed))
        pulumi.export("reference", dict(platform.reference))
        pulumi.export("name_servers", platform.name_servers)

    return build(program)


def counts(built: Built) -> Counter[str]:
    return Counter(r.type.rpartition(":")[2] for r in built.deployed.resources if r.custom)


@pytest.fixture(scope="module")
def built() -> Built:
    return exported()


def test_what_there_is_in_production(built: Built) -> None:
    assert counts(built) == {
        "AccessEntry": 1,
        "AccessPolicyAssociation": 1,
        "AccountPublicAccessBlock": 1,
        "Addon": 5,
        "Alias": 3,
        "Bucket": 1,
        "BucketLifecycleConfiguration": 1,
        "BucketOwnershipControls": 1,
        "BucketPolicy": 1,
        "BucketPublicAccessBlock": 1,
        "BucketServerSideEncryptionConfiguration": 1,
        "BucketVersioning": 1,
        "Cluster": 1,
        "DefaultNetworkAcl": 1,
        "DefaultRouteTable": 1,
        "DefaultSecurityGroup": 1,
        "Eip": 3,
        "EncryptionByDefault": 1,
        "FlowLog": 1,
        "InternetGateway": 1,
        "Key": 3,
        "LaunchTemplate": 1,
        "LifecyclePolicy": 2,
        "LogGroup": 4,
        "Namespace": 1,
        "NatGateway": 3,
        "NetworkAcl": 3,
        "NodeGroup": 1,
        "PodIdentityAssociation": 6,
        "PriorityClass": 2,
        "Release": 5,
        "Repository": 2,
        "Role": 9,
        "RolePolicy": 5,
        "RolePolicyAttachment": 5,
        "Route": 4,
        "RouteTable": 5,
        "RouteTableAssociation": 9,
        "SecurityGroup": 1,
        "SecurityGroupIngressRule": 1,
        "Subnet": 9,
        "Topic": 1,
        "TopicPolicy": 1,
        "Vpc": 1,
        "VpcEndpoint": 15,
        "Zone": 2,
        "kubernetes": 2,
    }


def test_reference_has_every_key(built: Built) -> None:
    reference = built.deployed.outputs["reference"]
    assert set(reference) == set(AwsPlatformReference.__annotations__) - {
        *("certificate_arn", "permissions_boundary_arn")
    }
    assert {key: value for key, value in reference.items() if key in PLAIN} == PLAIN
    assert reference["vpc_id"] == built.one("shop-prod-net-vpc").id
    assert reference["vpc_cidr"] == "10.0.0.0/16"
    assert len(reference["private_subnet_ids"]) == 3
    for tier in ("public", "private"):
        subnets = [built.inputs(f"shop-prod-net-{tier}-{zone}")["cidrBlock"] for zone in "abc"]
        assert reference[f"{tier}_subnet_cidrs"] == subnets
    assert reference["cluster_name"] == "shop-prod"
    assert reference["data_key_arn"] == built.one("shop-prod-keys-data-key").outputs["arn"]
    assert reference["logs_key_arn"] == built.one("shop-prod-keys-logs-key").outputs["arn"]
    assert reference["alert_topic_arn"] == built.one("shop-prod-alerts-topic").outputs["arn"]
    assert reference["log_bucket"] == built.one("shop-prod-access-logs-bucket").id
    assert reference["scaler_role_arn"] == built.one("shop-prod-controllers-keda-role").outputs["arn"]
    assert reference["priority_class_prefix"] == "skymason"
    assert reference["pod_log_prefix"] == "/aws/eks/shop-prod/pods"
    assert built.inputs("shop-prod-controllers-kube-system-pods-logs")["retentionInDays"] == 30
    assert reference["hosted_zone_id"] == built.one("shop-prod-domain-public").outputs["zoneId"]
    assert reference["private_zone_id"] == built.one("shop-prod-domain-private").outputs["zoneId"]
    assert any("kubeconfig" in path for path in built.deployed.secret_outputs)


PLAIN = {
    "project": "shop",
    "environment": "prod",
    "account_id": ACCOUNT,
    "partition": "aws",
    "region": REGION,
    "availability_zones": [f"{REGION}a", f"{REGION}b", f"{REGION}c"],
    "registry_host": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",
    "repository_prefix": "shop-prod",
    "domain": "example.com",
}


def test_services_come_after_the_controllers_and_leave_before_them(built: Built) -> None:
    provider = built.one("shop-prod-kubernetes")
    releases = {r.urn for r in built.deployed.of_type("kubernetes:helm.sh/v3:Release")}
    assert len(releases) == 5
    assert releases <= set(provider.property_dependencies["kubeconfig"])
    assert provider.inputs["clusterIdentifier"] == "shop-prod"


def test_each_thing_is_encrypted_with_its_key(built: Built) -> None:
    keys = {purpose: built.one(f"shop-prod-keys-{purpose}-key").outputs["arn"] for purpose in KEYS}
    assert built.one("shop-prod-cluster-eks").inputs["encryptionConfigKeyArn"] == keys["data"]
    repository = built.inputs("shop-prod-images-orders")
    assert repository["encryptionConfigurations"][0]["kmsKey"] == keys["data"]
    assert built.inputs("shop-prod-alerts-topic")["kmsMasterKeyId"] == keys["alerts"]
    groups = built.deployed.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert [group.inputs["kmsKeyId"] for group in groups] == [keys["logs"]] * 4


KEYS = ("data", "logs", "alerts")
LASTING = {
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:ecr/repository:Repository",
    "aws:route53/zone:Zone",
    "eks:index:Cluster",
}


def test_what_lasts_is_protected_unless_told_otherwise(built: Built) -> None:
    lasting = [r for r in built.deployed.resources if r.type in LASTING]
    assert {r.type for r in lasting} == LASTING
    assert all(r.options.protect for r in lasting)
    kept = {r.type for r in built.deployed.resources if r.options.retain_on_delete}
    assert {"aws:s3/bucket:Bucket", "aws:cloudwatch/logGroup:LogGroup"} <= kept


def test_a_stack_to_throw_away() -> None:
    built = exported(
        environment="dev",
        protect=False,
        account_guardrails=False,
        network={"cidr": "10.0.0.0/16", "nat": NatStrategy.SINGLE, "flow_log_days": 30},
        cluster={
            "admins": [DEPLOYER],
            "node_pools": [{**POOL, "spot": True}],
            "controller_replicas": 1,
            "controller_log_days": 7,
        },
    )
    assert built.inputs("shop-prod-controllers-keda-pods-logs")["retentionInDays"] == 7
    found = counts(built)
    assert (found["NatGateway"], found["Eip"], found["VpcEndpoint"]) == (1, 1, 2)
    assert (found["EncryptionByDefault"], found["AccountPublicAccessBlock"]) == (0, 0)
    assert not [r.name for r in built.deployed.resources if r.options.protect]
    assert not [r.name for r in built.deployed.resources if r.options.retain_on_delete]
    assert built.one("shop-prod-images-orders").inputs["name"] == "shop-dev/orders"


def test_a_boundary_reaches_every_role() -> None:
    built = exported(permissions_boundary_arn=BOUNDARY)
    roles = built.deployed.of_type("aws:iam/role:Role")
    assert [(r.name, r.inputs.get("permissionsBoundary")) for r in roles] == [
        (r.name, BOUNDARY) for r in roles
    ]
    assert len(roles) == 9
    assert built.deployed.outputs["reference"]["permissions_boundary_arn"] == BOUNDARY


def test_bring_your_own_everything() -> None:
    built = exported(
        network={"existing": NETWORK},
        availability_zones=[f"{REGION}a", f"{REGION}b"],
        cluster={"admins": [], "node_pools": [], "existing": CLUSTER},
        domain={"name": "example.com", "hosted_zone_id": "Z123"},
        registry_host="registry.example.com",
        certificate_arn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
    )
    found = counts(built)
    for kind in (
        "Vpc",
        "Subnet",
        "FlowLog",
        "Cluster",
        "NodeGroup",
        "Addon",
        "Release",
        "Repository",
        "Role",
    ):
        assert found[kind] == 0, kind
    assert found["Zone"] == 1
    reference = built.deployed.outputs["reference"]
    assert reference["vpc_id"] == "vpc-1"
    assert reference["private_subnet_ids"] == ["subnet-3", "subnet-4"]
    assert reference["cluster_name"] == "theirs"
    assert reference["cluster_security_group_id"] == "sg-9"
    assert reference["hosted_zone_id"] == "Z123"
    assert reference["registry_host"] == "registry.example.com"
    assert reference["certificate_arn"].endswith("certificate/1")
    assert built.deployed.outputs["name_servers"] == []


def test_without_a_domain() -> None:
    without = args()
    del without["domain"]

    def program() -> None:
        platform = AwsPlatform("shop-prod", without)
        assert not {"domain", "hosted_zone_id", "private_zone_id"} & set(platform.reference)
        pulumi.export("name_servers", platform.name_servers)

    built = build(program)
    assert counts(built)["Zone"] == 0
    assert built.deployed.outputs["name_servers"] == []


def test_controllers_for_an_existing_cluster_where_asked() -> None:
    built = exported(
        cluster={"admins": [], "node_pools": [], "existing": CLUSTER, "controllers": ["keda"]},
        permissions_boundary_arn=BOUNDARY,
    )
    assert [r.inputs["name"] for r in built.deployed.of_type("kubernetes:helm.sh/v3:Release")] == ["keda"]
    assert built.inputs("shop-prod-controllers-keda-association")["clusterName"] == "theirs"


def test_the_same_input_gives_the_same_plan(built: Built) -> None:
    again = exported()
    assert again.deployed.to_json() == built.deployed.to_json()
    assert again.preview.to_json() == built.preview.to_json()
