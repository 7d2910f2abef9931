"""`eks.Cluster`: its children, with names and types as the real component's, and its outputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from skymason.offline.component import Component, Made, given, reference
from skymason.plan.model import UNKNOWN

EKS_POLICIES = ("AmazonEKSClusterPolicy",)


OWN_GROUP = "vpcConfig.clusterSecurityGroupId"


NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly")


def _trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _role(component: Component, short: str, service: str, policies: Sequence[str]) -> Made:
    tags = component.inputs.get("tags")
    role = component.child(
        "aws:iam/role:Role", f"{short}-role", {"assumeRolePolicy": _trust(service), "tags": tags}
    )
    for number, policy in enumerate(policies):
        component.child(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            f"{short}-role-{number}",
            {"role": role.known_id, "policyArn": f"arn:aws:iam::aws:policy/{policy}"},
            role,
        )
    return role


def _subnets(inputs: Mapping[str, Any]) -> Any:
    lists = [inputs.get(key) for key in ("subnetIds", "publicSubnetIds", "privateSubnetIds")]
    if UNKNOWN in lists:
        return UNKNOWN
    result: list[Any] = []
    for item in (item for found in lists for item in found or []):
        if item == UNKNOWN or item not in result:  # two unknowns are not known to be the same
            result.append(item)
    return result


def cluster(component: Component) -> dict[str, Any]:
    inputs = component.inputs
    tags = inputs.get("tags")
    given_role = component.resolve(inputs.get("serviceRole"))
    service_role = given_role or _role(component, "eksRole", "eks.amazonaws.com", EKS_POLICIES)
    groups = _cluster_security_group(component, tags)
    key = inputs.get("encryptionConfigKeyArn")
    cluster = component.child(
        "aws:eks/cluster:Cluster",
        "eksCluster",
        {
            "name": inputs.get("name"),
            "roleArn": service_role.get("arn"),
            "version": inputs.get("version"),
            "vpcConfig": given(
                {
                    "subnetIds": _subnets(inputs),
                    "securityGroupIds": [group.known_id for group in groups] or None,
                    "endpointPrivateAccess": inputs.get("endpointPrivateAccess"),
                    "endpointPublicAccess": inputs.get("endpointPublicAccess"),
                    "publicAccessCidrs": inputs.get("publicAccessCidrs"),
                }
            ),
            "enabledClusterLogTypes": inputs.get("enabledClusterLogTypes"),
            "encryptionConfig": {"provider": {"keyArn": key}, "resources": ["secrets"]} if key else None,
            "accessConfig": _access(inputs),
            "kubernetesNetworkConfig": _network(inputs),
            "bootstrapSelfManagedAddons": inputs.get("bootstrapSelfManagedAddons"),
            "deletionProtection": inputs.get("deletionProtection"),
            "upgradePolicy": inputs.get("upgradePolicy"),
            "zonalShiftConfig": {"enabled": True} if inputs.get("enableZonalShift") else None,
            "tags": {**(tags or {}), **(inputs.get("clusterTags") or {})} if tags != UNKNOWN else UNKNOWN,
        },
        service_role,
        *groups,
    )
    node_role = _nodes(component, cluster, tags)
    _entries(component, cluster)
    _addons(component, cluster)
    provider = _oidc(component, cluster, tags)
    node_group = _node_security_group(component, cluster, groups, tags)
    kubeconfig = _kubeconfig(cluster)
    issuer = cluster.get("identities.0.oidcs.0.issuer")
    outputs: dict[str, Any] = {
        "eksCluster": reference(cluster),
        "core": _core(component, cluster, service_role, node_role, groups),
        "kubeconfig": kubeconfig,
        "kubeconfigJson": kubeconfig if kubeconfig == UNKNOWN else json.dumps(kubeconfig, sort_keys=True),
        "clusterSecurityGroupId": groups[0].known_id if groups else cluster.get(OWN_GROUP),
        "nodeSecurityGroupId": node_group.known_id if node_group else "",
        "instanceRoles": [reference(node_role)] if node_role else [],
        "oidcIssuer": issuer if issuer == UNKNOWN else str(issuer).removeprefix("https://"),
        "oidcProviderUrl": issuer,
        "oidcProviderArn": provider.get("arn") if provider else "",
        "clusterIngressRuleId": "",
        "defaultNodeGroupAsgName": "",
        "fargateProfileId": "",
        "fargateProfileStatus": "",
        "autoModeNodeRoleName": "",
    }
    if groups:
        outputs["clusterSecurityGroup"] = reference(groups[0])
    if node_group:
        outputs["nodeSecurityGroup"] = reference(node_group)
    return outputs


def _core(
    component: Component, cluster: Made, service_role: Made, node_role: Made | None, groups: Sequence[Made]
) -> dict[str, Any]:
    """The part of `core` that programs read."""
    core: dict[str, Any] = {
        "cluster": reference(cluster),
        "clusterIamRole": reference(service_role),
        "endpoint": cluster.get("endpoint"),
        "instanceRoles": [reference(node_role)] if node_role else [],
        "subnetIds": _subnets(component.inputs),
        "vpcId": cluster.get("vpcConfig.vpcId")
        if component.inputs.get("vpcId") is None
        else component.inputs["vpcId"],
    }
    if groups:
        core["clusterSecurityGroup"] = reference(groups[0])
    return core


def _cluster_security_group(component: Component, tags: Any) -> list[Made]:
    inputs = component.inputs
    given = component.resolve(inputs.get("clusterSecurityGroup"))
    if given is not None:
        return [given]
    if inputs.get("skipDefaultSecurityGroups"):
        return []
    group = component.child(
        "aws:ec2/securityGroup:SecurityGroup",
        "eksClusterSecurityGroup",
        {
            "vpcId": inputs.get("vpcId"),
            "description": "Managed by Pulumi",
            "revokeRulesOnDelete": True,
            "tags": tags,
        },
    )
    component.child(
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "eksClusterInternetEgressRule",
        {
            "type": "egress",
            "description": "Allow internet access.",
            "fromPort": 0,
            "toPort": 0,
            "protocol": "-1",
            "cidrBlocks": ["0.0.0.0/0"],
            "securityGroupId": group.known_id,
        },
        group,
    )
    return [group]


def _node_security_group(
    component: Component, cluster: Made, groups: Sequence[Made], tags: Any
) -> Made | None:
    inputs = component.inputs
    if inputs.get("skipDefaultSecurityGroups") or inputs.get("skipDefaultNodeGroup") or not groups:
        return None
    return component.child(
        "aws:ec2/securityGroup:SecurityGroup",
        "nodeSecurityGroup",
        {
            "vpcId": inputs.get("vpcId"),
            "description": "Managed by Pulumi",
            "revokeRulesOnDelete": True,
            "tags": tags,
        },
        cluster,
    )


def _access(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    mode = inputs.get("authenticationMode")
    if mode is None:
        return None
    # The component always leaves whoever creates the cluster as its administrator.
    return {"authenticationMode": mode, "bootstrapClusterCreatorAdminPermissions": True}


def _network(inputs: Mapping[str, Any]) -> dict[str, Any] | None:
    found = given(
        {"serviceIpv4Cidr": inputs.get("kubernetesServiceIpAddressRange"), "ipFamily": inputs.get("ipFamily")}
    )
    return found or None


def _nodes(component: Component, cluster: Made, tags: Any) -> Made | None:
    inputs = component.inputs
    if inputs.get("skipDefaultNodeGroup") or inputs.get("fargate") or inputs.get("autoMode"):
        return None
    role = _role(component, "instanceRole", "ec2.amazonaws.com", NODE_POLICIES)
    component.child(
        "aws:eks/nodeGroup:NodeGroup",
        "default",
        {
            "clusterName": cluster.get("name"),
            "nodeRoleArn": role.get("arn"),
            "subnetIds": inputs.get("nodeSubnetIds") or inputs.get("privateSubnetIds") or _subnets(inputs),
            "instanceTypes": [inputs.get("instanceType") or "t3.medium"],
            "scalingConfig": {
                "desiredSize": inputs.get("desiredCapacity") or 2,
                "minSize": inputs.get("minSize") or 1,
                "maxSize": inputs.get("maxSize") or 2,
            },
            "tags": tags,
        },
        cluster,
        role,
    )
    return role


def _entries(component: Component, cluster: Made) -> None:
    entries = component.inputs.get("accessEntries")
    for name, entry in sorted(entries.items()) if isinstance(entries, Mapping) else []:
        base = {"clusterName": cluster.get("name"), "principalArn": entry.get("principalArn")}
        made = component.child(
            "aws:eks/accessEntry:AccessEntry",
            name,
            {
                **base,
                "kubernetesGroups": entry.get("kubernetesGroups"),
                "userName": entry.get("username"),
                "type": entry.get("type"),
                "tags": entry.get("tags"),
            },
            cluster,
        )
        for label, policy in sorted((entry.get("accessPolicies") or {}).items()):
            component.child(
                "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
                f"{name}-{label}",
                {**base, "policyArn": policy.get("policyArn"), "accessScope": policy.get("accessScope")},
                cluster,
                made,
            )


def _addons(component: Component, cluster: Made) -> None:
    inputs = component.inputs
    if inputs.get("autoMode"):
        return
    # The managed CoreDNS needs nodes that the component knows of.
    no_nodes = bool(inputs.get("skipDefaultNodeGroup")) and not inputs.get("fargate")
    for addon, key, off in (
        ("vpc-cni", "vpcCniOptions", inputs.get("useDefaultVpcCni")),
        ("coredns", "corednsAddonOptions", no_nodes),
        ("kube-proxy", "kubeProxyAddonOptions", False),
    ):
        options = inputs.get(key) or {}
        if off or options.get("enabled") is False:
            continue
        component.child(
            "aws:eks/addon:Addon",
            addon,
            {
                "clusterName": cluster.get("name"),
                "addonName": addon,
                "addonVersion": options.get("version") or options.get("addonVersion"),
                "resolveConflictsOnCreate": options.get("resolveConflictsOnCreate") or "OVERWRITE",
                "resolveConflictsOnUpdate": options.get("resolveConflictsOnUpdate") or "OVERWRITE",
                "tags": inputs.get("tags"),
            },
            cluster,
        )


def _oidc(component: Component, cluster: Made, tags: Any) -> Made | None:
    if not component.inputs.get("createOidcProvider"):
        return None
    return component.child(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "oidcProvider",
        {
            "clientIdLists": ["sts.amazonaws.com"],
            "url": cluster.get("identities.0.oidcs.0.issuer"),
            "thumbprintLists": ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
            "tags": tags,
        },
        cluster,
    )


def _kubeconfig(cluster: Made) -> Any:
    """A configuration that gets its token from the AWS command line."""
    endpoint, name = cluster.get("endpoint"), cluster.get("name")
    authority = cluster.get("certificateAuthority.data")
    if UNKNOWN in (endpoint, name, authority):
        return UNKNOWN
    exec_ = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["eks", "get-token", "--cluster-name", name, "--output", "json"],
        "env": [
            {
                "name": "KUBERNETES_EXEC_INFO",
                "value": '{"apiVersion": "client.authentication.k8s.io/v1beta1"}',
            }
        ],
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "kubernetes", "cluster": {"server": endpoint, "certificate-authority-data": authority}}
        ],
        "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
        "current-context": "aws",
        "users": [{"name": "aws", "user": {"exec": exec_}}],
    }
