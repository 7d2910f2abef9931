"""Components of the eks package, evaluated: what they register and give back."""

import json
from typing import Any

import pulumi
import pulumi_eks as eks
import pytest
from pulumi_aws import iam
from pulumi_aws.ec2 import SecurityGroup, Subnet, Vpc

from skymason.diagnostics import DiagnosticError
from skymason.plan.evaluate import evaluate
from skymason.plan.model import UNKNOWN, Plan, PlannedResource

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ADMIN = "arn:aws:iam::123456789012:role/admin"


def network() -> tuple[Vpc, list[pulumi.Output[str]]]:
    vpc = Vpc("net", cidr_block="10.0.0.0/16")
    zones = [
        Subnet(
            f"net-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=f"eu-central-1{zone}"
        ).id
        for n, zone in enumerate("ab")
    ]
    return vpc, zones


def full() -> None:
    vpc, subnets = network()
    cluster = eks.Cluster(
        "c", vpc_id=vpc.id, private_subnet_ids=subnets, create_oidc_provider=True,
        authentication_mode=eks.AuthenticationMode.API, enabled_cluster_log_types=["api"],
        encryption_config_key_arn="arn:aws:kms:eu-central-1:123456789012:key/k", tags={"a": "b"},
        access_entries={"admin": {"principal_arn": ADMIN, "access_policies": {
            "all": {"policy_arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
                    "access_scope": {"type": "cluster"}}}}},
    )  # fmt: skip
    pulumi.export("name", cluster.eks_cluster.name)
    pulumi.export("endpoint", cluster.core.endpoint)
    pulumi.export("issuer", cluster.oidc_issuer)
    pulumi.export("group", cluster.cluster_security_group_id)
    pulumi.export("command", cluster.get_kubeconfig(profile_name="p"))
    pulumi.export("server", cluster.kubeconfig.apply(lambda found: found["clusters"][0]["cluster"]["server"]))


def ours() -> None:
    vpc, subnets = network()
    role = iam.Role("control", assume_role_policy=TRUST)
    group = SecurityGroup("own", vpc_id=vpc.id)
    cluster = eks.Cluster(
        "c", vpc_id=vpc.id, private_subnet_ids=subnets, service_role=role, cluster_security_group=group,
        skip_default_node_group=True, use_default_vpc_cni=True,
        kube_proxy_addon_options={"enabled": False}, opts=pulumi.ResourceOptions(protect=True),
    )  # fmt: skip
    node = iam.Role("node", assume_role_policy=TRUST.replace("eks", "ec2"))
    eks.ManagedNodeGroup(
        "n", cluster=cluster, node_role=node, subnet_ids=subnets, instance_types=["t3.large"]
    )
    eks.Addon("metrics", cluster=cluster, addon_name="metrics-server", configuration_values={"replicas": 1})


def run(program: Any, **more: Any) -> Plan:
    return evaluate(program, project="shop", stack="dev", **more)


def kinds(plan: Plan, parent: str) -> list[str]:
    (above,) = [item for item in plan.resources if item.name == parent and item.remote]
    return sorted(f"{item.type.rpartition(':')[2]} {item.name}" for item in plan.children(above.urn))


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.name == name]
    return found


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    return {
        "full": run(full),
        "preview": run(full, preview=True),
        "ours": run(ours),
        "ours preview": run(ours, preview=True),
    }


def test_a_cluster_with_all_that_the_component_makes(plans: dict[str, Plan]) -> None:
    assert kinds(plans["full"], "c") == [
        "AccessEntry c-admin",
        "AccessPolicyAssociation c-admin-all",
        "Addon c-coredns",
        "Addon c-kube-proxy",
        "Addon c-vpc-cni",
        "Cluster c-eksCluster",
        "NodeGroup c-default",
        "OpenIdConnectProvider c-oidcProvider",
        "Role c-eksRole-role",
        "Role c-instanceRole-role",
        "RolePolicyAttachment c-eksRole-role-0",
        "RolePolicyAttachment c-instanceRole-role-0",
        "RolePolicyAttachment c-instanceRole-role-1",
        "RolePolicyAttachment c-instanceRole-role-2",
        "SecurityGroup c-eksClusterSecurityGroup",
        "SecurityGroup c-nodeSecurityGroup",
        "SecurityGroupRule c-eksClusterInternetEgressRule",
    ]
    cluster = one(plans["full"], "c-eksCluster").inputs
    assert cluster["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": True,
    }
    assert cluster["encryptionConfig"]["resources"] == ["secrets"]
    assert cluster["enabledClusterLogTypes"] == ["api"]
    assert cluster["tags"] == {"a": "b"}
    assert len(cluster["vpcConfig"]["subnetIds"]) == 2
    assert one(plans["full"], "c-admin").inputs["principalArn"] == ADMIN


def test_outputs_of_a_cluster_lead_to_its_children(plans: dict[str, Plan]) -> None:
    found, cluster = plans["full"].outputs, one(plans["full"], "c-eksCluster")
    assert found["name"] == cluster.inputs["name"]
    assert found["endpoint"] == found["server"] == cluster.outputs["endpoint"]
    assert found["issuer"] == cluster.outputs["identities"][0]["oidcs"][0]["issuer"].removeprefix("https://")
    assert found["group"] == one(plans["full"], "c-eksClusterSecurityGroup").id
    assert json.loads(found["command"])["users"][0]["user"]["exec"]["args"][3] == found["name"]


def test_a_preview_makes_the_same_and_knows_less(plans: dict[str, Plan]) -> None:
    for name in ("full", "ours"):
        other = plans["preview" if name == "full" else "ours preview"]
        assert [item.urn for item in other.resources] == [item.urn for item in plans[name].resources]
    subnets = one(plans["preview"], "c-eksCluster").inputs["vpcConfig"]["subnetIds"]
    assert subnets == [UNKNOWN, UNKNOWN]
    assert "vpcConfig.subnetIds[1]" in one(plans["preview"], "c-eksCluster").unknowns
    assert plans["preview"].outputs["endpoint"] == UNKNOWN
    assert plans["preview"].outputs["command"] == UNKNOWN


def test_a_cluster_of_our_own_parts_makes_no_more_than_itself(plans: dict[str, Plan]) -> None:
    assert kinds(plans["ours"], "c") == ["Cluster c-eksCluster"]
    cluster = one(plans["ours"], "c-eksCluster")
    assert cluster.inputs["roleArn"] == one(plans["ours"], "control").outputs["arn"]
    assert cluster.inputs["vpcConfig"]["securityGroupIds"] == [one(plans["ours"], "own").id]
    assert "accessConfig" not in cluster.inputs
    assert cluster.options.protect
    assert cluster.source == one(plans["ours"], "c").source


def test_node_groups_and_addons_belong_to_their_cluster(plans: dict[str, Plan]) -> None:
    name = one(plans["ours"], "c-eksCluster").inputs["name"]
    group, addon = one(plans["ours"], "n-ng"), one(plans["ours"], "metrics-addon")
    assert (group.inputs["clusterName"], addon.inputs["clusterName"]) == (name, name)
    assert group.inputs["nodeRoleArn"] == one(plans["ours"], "node").outputs["arn"]
    assert group.inputs["instanceTypes"] == ["t3.large"]
    assert addon.inputs["configurationValues"] == '{"replicas": 1}'


def test_arguments_of_components_have_a_contract() -> None:
    def program() -> None:
        pulumi.ComponentResource("eks:index:Cluster", "c", {"vpcID": "v"}, remote=True)

    with pytest.raises(DiagnosticError) as error:
        run(program)
    assert ("SM3011", "vpcID") in [(item.code.id, item.key) for item in error.value.diagnostics]


def test_components_of_other_packages_are_recorded_without_children() -> None:
    def program() -> None:
        pulumi.ComponentResource("awsx:ec2:Vpc", "v", {"cidrBlock": "10.0.0.0/16"}, remote=True)

    (found,) = run(program).resources
    assert (found.remote, found.inputs, found.outputs) == (
        True,
        {"cidrBlock": "10.0.0.0/16"},
        {"cidrBlock": "10.0.0.0/16"},
    )


def test_methods_that_are_not_known_are_refused() -> None:
    def program() -> None:
        component = pulumi.ComponentResource("awsx:ec2:Vpc", "v", {}, remote=True)
        pulumi.export("x", pulumi.runtime.call("awsx:ec2:Vpc/do", {"__self__": component}, res=component))

    with pytest.raises(DiagnosticError) as error:
        run(program)
    (found,) = error.value.diagnostics
    assert (found.code.id, "awsx:ec2:Vpc/do is not a method" in found.message) == ("SM4004", True)


def test_auto_mode_has_neither_nodes_nor_addons() -> None:
    def program() -> None:
        vpc, subnets = network()
        eks.Cluster(
            "c", vpc_id=vpc.id, private_subnet_ids=subnets, auto_mode={"enabled": True},
            skip_default_security_groups=True, authentication_mode=eks.AuthenticationMode.API,
        )  # fmt: skip

    plan = run(program)
    assert [name for name in kinds(plan, "c") if "NodeGroup" in name or "Addon" in name] == []
    assert "securityGroupIds" not in one(plan, "c-eksCluster").inputs["vpcConfig"]
