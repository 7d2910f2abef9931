"""A pool of nodes."""

from typing import Any

import pytest
from blocks import ACCOUNT, KEY, Built, build

from components.aws.node_pool import NodePool, NodePoolArgs, ami_type

COMPUTED = ("launchTemplate", "nodeGroupName")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/nodes"


def args(pool: dict[str, Any], **changed: Any) -> NodePoolArgs:
    return {
        "settings": {"name": "medium", "instance_types": ["t3.medium"], "min": 3, "max": 6, **pool},
        "cluster_name": "shop-dev",
        "version": "1.35",
        "node_role_arn": ROLE,
        "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"],
        "security_group_id": "sg-1",
        **changed,
    }


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: NodePool("medium", args({}, tags={"owner": "team"})))


def test_nodes(built: Built) -> None:
    group = built.one("medium-nodes")
    assert built.names() == ["medium-nodes", "medium-template"]
    assert group.options.ignore_changes == ("scalingConfig.desiredSize",)
    wanted = {key: value for key, value in group.inputs.items() if key not in COMPUTED}
    assert wanted == {
        "clusterName": "shop-dev",
        "nodeRoleArn": ROLE,
        "subnetIds": ["subnet-1", "subnet-2", "subnet-3"],
        "version": "1.35",
        "amiType": "AL2023_x86_64_STANDARD",
        "instanceTypes": ["t3.medium"],
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"desiredSize": 3, "minSize": 3, "maxSize": 6},
        "updateConfig": {"maxUnavailable": 1},
        "nodeRepairConfig": {"enabled": True},
        "labels": {"skymason.dev/pool": "medium"},
    }
    assert group.inputs["launchTemplate"]["id"] == built.one("medium-template").id
    assert isinstance(group.inputs["launchTemplate"]["version"], str)


def test_the_template_keeps_nodes_closed(built: Built) -> None:
    template = built.inputs("medium-template")
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "disabled",
    }
    assert template["blockDeviceMappings"] == [
        {
            "deviceName": "/dev/xvda",
            "ebs": {
                "volumeType": "gp3",
                "volumeSize": 50,
                "encrypted": "true",
                "deleteOnTermination": "true",
            },
        }
    ]
    assert template["networkInterfaces"] == [
        {
            "deviceIndex": 0,
            "associatePublicIpAddress": "false",
            "deleteOnTermination": "true",
            "securityGroups": ["sg-1"],
        }
    ]
    assert template["monitoring"] == {"enabled": True}
    assert template["updateDefaultVersion"] is True


def test_what_is_launched_carries_the_tags(built: Built) -> None:
    assert built.inputs("medium-template")["tagSpecifications"] == [
        {"resourceType": kind, "tags": {"owner": "team", "Name": "medium"}}
        for kind in ("instance", "volume", "network-interface")
    ]


def test_spot_from_nothing_with_a_disk_of_its_own() -> None:
    pool = {"spot": True, "min": 0, "disk_gb": 30.0, "instance_types": ["t4g.large", "m7gd.large"]}
    built = build(lambda: NodePool("large", args(pool, volume_key_arn=KEY)))
    group = built.inputs("large-nodes")
    assert group["capacityType"] == "SPOT"
    assert group["amiType"] == "AL2023_ARM_64_STANDARD"
    assert group["scalingConfig"] == {"desiredSize": 0, "minSize": 0, "maxSize": 6}
    disk = built.inputs("large-template")["blockDeviceMappings"][0]["ebs"]
    assert (disk["volumeSize"], disk["kmsKeyId"]) == (30, KEY)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["t3.medium", "t3a.medium", "m7i.large", "g5.xlarge"], "AL2023_x86_64_STANDARD"),
        (["t4g.medium", "c8gn.large"], "AL2023_ARM_64_STANDARD"),
    ],
)
def test_image_for_a_processor(types: list[str], expected: str) -> None:
    assert ami_type(types) == expected


@pytest.mark.parametrize("types", [["t3.medium", "t4g.medium"], []])
def test_one_processor_a_pool(types: list[str]) -> None:
    with pytest.raises(ValueError, match="one pool needs one processor architecture"):
        ami_type(types)
