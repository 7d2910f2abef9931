"""Alarms: the table, what each looks at, and that somebody can act on it."""

import re
from pathlib import Path
from typing import Any

import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.alarms import ALARMS, LoadBalancerAlarms, LoadBalancerAlarmsArgs

ROOT = Path(__file__).parents[3]
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
BASE: LoadBalancerAlarmsArgs = {
    "service": "orders",
    "owner": "team-a",
    "alert_topic_arn": TOPIC,
    "region": "eu-central-1",
    "load_balancers": {"public": "app/orders/1"},
    "target_groups": {"public": {"http": "targetgroup/http/2", "admin": "targetgroup/admin/3"}},
    "alarms": {
        "error_percent": 1,
        "p95_seconds": 0.8,
        "unhealthy_hosts": 2,
        "no_traffic_minutes": 15,
        "window_minutes": 5,
    },
}
BALANCER = {"LoadBalancer": "app/orders/1"}


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: LoadBalancerAlarms("orders", BASE))


def alarm(built: Built, key: str) -> dict[str, Any]:
    return built.inputs(f"orders-public-alarm-{key}")


def metric(name: str, stat: str, period: int, **more: str) -> dict[str, Any]:
    return {
        "namespace": "AWS/ApplicationELB",
        "metricName": name,
        "dimensions": {**BALANCER, **more},
        "stat": stat,
        "period": period,
    }


def test_four_alarms_and_a_dashboard(built: Built) -> None:
    keys = ("5xx", "latency", "no-traffic", "unhealthy-hosts")
    assert built.names() == ["orders-dashboard", *(f"orders-public-alarm-{key}" for key in keys)]


def test_errors(built: Built) -> None:
    made = alarm(built, "5xx")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanThreshold", 1)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (1, "notBreaching")
    assert made["metricQueries"] == [
        {"id": "targets", "metric": metric("HTTPCode_Target_5XX_Count", "Sum", 300)},
        {"id": "balancer", "metric": metric("HTTPCode_ELB_5XX_Count", "Sum", 300)},
        {"id": "requests", "metric": metric("RequestCount", "Sum", 300)},
        {
            "id": "percent",
            "label": "5xx answers (%)",
            "expression": "100 * (FILL(targets, 0) + FILL(balancer, 0)) / requests",
            "returnData": True,
        },
    ]


def test_latency(built: Built) -> None:
    made = alarm(built, "latency")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanThreshold", 0.8)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (1, "notBreaching")
    query = {"id": "p95", "metric": metric("TargetResponseTime", "p95", 300), "returnData": True}
    assert made["metricQueries"] == [query]


def test_unhealthy_replicas_of_all_target_groups_in_every_minute(built: Built) -> None:
    made = alarm(built, "unhealthy-hosts")
    assert (made["comparisonOperator"], made["threshold"]) == ("GreaterThanOrEqualToThreshold", 2)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (5, "breaching")
    http, admin, total = made["metricQueries"]
    assert http["metric"] == metric("UnHealthyHostCount", "Maximum", 60, TargetGroup="targetgroup/http/2")
    assert admin["metric"]["dimensions"]["TargetGroup"] == "targetgroup/admin/3"
    assert (total["expression"], total["returnData"]) == ("SUM(METRICS())", True)


def test_no_traffic(built: Built) -> None:
    made = alarm(built, "no-traffic")
    assert (made["comparisonOperator"], made["threshold"]) == ("LessThanThreshold", 1)
    assert (made["evaluationPeriods"], made["treatMissingData"]) == (1, "breaching")
    query = {"id": "requests", "metric": metric("RequestCount", "Sum", 900), "returnData": True}
    assert made["metricQueries"] == [query]


@pytest.mark.parametrize("kind", ALARMS, ids=lambda kind: kind.key)
def test_somebody_can_act_on_each_alarm(built: Built, kind: Any) -> None:
    made = alarm(built, kind.key)
    assert made["alarmActions"] == made["okActions"] == [TOPIC]
    assert made["tags"] == {
        "owner": "team-a",
        "severity": kind.severity,
        "service": "orders",
        "runbook": kind.runbook,
    }
    for part in ("orders (public)", kind.title, kind.severity, "team-a", kind.runbook):
        assert part in made["alarmDescription"]


@pytest.mark.parametrize("kind", ALARMS, ids=lambda kind: kind.key)
def test_each_runbook_is_there_and_complete(kind: Any) -> None:
    text = (ROOT / kind.runbook).read_text()
    assert re.findall(r"^## (.*)$", text, re.M) == [
        *("Meaning", "First checks", "Likely causes", "Mitigation", "Escalation")
    ]
    assert f"Severity: {kind.severity}" in text
    assert re.search(r"`(kubectl|aws|curl|dig|openssl|pulumi) |^ +(kubectl|aws|curl) ", text, re.M)


def test_no_runbook_is_left_without_an_alarm() -> None:
    folder = ROOT / "docs" / "runbooks"
    assert {path.name for path in folder.glob("web-api-*.md")} == {Path(kind.runbook).name for kind in ALARMS}
    index = (folder / "README.md").read_text()
    for kind in ALARMS:
        assert f"`<name>-<place>-alarm-{kind.key}` | {kind.severity} |" in index


@pytest.mark.parametrize("left_out", [{"no_traffic_minutes": None}, {"p95_seconds": None}])
def test_a_threshold_that_is_not_given_makes_no_alarm(left_out: dict[str, None]) -> None:
    alarms = {**BASE["alarms"], **left_out}
    assert len(build(lambda: LoadBalancerAlarms("orders", {**BASE, "alarms": alarms})).names()) == 4


def test_each_load_balancer_has_its_own() -> None:
    args: LoadBalancerAlarmsArgs = {
        **BASE,
        "load_balancers": {"public": "app/a/1", "internal": "app/b/2"},
        "target_groups": {"public": {"http": "targetgroup/a/1"}, "internal": {"http": "targetgroup/b/2"}},
    }
    built = build(lambda: LoadBalancerAlarms("orders", args))
    assert len(built.names()) == 9
    queries = built.inputs("orders-internal-alarm-latency")["metricQueries"]
    assert queries[0]["metric"]["dimensions"] == {"LoadBalancer": "app/b/2"}


def test_somebody_else_may_draw_the_dashboard() -> None:
    built = build(lambda: LoadBalancerAlarms("orders", {**BASE, "dashboard": False}))
    assert len(built.names()) == 4
    assert built.one("orders").outputs["dashboard_name"] == ""


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        later: dict[str, Any] = {key: unknown() for key in ("alert_topic_arn", "region")}
        later["load_balancers"] = {"public": unknown()}
        later["target_groups"] = {"public": {"http": unknown()}}
        LoadBalancerAlarms("orders", {**BASE, **later})

    assert len(build(program).names()) == 5


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(LoadBalancerAlarms)
    assert [name for name, optional in inputs.items() if optional] == ["dashboard", "logGroup"]
    assert component_outputs(LoadBalancerAlarms) == {"alarmNames", "dashboardName"}
