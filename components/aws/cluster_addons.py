"""The add-ons of a cluster that EKS itself installs and keeps running."""

import json
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import eks

from components.aws.arns import managed_policy
from components.aws.cluster_versions import cluster_version
from components.aws.pod_role import PodRole, PodRoleArgs

BEFORE_NODES = ("vpc-cni", "kube-proxy", "eks-pod-identity-agent")
"""Run on every node as it starts: a node without them is never ready."""
ON_NODES = ("coredns", "aws-ebs-csi-driver")
"""Need nodes to run on: without any, EKS waits for them and fails."""

IDENTITIES = {
    "vpc-cni": ("aws-node", "AmazonEKS_CNI_Policy"),
    "aws-ebs-csi-driver": ("ebs-csi-controller-sa", "service-role/AmazonEBSCSIDriverPolicy"),
}
"""Add-ons that call AWS → their service account, and the policy that AWS keeps for them."""

# Source of the keys: aws eks describe-addon-configuration --addon-name NAME --addon-version VERSION
CONFIGURATION: dict[str, dict[str, Any]] = {
    "vpc-cni": {
        # Network policies are enforced. Addresses come in blocks of 16: a t3.medium takes 110 pods, not 17.
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true", "WARM_PREFIX_TARGET": "1"},
    },
    "kube-proxy": {},
    "eks-pod-identity-agent": {},
    "coredns": {
        "autoScaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10},
        "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
            }
        ],
    },
    "aws-ebs-csi-driver": {"controller": {"replicaCount": 2}},
}


class ClusterAddonsArgs(TypedDict):
    cluster_name: pulumi.Input[str]
    version: str
    """Version of Kubernetes; it decides the versions of the add-ons."""
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of the add-ons' roles. Default: none."""


class ClusterAddons(pulumi.ComponentResource):
    """The add-ons of one cluster, each of the version that goes with the cluster's.

    Made in two steps: nodes come between those that every node runs and those that run on nodes.
    """

    def __init__(
        self, name: str, args: ClusterAddonsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("skymason:aws:ClusterAddons", name, None, opts)
        self._name = name
        self._args = args
        self._versions = cluster_version(args["version"]).addons
        self.ready_for_nodes = [self._addon(each, []) for each in BEFORE_NODES]
        """Known once a node can start."""
        self.register_outputs({})

    def install_on(self, groups: Sequence[pulumi.Resource]) -> list[pulumi.Output[str]]:
        """Install what needs nodes; the results are known once it runs."""
        return [self._addon(each, groups) for each in ON_NODES]

    def _addon(self, addon: str, after: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
        needed = list(after)
        if addon in IDENTITIES:
            needed.append(self._identity(addon).association)
        configuration = CONFIGURATION[addon]
        return eks.Addon(
            f"{self._name}-{addon}",
            cluster_name=self._args["cluster_name"],
            addon_name=addon,
            addon_version=self._versions[addon],
            configuration_values=json.dumps(configuration, sort_keys=True) if configuration else None,
            # It takes over what it finds, and what others change in it is changed back.
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            opts=pulumi.ResourceOptions(parent=self, depends_on=needed),
        ).arn

    def _identity(self, addon: str) -> PodRole:
        args = self._args
        service_account, policy = IDENTITIES[addon]
        role: PodRoleArgs = {
            "cluster_name": args["cluster_name"],
            "namespace": "kube-system",
            "service_account": service_account,
            "statements": [],
            "managed_policies": {"aws": managed_policy(args["partition"], policy)},
            "account_id": args["account_id"],
        }
        if "permissions_boundary_arn" in args:
            role["permissions_boundary_arn"] = args["permissions_boundary_arn"]
        return PodRole(f"{self._name}-{service_account}", role, pulumi.ResourceOptions(parent=self))
