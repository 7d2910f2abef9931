"""Encryption keys and who may use them."""

from typing import Any

import pytest
from blocks import ACCOUNT, REGION, Built, build

from components.aws.keys import Keys, KeysArgs


def args(**changed: Any) -> KeysArgs:
    return {
        "alias_prefix": "shop-prod",
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        **changed,
    }


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: Keys("keys", args(protect=True)))


OWNER = {
    "Sid": "AccountDecidesThroughIam",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def test_three_keys_with_their_aliases(built: Built) -> None:
    assert built.names() == [
        *("keys-alerts-alias", "keys-alerts-key", "keys-data-alias", "keys-data-key"),
        *("keys-logs-alias", "keys-logs-key"),
    ]
    for purpose in ("data", "logs", "alerts"):
        alias = built.inputs(f"keys-{purpose}-alias")
        assert alias["name"] == f"alias/shop-prod-{purpose}"
        assert alias["targetKeyId"] == built.one(f"keys-{purpose}-key").outputs["keyId"]


@pytest.mark.parametrize("purpose", ["data", "logs", "alerts"])
def test_keys_rotate_and_can_be_got_back(built: Built, purpose: str) -> None:
    key = built.one(f"keys-{purpose}-key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["rotationPeriodInDays"] == 365
    assert key.inputs["deletionWindowInDays"] == 30
    assert key.options.protect is True


def test_unprotected_keys_wait_for_a_week() -> None:
    key = build(lambda: Keys("keys", args())).one("keys-data-key")
    assert key.inputs["deletionWindowInDays"] == 7
    assert key.options.protect is False


def test_the_data_key_serves_topics_of_the_account_that_deliver_to_queues(built: Built) -> None:
    assert built.policy("keys-data-key") == [
        OWNER,
        {
            "Sid": "ServicesOfTheAccountDeliver",
            "Effect": "Allow",
            "Principal": {"Service": ["sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        },
    ]


def test_the_logs_key_serves_log_groups_of_the_account(built: Built) -> None:
    assert built.policy("keys-logs-key") == [
        OWNER,
        {
            "Sid": "LogGroupsOfTheAccount",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
            "Action": [
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            "Resource": "*",
            "Condition": {
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"
                }
            },
        },
    ]


def test_the_alerts_key_serves_alarms_and_events_of_the_account(built: Built) -> None:
    assert built.policy("keys-alerts-key") == [
        OWNER,
        {
            "Sid": "AlarmsAndEventsOfTheAccount",
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com", "events.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        },
    ]


def test_topics_of_other_accounts_that_are_named_deliver_too() -> None:
    other = "210987654321"
    built = build(lambda: Keys("keys", args(delivering_accounts=[other])))
    _, delivery = built.policy("keys-data-key")
    assert delivery["Condition"] == {"StringEquals": {"aws:SourceAccount": [ACCOUNT, other]}}
