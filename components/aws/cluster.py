"""The Kubernetes cluster of a stack, on EKS."""

import json
from typing import NotRequired, TypedDict

import pulumi
import pulumi_eks
from pulumi_aws import eks, iam

from components.aws.arns import Account, managed_policy
from components.aws.cluster_access import EndpointAccess, access_entries, endpoint, kubeconfig
from components.aws.cluster_addons import ClusterAddons, ClusterAddonsArgs
from components.aws.cluster_versions import DEFAULT_VERSION
from components.aws.iam import ROLE_NAME, attach, trusting
from components.aws.logs import AUDIT_DAYS, LogGroup
from components.aws.names import physical_name
from components.aws.node_pool import NodePool, NodePoolArgs, NodePoolSettings

LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


class ExistingClusterArgs(TypedDict):
    """A cluster that somebody else made. It must run the Pod Identity agent and a network policy engine."""

    name: pulumi.Input[str]
    endpoint: pulumi.Input[str]
    """Address of its API, with `https://`."""
    certificate_authority: pulumi.Input[str]
    """Certificate of its API, base64."""
    security_group_id: pulumi.Input[str]
    """Security group of its nodes and pods."""
    node_role_arn: NotRequired[pulumi.Input[str]]


class ClusterArgs(TypedDict):
    cluster_name: str
    """Physical name. A change replaces the cluster and all in it."""
    version: NotRequired[str]
    """Version of Kubernetes, such as 1.35. Default: the newest that add-ons are pinned for and that has been
    out for some months. Goes up one minor version at a time, and never down."""
    vpc_id: pulumi.Input[str]
    private_subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Subnets of control plane interfaces, nodes and pods; one in each zone."""
    admins: list[str]
    """ARNs of roles or users that administer the cluster. The one that deploys must be among them: there is
    no hidden administrator."""
    endpoint: NotRequired[EndpointAccess]
    """From where the API can be reached. Default: private."""
    allowed_cidrs: NotRequired[list[str]]
    """Addresses that may reach a public endpoint. Default: none."""
    node_pools: list[NodePoolSettings]
    """At least one of them with a node that is always there: the autoscaler itself must run somewhere."""
    secrets_key_arn: pulumi.Input[str]
    """Key for Kubernetes secrets. A change replaces the cluster."""
    logs_key_arn: pulumi.Input[str]
    """Key for the control plane's logs."""
    log_days: NotRequired[int]
    """Days that the control plane's logs are kept. Default: 365."""
    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Permissions boundary of every role. Default: none."""
    tags: NotRequired[dict[str, str]]
    """Tags of what the EKS component and EC2 make, which no transformation reaches. Default: none."""
    protect: NotRequired[bool]
    """Refuse to delete the cluster, here and at AWS. Default: false."""
    existing: NotRequired[ExistingClusterArgs]
    """Use this cluster and create nothing. Default: none."""


class Cluster(pulumi.ComponentResource):
    """A cluster with a private control plane, secrets encrypted with a key of the account, all logs kept,
    nodes in private subnets of every zone, and access by listed principals only."""

    cluster_name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    """Secret. Asks `aws eks get-token` for a short-lived token. Known once there are nodes."""
    cluster_security_group_id: pulumi.Output[str]
    """Security group of nodes and pods."""
    node_role_arn: pulumi.Output[str]
    """Role of the nodes; empty for an existing cluster that does not say."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:Cluster", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        if "existing" in args:
            self._use(args["existing"])
        else:
            self._create()
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "endpoint": self.endpoint,
                "kubeconfig": self.kubeconfig,
                "cluster_security_group_id": self.cluster_security_group_id,
                "node_role_arn": self.node_role_arn,
            }
        )

    def _use(self, existing: ExistingClusterArgs) -> None:
        self.cluster_name = pulumi.Output.from_input(existing["name"])
        self.endpoint = pulumi.Output.from_input(existing["endpoint"])
        self.cluster_security_group_id = pulumi.Output.from_input(existing["security_group_id"])
        self.node_role_arn = pulumi.Output.from_input(existing.get("node_role_arn", ""))
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(
                existing["name"],
                existing["endpoint"],
                existing["certificate_authority"],
                self._args["region"],
            ).apply(lambda known: kubeconfig(*known))
        )

    def _create(self) -> None:
        if not sum(int(pool["min"]) for pool in self._args["node_pools"]):
            raise ValueError("no pool has a node that is always there: give one of them `min` of 1 or more")
        version = self._args.get("version", DEFAULT_VERSION)
        control_plane = self._control_plane(version)
        self.cluster_name = control_plane.eks_cluster.apply(lambda cluster: cluster.name)
        self.cluster_security_group_id = control_plane.cluster_security_group_id
        self.endpoint = control_plane.kubeconfig_json.apply(_server)
        addons = ClusterAddons(
            f"{self._name}-addons",
            self._with_boundary(
                {
                    "cluster_name": self.cluster_name,
                    "version": version,
                    "account_id": self._args["account_id"],
                    "partition": self._args["partition"],
                }
            ),
            self._child,
        )
        groups = self._nodes(version, addons.ready_for_nodes)
        ready = addons.install_on(groups)
        # Whoever uses the cluster by it finds nodes and name resolution, and is gone before they are.
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(control_plane.kubeconfig_json, *ready).apply(_first)
        )

    def _control_plane(self, version: str) -> pulumi_eks.Cluster:
        args = self._args
        tags = args.get("tags", {})
        protect = args.get("protect", False)
        logs = LogGroup(
            f"{self._name}-control-plane",
            {
                # The name that EKS writes to. It is made first: EKS would make one that never forgets.
                "group_name": f"/aws/eks/{args['cluster_name']}/cluster",
                "key_arn": args["logs_key_arn"],
                "days": args.get("log_days", AUDIT_DAYS),
                "retain": protect,
            },
            self._child,
        )
        return pulumi_eks.Cluster(
            f"{self._name}-eks",
            name=logs.group_name.apply(lambda _: args["cluster_name"]),
            version=version,
            vpc_id=args["vpc_id"],
            private_subnet_ids=args["private_subnet_ids"],
            **endpoint(
                EndpointAccess(args.get("endpoint", EndpointAccess.PRIVATE)), args.get("allowed_cidrs", [])
            ),
            authentication_mode=pulumi_eks.AuthenticationMode.API,
            access_entries=access_entries(args["admins"], args["partition"], tags),
            encryption_config_key_arn=args["secrets_key_arn"],
            enabled_cluster_log_types=LOG_TYPES,
            service_role=self._control_plane_role(),
            create_instance_role=False,
            # Nodes, their security group and the add-ons are ours, so that each is seen, tagged and pinned.
            skip_default_node_group=True,
            skip_default_security_groups=True,
            bootstrap_self_managed_addons=False,
            use_default_vpc_cni=True,
            kube_proxy_addon_options={"enabled": False},
            coredns_addon_options={"enabled": False},
            deletion_protection=protect,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self, protect=protect, transforms=[without_hidden_administrator]
            ),
        )

    def _control_plane_role(self) -> pulumi.Output[iam.Role]:
        args = self._args
        account = Account(args["partition"], args["region"], args["account_id"])
        role = iam.Role(
            f"{self._name}-control-plane-role",
            name=physical_name(f"{self._name}-control-plane-role", ROLE_NAME),
            description=f"Control plane of cluster {args['cluster_name']}",
            assume_role_policy=trusting(
                "eks.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": args["account_id"]},
                    "ArnLike": {"aws:SourceArn": account.arn("eks", f"cluster/{args['cluster_name']}")},
                },
            ),
            permissions_boundary=args.get("permissions_boundary_arn"),
            opts=self._child,
        )
        attached = attach(
            f"{self._name}-control-plane",
            role,
            {"cluster": managed_policy(args["partition"], "AmazonEKSClusterPolicy")},
            self,
        )
        # The control plane works only while its role has the policy: it comes after, and goes before.
        return attached[0].policy_arn.apply(lambda _: role)

    def _nodes(self, version: str, ready: list[pulumi.Output[str]]) -> list[eks.NodeGroup]:
        args = self._args
        role = iam.Role(
            f"{self._name}-node-role",
            name=physical_name(f"{self._name}-node-role", ROLE_NAME),
            description=f"Nodes of cluster {args['cluster_name']}",
            assume_role_policy=trusting("ec2.amazonaws.com", {}),
            permissions_boundary=args.get("permissions_boundary_arn"),
            opts=self._child,
        )
        # Addresses of pods are the concern of the network add-on, which has a role of its own.
        policies = {
            "worker": managed_policy(args["partition"], "AmazonEKSWorkerNodePolicy"),
            "images": managed_policy(args["partition"], "AmazonEC2ContainerRegistryPullOnly"),
        }
        attached = [each.policy_arn for each in attach(f"{self._name}-node", role, policies, self)]
        self.node_role_arn = pulumi.Output.all(role.arn, *attached, *ready).apply(_first)
        groups = []
        for pool in args["node_pools"]:
            pool_args: NodePoolArgs = {
                "settings": pool,
                "cluster_name": self.cluster_name,
                "version": version,
                "node_role_arn": self.node_role_arn,
                "subnet_ids": args["private_subnet_ids"],
                "security_group_id": self.cluster_security_group_id,
                "tags": args.get("tags", {}),
            }
            groups.append(NodePool(f"{self._name}-{pool['name']}", pool_args, self._child).node_group)
        return groups

    def _with_boundary(self, given: ClusterAddonsArgs) -> ClusterAddonsArgs:
        if "permissions_boundary_arn" in self._args:
            given["permissions_boundary_arn"] = self._args["permissions_boundary_arn"]
        return given


def without_hidden_administrator(
    found: pulumi.ResourceTransformArgs,
) -> pulumi.ResourceTransformResult | None:
    """The EKS component makes whoever creates the cluster its administrator for ever, out of sight of the
    access entries, and has no argument against it: this takes that off the cluster inside."""
    if found.type_ != "aws:eks/cluster:Cluster":
        return None
    access = {**found.props["accessConfig"], "bootstrapClusterCreatorAdminPermissions": False}
    return pulumi.ResourceTransformResult({**found.props, "accessConfig": access}, found.opts)


def _first(known: list[str]) -> str:
    return known[0]


def _server(document: str) -> str:
    return str(json.loads(document)["clusters"][0]["cluster"]["server"])
