"""A service's load balancer: exact inputs, rules, records, and their number."""

from typing import Any

import pulumi
import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown

from components.aws.load_balancer import LoadBalancer, LoadBalancerArgs, response_headers
from skymason.diagnostics import DiagnosticError

VPC, TARGETS = "vpc-0123456789abcdef0", "sg-0123456789abcdef0"
SUBNETS = [f"subnet-{zone}123456789abcdef0" for zone in "abc"]
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
ZONE = "Z0123456789ABCDEFGHIJ"
HEADERS = {
    "strict_transport_security": "max-age=63072000",
    "content_security_policy": "default-src 'none'",
    "x_content_type_options": "nosniff",
    "x_frame_options": "",
}
BASE: LoadBalancerArgs = {
    "service": "orders",
    "internal": False,
    "vpc_id": VPC,
    "subnet_ids": SUBNETS,
    "target_security_group_id": TARGETS,
    "allowed_cidrs": {"world": "0.0.0.0/0"},
    "certificate_arn": CERTIFICATE,
    "tls_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "hosts": {"main": "orders.example.com"},
    "routes": [{"path": "/", "port": "http"}],
    "ports": [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}],
    "target_health": {
        "path": "/ready",
        "interval_seconds": 10,
        "timeout_seconds": 5,
        "healthy_threshold": 2,
        "unhealthy_threshold": 3,
    },
    "headers": HEADERS,
    "idle_timeout_seconds": 60,
    "deregistration_seconds": 30,
    "slow_start_seconds": 0,
    "deletion_protection": True,
    "log_bucket": "access-logs",
    "zone_id": ZONE,
}
PLAIN = [
    *("orders-alb", "orders-alias-main", "orders-egress-8080", "orders-http", "orders-https"),
    *("orders-ingress-443-world", "orders-ingress-80-world", "orders-rule-main", "orders-security-group"),
    *("orders-targets-8080", "orders-tg-http"),
]


def make(**changed: Any) -> Built:
    return build(lambda: LoadBalancer("orders", {**BASE, **changed}))


@pytest.fixture(scope="module")
def plain() -> Built:
    return make()


def test_eleven_resources(plain: Built) -> None:
    assert plain.names() == PLAIN


def test_load_balancer(plain: Built) -> None:
    group = plain.one("orders-security-group").id
    assert {key: value for key, value in plain.inputs("orders-alb").items() if key != "name"} == {
        "loadBalancerType": "application",
        "internal": False,
        "ipAddressType": "ipv4",
        "subnets": SUBNETS,
        "securityGroups": [group],
        "idleTimeout": 60,
        "enableHttp2": True,
        "enableCrossZoneLoadBalancing": True,
        "enableDeletionProtection": True,
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "defensive",
        "accessLogs": {"bucket": "access-logs", "prefix": "orders", "enabled": True},
    }


def test_without_a_bucket_there_are_no_access_logs() -> None:
    args = {key: value for key, value in BASE.items() if key != "log_bucket"}
    built = build(lambda: LoadBalancer("orders", args))  # type: ignore[arg-type]
    assert "accessLogs" not in built.inputs("orders-alb")


def test_every_rule_of_a_security_group_is_described_and_no_wider_than_it_must_be(plain: Built) -> None:
    group = plain.one("orders-security-group").id

    def rule(name: str) -> tuple[Any, ...]:
        made = plain.inputs(name)
        assert made["description"]
        assert (made["ipProtocol"], made["fromPort"]) == ("tcp", made["toPort"])
        peer = made.get("cidrIpv4") or made.get("cidrIpv6") or made.get("referencedSecurityGroupId")
        return made["securityGroupId"], made["fromPort"], peer

    assert rule("orders-ingress-443-world") == (group, 443, "0.0.0.0/0")
    assert rule("orders-ingress-80-world") == (group, 80, "0.0.0.0/0")
    assert rule("orders-egress-8080") == (group, 8080, TARGETS)
    assert rule("orders-targets-8080") == (TARGETS, 8080, group)
    assert plain.inputs("orders-security-group")["description"] == "Load balancer of orders"
    assert not {"ingress", "egress"} & plain.inputs("orders-security-group").keys()


def test_ranges_of_both_kinds_of_address() -> None:
    built = make(allowed_cidrs={"office": "203.0.113.0/24", "six": "2001:db8::/32"})
    assert built.inputs("orders-ingress-443-office")["cidrIpv4"] == "203.0.113.0/24"
    assert built.inputs("orders-ingress-80-six")["cidrIpv6"] == "2001:db8::/32"
    assert len(built.names()) == len(PLAIN) + 2


def test_target_group(plain: Built) -> None:
    made = plain.inputs("orders-tg-http")
    assert {key: value for key, value in made.items() if key != "name"} == {
        "targetType": "ip",
        "protocol": "HTTP",
        "port": 8080,
        "vpcId": VPC,
        "deregistrationDelay": 30,
        "slowStart": 0,
        "loadBalancingAlgorithmType": "least_outstanding_requests",
        "healthCheck": {
            "path": "/ready",
            "port": "traffic-port",
            "protocol": "HTTP",
            "matcher": "200-299",
            "interval": 10,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 3,
        },
    }


def test_slow_start_goes_with_round_robin_alone() -> None:
    made = make(slow_start_seconds=60).inputs("orders-tg-http")
    assert (made["slowStart"], made["loadBalancingAlgorithmType"]) == (60, "round_robin")


def test_http_is_answered_with_a_redirect(plain: Built) -> None:
    listener = plain.inputs("orders-http")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["defaultActions"] == [
        {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}}
    ]
    assert listener["routingHttpResponseServerEnabled"] is False


def test_https_answers_what_no_route_names_with_404(plain: Built) -> None:
    listener = plain.inputs("orders-https")
    assert listener.pop("loadBalancerArn") == plain.one("orders-alb").outputs["arn"]
    assert listener == {
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": CERTIFICATE,
        "defaultActions": [
            {
                "type": "fixed-response",
                "fixedResponse": {
                    "contentType": "text/plain",
                    "messageBody": "Not found",
                    "statusCode": "404",
                },
            }
        ],
        "routingHttpResponseServerEnabled": False,
        "routingHttpResponseStrictTransportSecurityHeaderValue": "max-age=63072000",
        "routingHttpResponseContentSecurityPolicyHeaderValue": "default-src 'none'",
        "routingHttpResponseXContentTypeOptionsHeaderValue": "nosniff",
    }


def test_a_header_can_be_left_to_the_application() -> None:
    assert response_headers({"x_frame_options": "", "x_content_type_options": "nosniff"}) == {
        "routing_http_response_x_content_type_options_header_value": "nosniff"
    }


def test_rule_and_record(plain: Built) -> None:
    rule = plain.inputs("orders-rule-main")
    assert rule["conditions"] == [{"hostHeader": {"values": ["orders.example.com"]}}]
    arn = plain.one("orders-tg-http").outputs["arn"]
    assert rule["actions"] == [{"type": "forward", "targetGroupArn": arn}]
    balancer = plain.one("orders-alb").outputs
    record = plain.inputs("orders-alias-main")
    assert (record["name"], record["type"], record["zoneId"]) == ("orders.example.com", "A", ZONE)
    assert record["aliases"] == [
        {"name": balancer["dnsName"], "zoneId": balancer["zoneId"], "evaluateTargetHealth": True}
    ]


def test_several_hosts_paths_and_ports() -> None:
    built = make(
        hosts={"a": "a.example.com", "all": "*.example.com"},
        routes=[{"path": "/admin", "port": "admin"}, {"path": "/", "port": "http"}],
    )
    assert [name for name in built.names() if "-rule-" in name] == [
        *("orders-rule-a", "orders-rule-a-admin", "orders-rule-all", "orders-rule-all-admin")
    ]
    # Two hosts, two ports: 2 more rules of a host, 1 of a path in each, 1 record, and 4 for the port.
    assert len(built.names()) == len(PLAIN) + 3 + 1 + 3
    priorities = {
        name: built.inputs(f"orders-rule-{name}")["priority"] for name in ("a-admin", "a", "all-admin", "all")
    }
    assert sorted(priorities, key=priorities.__getitem__) == ["a-admin", "a", "all-admin", "all"]
    admin = built.one("orders-tg-admin").outputs["arn"]
    assert built.inputs("orders-rule-a-admin")["actions"][0]["targetGroupArn"] == admin


def test_without_hosts_every_name_is_answered() -> None:
    built = make(hosts={}, routes=[{}])
    assert built.inputs("orders-rule-any")["conditions"] == [{"pathPattern": {"values": ["/*"]}}]
    assert len(built.names()) == len(PLAIN) - 1


def test_a_record_for_those_inside() -> None:
    built = make(inside_zone_id="Z9876543210ABCDEFGHIJ")
    assert built.names() == sorted([*PLAIN, "orders-inside-main"])
    record, inside = built.inputs("orders-alias-main"), built.inputs("orders-inside-main")
    assert inside == {**record, "zoneId": "Z9876543210ABCDEFGHIJ"}


def test_without_a_zone_there_are_no_records() -> None:
    built = make(zone_id=None)
    assert built.names() == [name for name in PLAIN if "alias" not in name]


def test_a_long_name_is_cut_where_the_cloud_wants_it_short() -> None:
    name = "a-service-with-a-long-name"
    built = build(lambda: LoadBalancer(name, BASE))
    for short in ("alb", "tg-http"):
        physical = built.inputs(f"{name}-{short}")["name"]
        assert len(physical) <= 32
        assert physical.startswith("a-service-with-a-long-na")


def test_a_route_to_a_port_that_is_not_there() -> None:
    message = r"load balancer 'orders': routes go to ports that are not there: \['grpc'\]"
    with pytest.raises(DiagnosticError, match=message):
        make(routes=[{"port": "grpc"}])


def test_what_it_offers() -> None:
    def program() -> None:
        made = LoadBalancer("orders", BASE)
        assert list(made.target_groups) == ["http"]
        assert made.rule_of("http")._name == "orders-rule-main"
        pulumi.export("targets", made.target_group_arns)
        pulumi.export("suffix", made.arn_suffix)

    built = build(program)
    arn = built.one("orders-tg-http").outputs["arn"]
    assert built.deployed.outputs["targets"] == {"http": arn}
    assert built.deployed.outputs["suffix"].startswith("app/orders-alb-")


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        later = {key: unknown() for key in ("vpc_id", "subnet_ids", "target_security_group_id", "zone_id")}
        later |= {key: unknown() for key in ("certificate_arn", "tls_policy", "log_bucket")}
        LoadBalancer(
            "orders",
            {**BASE, **later, "hosts": {"main": unknown()}, "allowed_cidrs": {"world": unknown()}},
        )

    assert build(program).names() == PLAIN


def test_other_languages_can_use_it() -> None:
    optional = {name for name, optional in component_inputs(LoadBalancer).items() if optional}
    assert optional == {"logBucket", "zoneId", "insideZoneId"}
    assert component_outputs(LoadBalancer) == {
        *("arn", "arnSuffix", "dnsName", "securityGroupId", "targetGroupArns")
    }
