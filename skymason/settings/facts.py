"""What the clouds accept, as data. Every table names its source and the day it was read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

REGIONS: dict[str, str] = {
    "af-south-1": "aws",
    "ap-east-1": "aws",
    "ap-east-2": "aws",
    "ap-northeast-1": "aws",
    "ap-northeast-2": "aws",
    "ap-northeast-3": "aws",
    "ap-south-1": "aws",
    "ap-south-2": "aws",
    "ap-southeast-1": "aws",
    "ap-southeast-2": "aws",
    "ap-southeast-3": "aws",
    "ap-southeast-4": "aws",
    "ap-southeast-5": "aws",
    "ap-southeast-6": "aws",
    "ap-southeast-7": "aws",
    "ca-central-1": "aws",
    "ca-west-1": "aws",
    "eu-central-1": "aws",
    "eu-central-2": "aws",
    "eu-north-1": "aws",
    "eu-south-1": "aws",
    "eu-south-2": "aws",
    "eu-west-1": "aws",
    "eu-west-2": "aws",
    "eu-west-3": "aws",
    "il-central-1": "aws",
    "me-central-1": "aws",
    "me-south-1": "aws",
    "mx-central-1": "aws",
    "sa-east-1": "aws",
    "us-east-1": "aws",
    "us-east-2": "aws",
    "us-west-1": "aws",
    "us-west-2": "aws",
    "cn-north-1": "aws-cn",
    "cn-northwest-1": "aws-cn",
    "eusc-de-east-1": "aws-eusc",
    "us-gov-east-1": "aws-us-gov",
    "us-gov-west-1": "aws-us-gov",
}
"""Region → partition. Source: botocore 1.44.5, `partitions.json` (secret and top-secret regions left out)."""

PARTITIONS = tuple(sorted(set(REGIONS.values())))

FEWER_ZONES: dict[str, int] = {"us-west-1": 2}
"""Regions in which a new account gets fewer than three zones.
Source: https://aws.amazon.com/about-aws/global-infrastructure/regions_az/"""

RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""Days for which CloudWatch keeps a log group.
Source: CloudWatch Logs API reference, PutRetentionPolicy, `retentionInDays`."""


@dataclass(frozen=True, slots=True)
class Support:
    """Last day of each kind of support of a Kubernetes version; None where it was not announced yet."""

    standard: date | None
    extended: date | None


KUBERNETES: dict[str, Support] = {
    "1.34": Support(date(2026, 12, 2), date(2027, 12, 2)),
    "1.35": Support(date(2027, 3, 27), date(2028, 3, 27)),
    "1.36": Support(None, None),
}
"""Versions that the library runs, with the end of their support: those that add-ons are pinned for, in
`components/aws/cluster_versions.py`.
Source: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, release calendar, read
in April 2026."""

SUPPORT_NOTICE_DAYS = 60
"""How long before the end of standard support a warning begins: time for two upgrades in a row."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one node of an instance type has."""

    architecture: str
    vcpus: int
    memory_gib: float


_VCPUS = {"medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48}
_VCPUS |= {"16xlarge": 64, "24xlarge": 96}
_BURSTABLE = {"nano": (2, 0.5), "micro": (2, 1), "small": (2, 2), "medium": (2, 4), "large": (2, 8)}
_BURSTABLE |= {"xlarge": (4, 16), "2xlarge": (8, 32)}
_FAMILIES: dict[str, tuple[str, int]] = {
    **{f"m{kind}": ("amd64", 4) for kind in ("5", "5a", "5d", "6i", "6a", "7i", "7a", "8i", "8a")},
    **{f"c{kind}": ("amd64", 2) for kind in ("5a", "6i", "6a", "7i", "7a", "8i", "8a")},
    **{f"r{kind}": ("amd64", 8) for kind in ("5", "5a", "5d", "6i", "6a", "7i", "7a", "8i", "8a")},
    **{f"m{kind}": ("arm64", 4) for kind in ("6g", "7g", "8g")},
    **{f"c{kind}": ("arm64", 2) for kind in ("6g", "7g", "8g")},
    **{f"r{kind}": ("arm64", 8) for kind in ("6g", "7g", "8g")},
}
"""Family → architecture and GiB a vCPU. Source: https://aws.amazon.com/ec2/instance-types/ (March 2026)."""
_BURSTABLE_FAMILIES = {"t3": "amd64", "t3a": "amd64", "t4g": "arm64"}

TOO_SMALL_SIZES = ("nano", "micro")
"""Sizes with four pod addresses a node: the daemons alone need more.
Source: `eni-max-pods.txt` of awslabs/amazon-eks-ami."""


@cache
def instance_sizes() -> dict[str, list[str]]:
    """Instance family → sizes. Source: botocore 1.44.5, EC2 service model, enum `InstanceType`."""
    text = files("skymason.settings").joinpath("instance_types.json").read_text()
    sizes: dict[str, list[str]] = json.loads(text)
    return sizes


def capacity(instance_type: str) -> Capacity | None:
    """What a node of the type has; None for a family that the tables above do not describe."""
    family, _, size = instance_type.partition(".")
    if family in _BURSTABLE_FAMILIES and size in _BURSTABLE:
        vcpus, memory = _BURSTABLE[size]
        return Capacity(_BURSTABLE_FAMILIES[family], vcpus, memory)
    if family in _FAMILIES and size in _VCPUS:
        architecture, ratio = _FAMILIES[family]
        return Capacity(architecture, _VCPUS[size], _VCPUS[size] * ratio)
    return None


CONTAINER_BRIDGE = "172.17.0.0/16"
"""Source: EKS user guide, 'VPC and subnet requirements': some services use this range on each node."""

WIDEST_CALLERS = 8
"""A shorter prefix than this among allowed addresses is nobody's own network, but most of the internet."""

PRIVATE_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""RFC 1918, and the shared range of RFC 6598, which AWS takes for networks too."""
