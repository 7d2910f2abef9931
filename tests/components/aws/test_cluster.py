"""The cluster: closed, logged, encrypted, with nobody in it who is not listed."""

import json
from collections import Counter
from typing import Any

import pulumi
import pytest
from blocks import ACCOUNT, KEY, LOGS_KEY, REGION, Built, build

from components.aws.cluster import Cluster, ClusterArgs, without_hidden_administrator
from components.aws.cluster_access import EndpointAccess
from components.aws.cluster_versions import VERSIONS
from skymason.diagnostics import DiagnosticError

DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/deployer"
OUTPUTS = ("cluster_name", "endpoint", "kubeconfig", "cluster_security_group_id", "node_role_arn")


def args(**changed: Any) -> ClusterArgs:
    return {
        "cluster_name": "shop-prod",
        "vpc_id": "vpc-1",
        "private_subnet_ids": ["subnet-1", "subnet-2", "subnet-3"],
        "admins": [DEPLOYER],
        "node_pools": [
            {"name": "medium", "instance_types": ["t3.medium"], "min": 3, "max": 6},
            {"name": "large", "instance_types": ["t3.large"], "min": 0, "max": 6},
        ],
        "secrets_key_arn": KEY,
        "logs_key_arn": LOGS_KEY,
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        **changed,
    }


def exported(**changed: Any) -> Built:
    def program() -> None:
        cluster = Cluster("c", args(**changed))
        for output in OUTPUTS:
            pulumi.export(output, getattr(cluster, output))

    return build(program)


@pytest.fixture(scope="module")
def built() -> Built:
    return exported(tags={"owner": "team"}, protect=True)


def test_what_it_is_made_of(built: Built) -> None:
    inside = {r.urn for r in built.deployed.resources if "eks:index:Cluster" in r.urn}
    found = Counter(r.type for r in built.deployed.resources if r.urn not in inside and r.custom)
    assert found == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:ec2/launchTemplate:LaunchTemplate": 2,
        "aws:eks/addon:Addon": 5,
        "aws:eks/nodeGroup:NodeGroup": 2,
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": 2,
        "aws:iam/role:Role": 4,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 5,
    }


def test_the_control_plane(built: Built) -> None:
    cluster = built.one("c-eks")
    inputs = cluster.inputs
    assert inputs["name"] == "shop-prod"
    assert inputs["version"] == "1.35"
    assert inputs["vpcId"] == "vpc-1"
    assert inputs["privateSubnetIds"] == ["subnet-1", "subnet-2", "subnet-3"]
    assert (inputs["endpointPrivateAccess"], inputs["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in inputs
    assert inputs["enabledClusterLogTypes"] == [
        *("api", "audit", "authenticator", "controllerManager", "scheduler")
    ]
    assert inputs["encryptionConfigKeyArn"] == KEY
    assert inputs["tags"] == {"owner": "team"}
    assert inputs["deletionProtection"] is True
    assert cluster.options.protect is True


def test_only_listed_administrators(built: Built) -> None:
    inputs = built.one("c-eks").inputs
    assert inputs["authenticationMode"] == "API"
    (entry,) = inputs["accessEntries"].values()
    assert entry["principalArn"] == DEPLOYER
    assert entry["accessPolicies"]["admin"]["policyArn"].endswith("/AmazonEKSClusterAdminPolicy")
    assert entry["tags"] == {"owner": "team"}


def test_nothing_that_it_would_make_by_itself(built: Built) -> None:
    inputs = built.one("c-eks").inputs
    assert inputs["skipDefaultNodeGroup"] is True
    assert inputs["skipDefaultSecurityGroups"] is True
    assert inputs["createInstanceRole"] is False
    assert inputs["bootstrapSelfManagedAddons"] is False
    assert inputs["useDefaultVpcCni"] is True
    assert inputs["kubeProxyAddonOptions"] == {"enabled": False}
    assert inputs["corednsAddonOptions"] == {"enabled": False}


def transformed(type: str) -> pulumi.ResourceTransformResult | None:
    access = {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
    return without_hidden_administrator(
        pulumi.ResourceTransformArgs(
            custom=True,
            type_=type,
            name="c-eks-eksCluster",
            props={"name": "shop", "accessConfig": access},
            opts=pulumi.ResourceOptions(),
        )
    )


def test_the_hidden_administrator_is_taken_off_the_cluster_inside() -> None:
    result = transformed("aws:eks/cluster:Cluster")
    assert result is not None
    assert result.props == {
        "name": "shop",
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    }
    assert transformed("aws:iam/role:Role") is None


def test_the_cluster_inside_has_no_hidden_administrator(built: Built) -> None:
    assert built.one("c-eks-eksCluster").inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }


def test_logs_go_to_a_group_that_is_there_first(built: Built) -> None:
    group = built.one("c-control-plane-logs")
    assert group.inputs["name"] == "/aws/eks/shop-prod/cluster"
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (LOGS_KEY, 365)
    assert group.options.retain_on_delete is True
    assert group.urn in built.one("c-eks").property_dependencies["name"]


def test_the_control_plane_s_role(built: Built) -> None:
    (trust,) = built.policy("c-control-plane-role", "assumeRolePolicy")
    assert trust["Principal"] == {"Service": "eks.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/shop-prod"},
    }
    attachment = built.one("c-control-plane-cluster")
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    assert attachment.urn in built.one("c-eks").property_dependencies["serviceRole"]


def test_nodes_hold_no_more_than_nodes_need(built: Built) -> None:
    attached = {
        r.inputs["policyArn"].rpartition("/")[2]
        for r in built.deployed.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if r.inputs["role"] == built.one("c-node-role").outputs["name"]
    }
    assert attached == {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"}


def test_addons_are_pinned_and_have_identities(built: Built) -> None:
    addons = {
        r.inputs["addonName"]: r.inputs["addonVersion"]
        for r in built.deployed.of_type("aws:eks/addon:Addon")
        if "eks:index:Cluster" not in r.urn
    }
    assert addons == VERSIONS["1.35"].addons
    assert built.inputs("c-addons-aws-node-aws")["policyArn"].endswith("policy/AmazonEKS_CNI_Policy")
    association = built.inputs("c-addons-ebs-csi-controller-sa-association")
    assert (association["namespace"], association["serviceAccount"]) == (
        "kube-system",
        "ebs-csi-controller-sa",
    )


def test_network_policies_are_enforced(built: Built) -> None:
    assert json.loads(built.inputs("c-addons-vpc-cni")["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    }
    assert "configurationValues" not in built.inputs("c-addons-kube-proxy")


def test_addons_nodes_addons_in_that_order(built: Built) -> None:
    early = {
        built.one(f"c-addons-{name}").urn for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
    }
    groups = {built.one(f"c-{pool}-nodes").urn for pool in ("medium", "large")}
    for pool in ("medium", "large"):
        assert early <= set(built.one(f"c-{pool}-nodes").dependencies)
    for late in ("coredns", "aws-ebs-csi-driver"):
        assert groups <= set(built.one(f"c-addons-{late}").dependencies)


def test_everything_goes_before_the_cluster_does(built: Built) -> None:
    cluster = built.deployed.of_type("aws:eks/cluster:Cluster")[0]
    for name in ("c-medium-nodes", "c-addons-vpc-cni", "c-addons-aws-node-association"):
        assert cluster.urn in built.one(name).dependencies


def test_outputs(built: Built) -> None:
    outputs = built.deployed.outputs
    assert outputs["cluster_name"] == "shop-prod"
    assert outputs["endpoint"].startswith("https://")
    assert outputs["cluster_security_group_id"].startswith("sg-")
    assert outputs["node_role_arn"] == built.one("c-node-role").outputs["arn"]
    assert "get-token" in outputs["kubeconfig"]
    assert "kubeconfig" in built.deployed.secret_outputs
    assert built.preview.outputs["cluster_name"] == "shop-prod"


def test_a_public_endpoint_for_listed_addresses() -> None:
    inputs = exported(endpoint=EndpointAccess.BOTH, allowed_cidrs=["203.0.113.0/24"]).one("c-eks").inputs
    assert (inputs["endpointPrivateAccess"], inputs["endpointPublicAccess"]) == (True, True)
    assert inputs["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert inputs["deletionProtection"] is False


def test_a_boundary_reaches_every_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    roles = exported(permissions_boundary_arn=boundary).deployed.of_type("aws:iam/role:Role")
    assert [r.inputs["permissionsBoundary"] for r in roles] == [boundary] * 4


def test_an_existing_cluster_is_only_passed_on() -> None:
    existing = {
        "name": "theirs",
        "endpoint": "https://theirs.example",
        "certificate_authority": "Q0E=",
        "security_group_id": "sg-9",
    }
    built = exported(existing=existing)
    assert built.names() == []
    outputs = dict(built.deployed.outputs)
    document = json.loads(outputs.pop("kubeconfig"))
    assert document["clusters"][0]["cluster"]["server"] == "https://theirs.example"
    assert outputs == {
        "cluster_name": "theirs",
        "endpoint": "https://theirs.example",
        "cluster_security_group_id": "sg-9",
        "node_role_arn": "",
    }
    assert "kubeconfig" in built.deployed.secret_outputs


def test_somebody_must_always_be_there() -> None:
    pools = [{"name": "a", "instance_types": ["t3.medium"], "min": 0, "max": 3}]
    with pytest.raises((ValueError, DiagnosticError), match="no pool has a node that is always there"):
        exported(node_pools=pools)
