"""The firewall: its rules, what it protects, and its log."""

from typing import Any

import pytest
from blocks import LOGS_KEY, Built, build, component_inputs, component_outputs, unknown

from components.aws.waf import KNOWN_BAD_INPUTS, Firewall, FirewallArgs, rules

ALB = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/orders/0123456789abcdef"
BASE: FirewallArgs = {
    "service": "orders",
    "mode": "block",
    "managed_groups": ["AWSManagedRulesCommonRuleSet"],
    "requests_per_5_minutes": 2000,
    "load_balancer_arns": {"public": ALB},
    "log_retention_days": 90,
    "logs_key_arn": LOGS_KEY,
}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: Firewall("orders", BASE))


def metrics(name: str) -> dict[str, Any]:
    return {"cloudwatchMetricsEnabled": True, "sampledRequestsEnabled": True, "metricName": name}


def test_four_resources(built: Built) -> None:
    assert built.names() == [
        *("orders-firewall", "orders-firewall-logging", "orders-firewall-logs", "orders-firewall-public")
    ]


def test_web_acl(built: Built) -> None:
    made = built.inputs("orders-firewall")
    assert (made["scope"], made["defaultAction"]) == ("REGIONAL", {"allow": {}})
    assert made["visibilityConfig"] == metrics("orders-firewall")
    assert made["rules"] == [
        {
            "name": "rate-limit",
            "priority": 0,
            "action": {"block": {}},
            "statement": {
                "rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
            },
            "visibilityConfig": metrics("rate-limit"),
        },
        *(
            {
                "name": group,
                "priority": priority,
                "overrideAction": {"none": {}},
                "statement": {"managedRuleGroupStatement": {"vendorName": "AWS", "name": group}},
                "visibilityConfig": metrics(group),
            }
            for priority, group in ((1, "AWSManagedRulesCommonRuleSet"), (2, KNOWN_BAD_INPUTS))
        ),
    ]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], [KNOWN_BAD_INPUTS]),
        ([KNOWN_BAD_INPUTS, "A"], [KNOWN_BAD_INPUTS, "A"]),
        (["A", "B", "A"], ["A", "B", KNOWN_BAD_INPUTS]),
    ],
)
def test_known_bad_inputs_are_always_refused(groups: list[str], expected: list[str]) -> None:
    assert [rule["name"] for rule in rules(groups, "block", 100)[1:]] == expected


def test_counting_looks_first_but_the_rate_is_limited_all_the_same() -> None:
    rate, *groups = rules(["A"], "count", 100)
    assert rate["action"] == {"block": {}}
    assert [rule["override_action"] for rule in groups] == [{"count": {}}, {"count": {}}]


def test_it_stands_before_every_load_balancer(built: Built) -> None:
    acl = built.one("orders-firewall").outputs["arn"]
    assert built.inputs("orders-firewall-public") == {"webAclArn": acl, "resourceArn": ALB}
    both = {"public": ALB, "internal": ALB.replace("orders", "internal")}
    two = build(lambda: Firewall("orders", {**BASE, "load_balancer_arns": both}))
    assert len(two.names()) == 5


def test_its_log_is_encrypted_and_holds_no_credentials(built: Built) -> None:
    group = built.inputs("orders-firewall-logs")
    assert group["name"] == "aws-waf-logs-skymason-test-orders"
    assert (group["retentionInDays"], group["kmsKeyId"]) == (90, LOGS_KEY)
    logging = built.inputs("orders-firewall-logging")
    assert logging["logDestinationConfigs"] == [built.one("orders-firewall-logs").outputs["arn"]]
    assert logging["redactedFields"] == [
        {"singleHeader": {"name": name}} for name in ("authorization", "cookie", "x-api-key")
    ]


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        Firewall("orders", {**BASE, "logs_key_arn": unknown(), "load_balancer_arns": {"public": unknown()}})

    assert len(build(program).names()) == 4


def test_other_languages_can_use_it() -> None:
    assert not any(component_inputs(Firewall).values())
    assert component_outputs(Firewall) == {"arn", "logGroupName"}
