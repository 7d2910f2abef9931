"""A group of like nodes of a cluster, spread over its zones."""

import re
from typing import NotRequired, TypedDict

import pulumi
from pulumi_aws import ec2, eks

from components.aws.names import physical_name


class NodePoolSettings(TypedDict):
    """What tells one pool of a cluster from another."""

    name: str
    """Short name; part of the nodes' label `skymason.dev/pool`. A change replaces the pool."""
    instance_types: list[str]
    """Types in order of preference, all of one processor architecture. Spot capacity wants several. A change
    replaces the pool."""
    min: int
    max: int
    """Bounds for the cluster autoscaler, over all zones."""
    spot: NotRequired[bool]
    """Interruptible capacity. Default: false. A change replaces the pool."""
    disk_gb: NotRequired[int]
    """Size of each node's disk. Default: 50 GiB. A change replaces the nodes one by one."""


class NodePoolArgs(TypedDict):
    settings: NodePoolSettings
    cluster_name: pulumi.Input[str]
    version: str
    """Version of Kubernetes, not newer than the cluster's. A change replaces the nodes one by one."""
    node_role_arn: pulumi.Input[str]
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Private subnets, one in each zone. A change replaces the pool."""
    security_group_id: pulumi.Input[str]
    """Security group of nodes and pods."""
    volume_key_arn: NotRequired[pulumi.Input[str]]
    """Key that disks are encrypted with; the service role of EC2 Auto Scaling must be allowed to use it.
    Default: the account's key for EBS."""
    tags: NotRequired[dict[str, str]]
    """Tags of instances, disks and interfaces, which nothing else reaches. Default: none."""


class NodePool(pulumi.ComponentResource):
    """A managed node group with its own launch template.

    Nodes have no public address, an encrypted disk, detailed monitoring, and metadata by session only and for
    the node alone: pods get their credentials from Pod Identity. The cluster autoscaler sets the number of
    nodes.
    """

    node_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("skymason:aws:NodePool", name, None, opts)
        pool = args["settings"]
        template = self._template(name, args)
        low, high = int(pool["min"]), int(pool["max"])
        self.node_group = eks.NodeGroup(
            f"{name}-nodes",
            node_group_name=physical_name(
                f"{name}-nodes", 63, pool["instance_types"], pool.get("spot", False)
            ),
            cluster_name=args["cluster_name"],
            node_role_arn=args["node_role_arn"],
            subnet_ids=args["subnet_ids"],
            version=args["version"],
            ami_type=ami_type(pool["instance_types"]),
            instance_types=pool["instance_types"],
            capacity_type="SPOT" if pool.get("spot", False) else "ON_DEMAND",
            launch_template={"id": template.id, "version": template.latest_version.apply(_whole)},
            scaling_config={"desired_size": low, "min_size": low, "max_size": high},
            update_config={"max_unavailable": 1},
            node_repair_config={"enabled": True},
            labels={"skymason.dev/pool": pool["name"]},
            # From the first day on the autoscaler says how many nodes there are.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["scalingConfig.desiredSize"]),
        )
        self.node_group_name = self.node_group.node_group_name
        self.register_outputs({"node_group_name": self.node_group_name})

    def _template(self, name: str, args: NodePoolArgs) -> ec2.LaunchTemplate:
        disk: ec2.LaunchTemplateBlockDeviceMappingEbsArgsDict = {
            "volume_type": "gp3",
            "volume_size": int(args["settings"].get("disk_gb", 50)),
            "encrypted": "true",
            "delete_on_termination": "true",
        }
        if "volume_key_arn" in args:
            disk["kms_key_id"] = args["volume_key_arn"]
        tags = {**args.get("tags", {}), "Name": name}
        return ec2.LaunchTemplate(
            f"{name}-template",
            update_default_version=True,
            block_device_mappings=[{"device_name": "/dev/xvda", "ebs": disk}],
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
                "instance_metadata_tags": "disabled",
            },
            monitoring={"enabled": True},
            network_interfaces=[
                {
                    "device_index": 0,
                    "associate_public_ip_address": "false",
                    "delete_on_termination": "true",
                    "security_groups": [args["security_group_id"]],
                }
            ],
            tag_specifications=[
                {"resource_type": kind, "tags": tags} for kind in ("instance", "volume", "network-interface")
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )


def ami_type(instance_types: list[str]) -> str:
    """Kind of machine image for the instance types. Raises ValueError for a mixture of architectures."""
    # The letter after the generation tells: t4g, m7gd, c8gn are Graviton; m7i, c7a, t3 are not.
    arm = {bool(re.match(r"^[a-z]+\d+g", kind)) for kind in instance_types}
    if len(arm) != 1:
        raise ValueError(f"one pool needs one processor architecture: {', '.join(instance_types) or 'none'}")
    return "AL2023_ARM_64_STANDARD" if arm.pop() else "AL2023_x86_64_STANDARD"


def _whole(version: float) -> str:
    return str(int(version))
