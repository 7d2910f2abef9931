"""Texts that stay plain where they can."""

import json

import pulumi
from blocks import ACCOUNT, build

from components.aws.arns import Account, joined, json_text, managed_policy


def test_plain_parts_make_a_plain_text() -> None:
    account = Account("aws", "eu-central-1", ACCOUNT)
    assert joined("a", "b") == "ab"
    assert account.arn("eks", "cluster/", "shop") == f"arn:aws:eks:eu-central-1:{ACCOUNT}:cluster/shop"
    assert account.root() == f"arn:aws:iam::{ACCOUNT}:root"
    assert managed_policy("aws-cn", "service-role/X") == "arn:aws-cn:iam::aws:policy/service-role/X"
    assert json_text({"a": [1, "b", None, True]}) == '{"a": [1, "b", null, true]}'


def test_what_must_be_waited_for() -> None:
    def program() -> None:
        later = pulumi.Output.from_input("vpc-1")
        pulumi.export("joined", joined("id ", later))
        pulumi.export("json", json_text({"ids": [later, ("plain", later)], "more": {"id": later, "n": 1}}))

    outputs = build(program).deployed.outputs
    assert outputs["joined"] == "id vpc-1"
    assert json.loads(outputs["json"]) == {
        "ids": ["vpc-1", ["plain", "vpc-1"]],
        "more": {"id": "vpc-1", "n": 1},
    }
