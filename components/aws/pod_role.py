"""The AWS identity of a workload in a cluster."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_aws import eks, iam

from components.aws.arns import joined
from components.aws.iam import ROLE_NAME, allowing, attach, document, trusting
from components.aws.names import physical_name
from components.binding import Statement


class PodRoleArgs(TypedDict):
    cluster_name: pulumi.Input[str]
    """Cluster that the workload runs in. A change replaces the association."""
    namespace: pulumi.Input[str]
    service_account: pulumi.Input[str]
    statements: list[Statement]
    """All that the workload may do. Empty: it has an identity, and no permission."""
    managed_policies: NotRequired[dict[str, pulumi.Input[str]]]
    """Policies of AWS's own that are kept current for an add-on, short name → ARN. Default: none."""
    account_id: NotRequired[pulumi.Input[str]]
    """Account of the cluster; only associations of this account can then hand out the role."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Upper limit of what the role can ever do. Default: none."""


class PodRole(pulumi.ComponentResource):
    """A role with exactly the given statements, for one service account of one cluster, by Pod Identity."""

    role_arn: pulumi.Output[str]
    """Known once the service account is tied to the role: what starts after it gets the credentials."""

    def __init__(self, name: str, args: PodRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:PodRole", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = iam.Role(
            f"{name}-role",
            name=physical_name(f"{name}-role", ROLE_NAME),
            description=joined(
                "Pods of ", args["namespace"], "/", args["service_account"], " in ", args["cluster_name"]
            ),
            # Source: EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity".
            assume_role_policy=trusting(
                "pods.eks.amazonaws.com",
                {"StringEquals": _only(args)},
                actions=("sts:AssumeRole", "sts:TagSession"),
            ),
            permissions_boundary=args.get("permissions_boundary_arn"),
            opts=child,
        )
        permissions: list[pulumi.Resource] = []
        if args["statements"]:
            policy = iam.RolePolicy(
                f"{name}-policy",
                role=role.name,
                policy=document([allowing(statement) for statement in args["statements"]]),
                opts=child,
            )
            permissions.append(policy)
        permissions += attach(name, role, args.get("managed_policies", {}), self)
        self.association = eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args["cluster_name"],
            namespace=args["namespace"],
            service_account=args["service_account"],
            role_arn=role.arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )
        self.role_arn = self.association.role_arn
        self.register_outputs({"role_arn": self.role_arn})


def _only(args: PodRoleArgs) -> dict[str, Any]:
    """The session tags that Pod Identity adds, and where the request comes from."""
    only: dict[str, Any] = {
        "aws:RequestTag/eks-cluster-name": args["cluster_name"],
        "aws:RequestTag/kubernetes-namespace": args["namespace"],
        "aws:RequestTag/kubernetes-service-account": args["service_account"],
    }
    if "account_id" in args:
        only["aws:SourceAccount"] = args["account_id"]
    return only
