"""Kubernetes versions that can be run, and the add-ons that go with each."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ClusterVersion:
    """A version of Kubernetes on EKS.

    standard_support_ends: after this day AWS charges six times as much for the control plane; None where the
    day was not announced yet. addons: EKS add-on → version. autoscaler: image tag of the cluster autoscaler,
    which follows the minor version of the cluster.
    """

    standard_support_ends: date | None
    addons: dict[str, str]
    autoscaler: str


# Sources: EKS User Guide, "Amazon EKS Kubernetes release calendar" and the pages of the add-ons; tags of
# registry.k8s.io/autoscaling/cluster-autoscaler. Before a change, compare with what AWS offers today:
# aws eks describe-addon-versions --kubernetes-version VERSION
VERSIONS: dict[str, ClusterVersion] = {
    "1.34": ClusterVersion(
        standard_support_ends=date(2026, 12, 2),
        addons={
            "vpc-cni": "v1.21.1-eksbuild.1",
            "kube-proxy": "v1.34.1-eksbuild.2",
            "coredns": "v1.12.4-eksbuild.1",
            "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
            "aws-ebs-csi-driver": "v1.54.0-eksbuild.1",
        },
        autoscaler="v1.34.5",
    ),
    "1.35": ClusterVersion(
        standard_support_ends=date(2027, 3, 27),
        addons={
            "vpc-cni": "v1.21.1-eksbuild.7",
            "kube-proxy": "v1.35.3-eksbuild.5",
            "coredns": "v1.14.2-eksbuild.4",
            "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
            "aws-ebs-csi-driver": "v1.59.0-eksbuild.1",
        },
        autoscaler="v1.35.1",
    ),
    "1.36": ClusterVersion(
        standard_support_ends=None,
        addons={
            "vpc-cni": "v1.22.3-eksbuild.1",
            "kube-proxy": "v1.36.0-eksbuild.13",
            "coredns": "v1.14.3-eksbuild.3",
            "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
            "aws-ebs-csi-driver": "v1.63.1-eksbuild.1",
        },
        autoscaler="v1.36.1",
    ),
}

DEFAULT_VERSION = "1.35"


def cluster_version(version: str) -> ClusterVersion:
    """The entry of a version. Raises ValueError, with all there are, for one that is not supported."""
    if version not in VERSIONS:
        raise ValueError(f"Kubernetes {version} is not supported; there are: {', '.join(VERSIONS)}")
    return VERSIONS[version]
