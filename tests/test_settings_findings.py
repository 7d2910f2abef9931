"""Everything that can be wrong with settings: code, key, message and fix of each case, and the lines."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from skymason.diagnostics import REGISTRY, Diagnostic
from skymason.settings import check_stack, codes

CASES = yaml.safe_load((Path(__file__).parent / "data" / "settings_findings.yaml").read_text())
TODAY = date(2026, 4, 1)
BASE: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "demo:environment": "qa",
    "demo:owner": "team-a",
    "demo:cost_center": "c1",
    "demo:aws": {
        "network": {"cidr": "10.0.0.0/16"},
        "cluster": {"admins": ["arn:aws:iam::123456789012:role/deploy"]},
        "alerts": {"emails": ["a@example.com"]},
    },
}


def findings(
    folder: Path, config: dict[str, Any], stack: str = "qa", today: date = TODAY
) -> list[Diagnostic]:
    (folder / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": config}, indent=1))
    return check_stack(folder, stack, today)


def changed(values: dict[str, Any], removed: list[str]) -> dict[str, Any]:
    """BASE with some keys set and others removed; dots lead into the section `aws`."""
    config = copy.deepcopy(BASE)
    for path in (*values, *removed):
        *sections, last = path.split(".") if path.startswith("demo:aws.") else [path]
        at = config
        for section in sections:
            at = at.setdefault(section, {})
        if path in values:
            at[last] = values[path]
        else:
            del at[last]
    return config


def plain(item: Diagnostic) -> dict[str, str]:
    return {
        "severity": item.severity.value,
        "code": item.code.id,
        "key": item.key,
        "message": item.message,
        "fix": item.fix,
    }


def test_the_base_has_nothing_wrong(tmp_path: Path) -> None:
    assert findings(tmp_path, BASE) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_findings(tmp_path: Path, case: dict[str, Any]) -> None:
    config = changed(case.get("set", {}), case.get("remove", []))
    today = date.fromisoformat(case["today"]) if "today" in case else TODAY
    found = findings(tmp_path, config, case.get("stack", "qa"), today)
    assert [plain(item) for item in found] == case["found"]


def test_every_code_has_a_case() -> None:
    """But for those of files and of stacks beside each other, which have tests of their own."""
    defined = {item.id for item in vars(codes).values() if item in REGISTRY.values()}
    shown = {found["code"] for case in CASES for found in case["found"]}
    elsewhere = {"SM1008", "SM1009", "SM1013", "SM1014", "SM1109"}
    assert defined - shown == elsewhere


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = """\
# a comment
config:
  aws:region: eu-central-1
  demo:environment: qa
  demo:owner: team-a
  demo:cost_center: c1
  demo:aws:
    network:
      cidr: 10.0.0.0/21

      natt: single
    cluster:
      admins: [arn:aws:iam::123456789012:role/deploy]
      node_pools:
        - {name: a, instance_types: [t3.large], min: 1, max: 1}
        - name: b
          instance_types:
            - t3.large
            - t3.huge
          min: 0
          max: 1
    alerts:
      emails: [a@example.com]
"""
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    (tmp_path / "Pulumi.qa.yaml").write_text(text)
    found = check_stack(tmp_path, "qa", TODAY)
    assert [(str(item.location), item.code.id) for item in found] == [
        ("Pulumi.qa.yaml:9", "SM1104"),
        ("Pulumi.qa.yaml:11", "SM1001"),
        ("Pulumi.qa.yaml:19", "SM1306"),
    ]
    assert found[1].as_text() == (
        "error SM1001 Pulumi.qa.yaml:11 demo:aws.network.natt\n"
        "  there is no setting 'natt'\n"
        "  fix: did you mean 'nat'? allowed: cidr, zones, nat, interface_endpoints, flow_log_days, vpc_id, "
        "public_subnet_ids, private_subnet_ids, data_subnet_ids"
    )


def test_sections_that_are_right_are_checked_beside_one_that_is_wrong(tmp_path: Path) -> None:
    config = changed(
        {
            "demo:aws.network.cidr": "10.0.0.0/21",
            "demo:aws.cluster.endpoint": "public",
            "demo:aws.alerts.emails": ["nobody"],
            "demo:aws.domain": {"name": "example.com", "certificate_arn": "arn:aws:s3:::b"},
            "demo:aws.protect": "no",
            "demo:aws.permissions_boundary_arn": "arn:aws:iam::123456789012:role/x",
            "demo:existing": {"queue": {"kind": "sqs_queue", "arn": "arn:aws:s3:::b"}, "bad": {}},
            "demo:environment": "prod",
            "aws:region": "eu-central-9",
        },
        [],
    )
    found = findings(tmp_path, config)
    assert sorted(item.code.id for item in found) == [
        *("SM1002", "SM1003", "SM1003", "SM1007", "SM1012"),
        *("SM1104", "SM1202", "SM1202", "SM1202", "SM1309", "SM1501"),
    ]


def test_stacks_are_checked_beside_each_other(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.broken.yaml").write_text("config: [")
    findings(tmp_path, BASE)
    found = findings(tmp_path, changed({"demo:environment": "qa"}, []), "qa-two")
    assert [plain(item) for item in found] == [
        {
            "severity": "error",
            "code": "SM1014",
            "key": "demo:environment",
            "message": "stack 'qa' holds environment 'qa' in the same place too",
            "fix": "give one of them another environment, region or aws.account_id",
        },
        {
            "severity": "warning",
            "code": "SM1109",
            "key": "demo:aws.network.cidr",
            "message": "10.0.0.0/16 overlaps 10.0.0.0/16 of stack 'qa'",
            "fix": "give each stack a range of its own",
        },
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"aws:region": "eu-west-1", "demo:aws.network.cidr": "10.1.0.0/16"},
        {"demo:aws.account_id": "111122223333", "demo:aws.network.cidr": "10.1.0.0/16"},
    ],
)
def test_one_environment_may_be_in_two_places(tmp_path: Path, change: dict[str, Any]) -> None:
    findings(tmp_path, BASE)
    assert findings(tmp_path, changed(change, []), "qa-two") == []


def test_two_stacks_may_use_one_existing_network(tmp_path: Path) -> None:
    subnets = {
        f"demo:aws.network.{tier}_subnet_ids": [f"subnet-{n}{i}234567" for i in range(3)]
        for n, tier in enumerate(("public", "private", "data"))
    }
    change = {"demo:aws.network.vpc_id": "vpc-01234567", **subnets}
    findings(tmp_path, changed(change, []))
    assert findings(tmp_path, changed({**change, "demo:environment": "test"}, []), "test") == []
