"""An independent judge of the policies that edges make."""

import json
from pathlib import Path
from typing import Any

import parliament
import pytest
import yaml

POLICIES = yaml.safe_load((Path(__file__).parents[2] / "data" / "edge_policies.yaml").read_text())


def findings(document: Any) -> list[str]:
    found = parliament.analyze_policy_string(json.dumps(document)).findings
    return [f"{item.issue}: {item.detail}" for item in found]


@pytest.mark.parametrize("pair", POLICIES)
def test_nothing_is_found(pair: str) -> None:
    assert findings(POLICIES[pair]["policy"]) == []


def test_the_judge_would_find_a_mistake() -> None:
    statement = {"Sid": "X", "Effect": "Allow", "Action": ["sqs:Receive"], "Resource": ["arn:aws:s3:::a"]}
    assert findings({"Version": "2012-10-17", "Statement": [statement]})
