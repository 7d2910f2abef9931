"""Rules of network ACLs, for every number of zones."""

import pytest

from components.aws.network_acl_rules import QUOTA, WORLD, data_tier, private_tier, public_tier
from components.aws.network_layout import layout


@pytest.mark.parametrize("zones", range(2, 7))
def test_no_tier_comes_near_the_quota(zones: int) -> None:
    plan = layout("10.0.0.0/16", zones)
    for tier in (
        public_tier(plan.cidr),
        private_tier(plan.cidr),
        data_tier(plan.cidr, [*plan.private, *plan.data]),
    ):
        assert len(tier["ingress"]) < QUOTA
        assert len(tier["egress"]) < QUOTA
        numbers = [rule["rule_no"] for rule in tier["ingress"]]
        assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("tier", [public_tier("10.0.0.0/16"), private_tier("10.0.0.0/16")])
@pytest.mark.parametrize("port", [22, 3389, 1433, 3306, 5432, 6379])
def test_the_world_reaches_no_server_port(tier: dict[str, list[dict]], port: int) -> None:
    open_ports = [r for r in tier["ingress"] if r["cidr_block"] == WORLD]
    below_ephemeral = [r for r in open_ports if r["from_port"] < 1024]
    assert not [r for r in below_ephemeral if r["from_port"] <= port <= r["to_port"]]
    if port in (22, 3389):
        assert not [r for r in open_ports if r["from_port"] <= port <= r["to_port"]]


def test_public_tier() -> None:
    rules = [
        (r["cidr_block"], r["protocol"], r["from_port"], r["to_port"])
        for r in public_tier("10.0.0.0/16")["ingress"]
    ]
    assert rules == [
        ("10.0.0.0/16", "-1", 0, 0),
        (WORLD, "6", 80, 80),
        (WORLD, "6", 443, 443),
        (WORLD, "6", 1024, 3388),
        (WORLD, "6", 3390, 65535),
        (WORLD, "17", 1024, 3388),
        (WORLD, "17", 3390, 65535),
    ]


def test_data_tier_talks_to_callers_alone() -> None:
    tier = data_tier("10.0.0.0/16", ["10.0.0.0/19", "10.0.40.0/21"])
    assert tier == {
        "ingress": [
            {
                "rule_no": 100,
                "action": "allow",
                "cidr_block": "10.0.0.0/19",
                "protocol": "6",
                "from_port": 1024,
                "to_port": 65535,
            },
            {
                "rule_no": 110,
                "action": "allow",
                "cidr_block": "10.0.40.0/21",
                "protocol": "6",
                "from_port": 1024,
                "to_port": 65535,
            },
        ],
        "egress": [
            {
                "rule_no": 100,
                "action": "allow",
                "cidr_block": "10.0.0.0/16",
                "protocol": "6",
                "from_port": 443,
                "to_port": 65535,
            },
        ],
    }
