"""The dashboard of a service's load balancers."""

import json

from blocks import build
from test_alarms import BASE

from components.aws.alarms import LoadBalancerAlarms
from components.aws.dashboard import widgets, with_errors

TWO = {
    "public": ("app/a/1", {"http": "targetgroup/a/1", "admin": "targetgroup/b/2"}),
    "internal": ("app/c/3", {"http": "targetgroup/d/4"}),
}


def test_a_row_for_each_load_balancer() -> None:
    made = widgets(TWO, "eu-central-1")
    assert [(widget["x"], widget["y"]) for widget in made] == [
        (column, row) for row in (0, 6) for column in (0, 6, 12, 18)
    ]
    assert {(widget["width"], widget["height"], widget["type"]) for widget in made} == {(6, 6, "metric")}
    assert [widget["properties"]["title"] for widget in made[:4]] == [
        *("Requests (public)", "Errors (public)", "Time to answer (s) (public)", "Replicas (public)")
    ]


def test_errors_in_the_logs_stand_below_everything() -> None:
    body = json.dumps({"widgets": widgets(TWO, "eu-central-1")})
    *above, table = json.loads(with_errors(body, "/aws/eks/shop/pods/orders", "eu-central-1"))["widgets"]
    assert above == widgets(TWO, "eu-central-1")
    assert (table["type"], table["x"], table["y"], table["width"], table["height"]) == ("log", 0, 12, 24, 6)
    assert table["properties"] == {
        "title": "Errors in the logs",
        "region": "eu-central-1",
        "view": "table",
        "query": (
            "SOURCE '/aws/eks/shop/pods/orders' | fields @timestamp, coalesce(data.message, log) as message, "
            "kubernetes.pod_name as pod | filter data.level in ['error', 'critical', 'fatal'] or "
            "(not ispresent(data.level) and log like /(?i)error|exception/) | sort @timestamp desc | limit 50"
        ),
    }
    assert with_errors(body, "", "eu-central-1") == body
    assert json.loads(with_errors('{"widgets": []}', "g", "r"))["widgets"][0]["y"] == 0


def test_lines() -> None:
    requests, errors, time, replicas = widgets(TWO, "eu-central-1")[:4]
    assert requests["properties"]["metrics"] == [
        ["AWS/ApplicationELB", "RequestCount", "LoadBalancer", "app/a/1", {"stat": "Sum"}]
    ]
    assert len(errors["properties"]["metrics"]) == 3
    assert [line[-1]["stat"] for line in time["properties"]["metrics"]] == ["p50", "p95", "p99"]
    assert [(line[1], line[5]) for line in replicas["properties"]["metrics"]] == [
        ("HealthyHostCount", "targetgroup/a/1"),
        ("HealthyHostCount", "targetgroup/b/2"),
        ("UnHealthyHostCount", "targetgroup/a/1"),
        ("UnHealthyHostCount", "targetgroup/b/2"),
    ]


def test_it_is_named_for_the_whole_account() -> None:
    built = build(lambda: LoadBalancerAlarms("orders", BASE))
    made = built.inputs("orders-dashboard")
    assert made["dashboardName"] == "skymason-test-orders"
    assert len(json.loads(made["dashboardBody"])["widgets"]) == 4
