"""Repositories of images."""

import json
from typing import Any

import pulumi
import pytest
from blocks import ACCOUNT, KEY, REGION, Built, build

from components.aws.registry import Registry, RegistryArgs


def args(**changed: Any) -> RegistryArgs:
    return {
        "prefix": "shop-prod",
        "repositories": ["orders", "team/wallet", "orders"],
        "key_arn": KEY,
        "account_id": ACCOUNT,
        "region": REGION,
        **changed,
    }


def exported(**changed: Any) -> Built:
    def program() -> None:
        registry = Registry("images", args(**changed))
        pulumi.export("host", registry.host)
        pulumi.export("repository_arns", registry.repository_arns)

    return build(program)


@pytest.fixture(scope="module")
def built() -> Built:
    return exported(protect=True)


def test_one_repository_for_each_service(built: Built) -> None:
    assert built.names() == [
        *("images-orders", "images-orders-lifecycle", "images-team-wallet", "images-team-wallet-lifecycle")
    ]
    assert built.one("images-team-wallet").inputs["name"] == "shop-prod/team/wallet"


def test_immutable_scanned_encrypted(built: Built) -> None:
    repository = built.one("images-orders")
    assert built.inputs("images-orders") == {
        "name": "shop-prod/orders",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
        "forceDelete": False,
    }
    assert repository.options.protect is True


def test_old_images_go(built: Built) -> None:
    rules = json.loads(built.inputs("images-orders-lifecycle")["policy"])["rules"]
    assert [
        (r["rulePriority"], r["selection"]["tagStatus"], r["selection"]["countNumber"]) for r in rules
    ] == [
        (1, "untagged", 14),
        (2, "any", 100),
    ]


def test_outputs(built: Built) -> None:
    assert built.deployed.outputs == {
        "host": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",
        "repository_arns": [
            built.one("images-orders").outputs["arn"],
            built.one("images-team-wallet").outputs["arn"],
        ],
    }


def test_hosts_in_china() -> None:
    host = exported(region="cn-north-1").deployed.outputs["host"]
    assert host == f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn"


def test_continuous_scanning_where_asked() -> None:
    built = exported(enhanced_scanning=True)
    assert built.inputs("images-scanning") == {
        "scanType": "ENHANCED",
        "rules": [
            {
                "scanFrequency": "CONTINUOUS_SCAN",
                "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
            }
        ],
    }
    assert built.one("images-orders").inputs["forceDelete"] is True


def test_an_existing_registry_is_only_passed_on() -> None:
    built = exported(existing_host="registry.example.com")
    assert built.names() == []
    assert built.deployed.outputs == {"host": "registry.example.com", "repository_arns": []}
