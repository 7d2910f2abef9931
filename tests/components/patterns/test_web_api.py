"""A web API on AWS: exact sets of resources for each variant, and how the blocks are put together."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from blocks import Built, component_inputs, component_outputs
from manifests import validate
from web_apis import CERTIFICATE, IMAGE, PLATFORM, SERVICE, args, build, kinds, later, make, provider

from components.patterns.aws.web_api import WebApi
from skymason.diagnostics import DiagnosticError

PLAIN = Counter(
    {
        "kubernetes": 1,
        # namespace
        "Namespace": 1,
        "NetworkPolicy": 3,
        # workload
        "ServiceAccount": 1,
        "ConfigMap": 1,
        "Service": 1,
        "Deployment": 1,
        "PodDisruptionBudget": 1,
        "ScaledObject": 1,
        "TargetGroupBinding": 1,
        # identity
        "Role": 1,
        "PodIdentityAssociation": 1,
        # load balancer
        "LoadBalancer": 1,
        "SecurityGroup": 1,
        "SecurityGroupIngressRule": 3,
        "SecurityGroupEgressRule": 1,
        "Listener": 2,
        "ListenerRule": 1,
        "TargetGroup": 1,
        "Record": 3,
        "Certificate": 1,
        "CertificateValidation": 1,
        # firewall
        "WebAcl": 1,
        "WebAclAssociation": 1,
        "LogGroup": 2,
        "WebAclLoggingConfiguration": 1,
        # alarms
        "MetricAlarm": 3,
        "Dashboard": 1,
    }
)
"""Public, with alarms but for 'no traffic', no bindings, no tasks: 38 resources."""


def added(built: Built) -> dict[str, int]:
    """How the variant's resources differ in number from the plain one's."""
    found = kinds(built)
    return {kind: found[kind] - PLAIN[kind] for kind in found | PLAIN if found[kind] != PLAIN[kind]}


@pytest.fixture(scope="module")
def plain() -> Built:
    return make()


def test_plain(plain: Built) -> None:
    assert kinds(plain) == PLAIN
    assert sum(PLAIN.values()) == 38
    components = Counter(item.type for item in plain.deployed.resources if not item.custom)
    assert components == {
        "skymason:aws:LogGroup": 1,
        "skymason:patterns:AwsWebApi": 1,
        "skymason:kubernetes:ServiceNamespace": 1,
        "skymason:kubernetes:Workload": 1,
        "skymason:kubernetes:Autoscaler": 1,
        "skymason:aws:PodRole": 1,
        "skymason:aws:LoadBalancer": 1,
        "skymason:aws:Certificate": 1,
        "skymason:aws:Firewall": 1,
        "skymason:aws:LoadBalancerAlarms": 1,
    }


def test_every_resource_has_a_short_name_of_its_own(plain: Built) -> None:
    names = [item.name for item in plain.deployed.resources if item.custom]
    assert len(set(names)) == len(names)
    assert all(name.startswith("orders-") for name in names)
    assert all(re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", name.removeprefix("orders-")) for name in names)


def test_the_api_takes_every_manifest(plain: Built) -> None:
    assert validate(plain.deployed) == 11


ONE_MORE_BALANCER = {
    "LoadBalancer": 1,
    "SecurityGroup": 1,
    "SecurityGroupIngressRule": 3,
    "SecurityGroupEgressRule": 1,
    "Listener": 2,
    "ListenerRule": 1,
    "TargetGroup": 1,
    "TargetGroupBinding": 1,
    "WebAclAssociation": 1,
    "MetricAlarm": 3,
}
TWO_PORTS = [{"name": "http", "port": 8080}, {"name": "admin", "port": 9090}]
BINDING = {
    "name": "images",
    "environment": {"IMAGES_BUCKET": "images"},
    "statements": [{"sid": "Read", "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::images/*"]}],
    "network": [{"direction": "egress", "port": 443, "cidr": "0.0.0.0/0"}],
}
SIDECAR = {
    "name": "proxy",
    "image": f"proxy@{IMAGE['digest']}",
    "resources": {
        "requests": {"cpu": "10m", "memory": "16Mi"},
        "limits": {"cpu": "100m", "memory": "32Mi"},
    },
}


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        pytest.param({"ingress": {"exposure": "internal"}}, {"Record": -1}, id="internal"),
        pytest.param({"ingress": {"exposure": "both"}}, ONE_MORE_BALANCER, id="both"),
        pytest.param(
            {"ingress": {"hosts": ["a.example.com", "*.a.example.com", "b.example.org"]}},
            # Three rules, three aliases in each zone, but two domains to validate.
            {"ListenerRule": 2, "Record": 5},
            id="several hosts",
        ),
        pytest.param(
            {"ports": TWO_PORTS, "ingress": {"routes": [{"path": "/admin", "port": "admin"}, {}]}},
            {
                "ListenerRule": 1,
                "TargetGroup": 1,
                "TargetGroupBinding": 1,
                "SecurityGroupEgressRule": 1,
                "SecurityGroupIngressRule": 1,
            },
            id="several paths and ports",
        ),
        pytest.param({"ports": TWO_PORTS}, {}, id="a port without a route"),
        pytest.param(
            {"ingress": {"allowed_cidrs": ["198.51.100.0/24", "203.0.113.0/24"]}},
            {"SecurityGroupIngressRule": 2},
            id="several ranges",
        ),
        pytest.param(
            {"tasks": [{"name": "migrate", "command": ["m"]}, {"name": "seed", "command": ["s"]}]},
            {"Job": 2},
            id="one-off tasks",
        ),
        pytest.param(
            {"tasks": [{"name": "tidy", "command": ["t"], "schedule": "0 3 * * *"}]},
            {"CronJob": 1},
            id="a scheduled task",
        ),
        pytest.param({"sidecars": [SIDECAR]}, {}, id="a sidecar"),
        pytest.param(
            {
                "scaling": {
                    "schedule": [
                        {"name": "day", "start": "0 7 * * *", "end": "0 19 * * *", "replicas": 6},
                    ]
                }
            },
            {},
            id="a schedule",
        ),
        pytest.param(
            {"singleton": True, "scaling": {"min": 1, "max": 1}}, {"ScaledObject": -1}, id="singleton"
        ),
        pytest.param({"spot": True}, {}, id="spot"),
        pytest.param(
            {"ingress": {"certificate_arn": CERTIFICATE}},
            {"Certificate": -1, "CertificateValidation": -1, "Record": -1},
            id="a certificate of one's own",
        ),
        pytest.param(
            {"platform": {**PLATFORM, "certificate_arn": CERTIFICATE}},
            {"Certificate": -1, "CertificateValidation": -1, "Record": -1},
            id="the platform's certificate",
        ),
        pytest.param(
            {"ingress": {"waf": {"enabled": False}}},
            {"WebAcl": -1, "WebAclAssociation": -1, "LogGroup": -1, "WebAclLoggingConfiguration": -1},
            id="no firewall",
        ),
        pytest.param({"alarms": {"enabled": False}}, {"MetricAlarm": -3, "Dashboard": -1}, id="no alarms"),
        pytest.param({"alarms": {"no_traffic_minutes": 30}}, {"MetricAlarm": 1}, id="no traffic"),
        pytest.param({"bindings": [BINDING]}, {"RolePolicy": 1}, id="a binding"),
        pytest.param({"escape": {"public-alb": {"idle_timeout": 120}}}, {}, id="escape"),
    ],
)
def test_variants(changed: dict[str, Any], difference: dict[str, int]) -> None:
    built = make(**changed)
    assert added(built) == difference
    validate(built.deployed)


def test_nothing_of_the_platform_need_be_known(plain: Built) -> None:
    built = build(lambda: WebApi("orders", args(platform=later())))
    assert built.names() == plain.names()


def test_everything_at_once_and_nothing_known() -> None:
    changed = {
        "ingress": {"exposure": "both"},
        "tasks": [{"name": "migrate", "command": ["m"]}],
        "bindings": [BINDING],
        "network": {"allow_from": ["web"], "egress_cidrs": ["192.0.2.0/24"]},
    }
    known = make(**changed)
    unknown = build(lambda: WebApi("orders", args(platform=later(), **changed)))
    assert unknown.names() == known.names()


def test_a_new_image_touches_one_resource(plain: Built) -> None:
    other = make(image={**IMAGE, "digest": "sha256:" + "b" * 64})
    changed = [
        before.name
        for before, after in zip(plain.deployed.resources, other.deployed.resources, strict=True)
        if (before.inputs, before.urn) != (after.inputs, after.urn)
    ]
    assert changed == ["orders-deployment"]


def test_the_clusters_provider_is_the_callers_where_there_is_one() -> None:
    def program() -> None:
        WebApi("orders", args(), pulumi.ResourceOptions(providers=[provider()]))

    built = build(program)
    assert added(built) == {}
    assert [item.name for item in built.deployed.of_type("pulumi:providers:kubernetes")] == ["shared"]
    urn = built.one("shared").urn
    for item in built.deployed.resources:
        if item.custom and item.type.startswith("kubernetes:"):
            assert item.options.provider.startswith(urn)


def test_the_provider_made_here_serves_what_lives_in_the_cluster(plain: Built) -> None:
    urn = plain.one("orders-cluster").urn
    served = {
        item.name
        for item in plain.deployed.resources
        if item.custom and item.options.provider.startswith(urn)
    }
    assert served == {
        item.name for item in plain.deployed.resources if item.custom and item.type.startswith("kubernetes:")
    }


def test_replicas_start_after_their_role_and_their_load_balancer(plain: Built) -> None:
    names = {item.urn: item.name for item in plain.deployed.resources}

    def needs(name: str) -> set[str]:
        return {names[urn] for urn in plain.one(name).dependencies}

    assert {"orders-public-binding-http", "orders-service-account", "orders-service"} <= needs(
        "orders-deployment"
    )
    assert "orders-association" in needs("orders-service-account")
    assert "orders-public-rule-default" in needs("orders-public-binding-http")
    assert plain.inputs("orders-service-account")["metadata"]["annotations"] == {
        "skymason.dev/role": plain.one("orders-role").outputs["arn"]
    }


def test_replicas_are_ready_when_the_load_balancer_says_so(plain: Built) -> None:
    labels = plain.inputs("orders-namespace")["metadata"]["labels"]
    assert labels["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    assert labels["skymason.dev/tier"] == "critical"
    tie = plain.inputs("orders-public-binding-http")
    assert tie["metadata"]["name"] == "public-http"
    assert tie["spec"]["targetGroupARN"] == plain.one("orders-public-tg-http").outputs["arn"]
    assert tie["spec"]["serviceRef"] == {"name": "orders", "port": 8080}


def test_public_and_internal_lie_apart() -> None:
    built = make(ingress={"exposure": "both"})
    public, internal = built.inputs("orders-public-alb"), built.inputs("orders-internal-alb")
    assert (public["internal"], internal["internal"]) == (False, True)
    assert public["subnets"] == PLATFORM["public_subnet_ids"]
    assert internal["subnets"] == PLATFORM["private_subnet_ids"]
    assert built.inputs("orders-public-ingress-443-0-0-0-0-0")["cidrIpv4"] == "0.0.0.0/0"
    assert built.inputs("orders-internal-ingress-443-network")["cidrIpv4"] == "10.0.0.0/16"
    zones = {
        place: built.inputs(f"orders-{place}-alias-default")["zoneId"] for place in ("public", "internal")
    }
    assert zones == {"public": PLATFORM["hosted_zone_id"], "internal": PLATFORM["private_zone_id"]}
    assert [item.name for item in built.deployed.resources if "-inside-" in item.name] == []
    assert public["accessLogs"]["prefix"] == internal["accessLogs"]["prefix"] == "orders"


def test_a_public_service_is_found_from_inside_the_network(plain: Built) -> None:
    record, inside = plain.inputs("orders-public-alias-default"), plain.inputs("orders-public-inside-default")
    assert (record["name"], record["zoneId"]) == ("orders.example.com", PLATFORM["hosted_zone_id"])
    assert inside == {**record, "zoneId": PLATFORM["private_zone_id"]}


def test_without_a_private_zone_an_internal_service_has_no_record() -> None:
    platform = {key: value for key, value in PLATFORM.items() if key != "private_zone_id"}
    assert added(make(platform=platform, ingress={"exposure": "internal"})) == {"Record": -2}


@pytest.mark.parametrize(
    ("tier", "known", "expected"),
    [
        ("critical", True, "skymason-critical"),
        ("best_effort", True, "skymason-best-effort"),
        ("standard", True, None),
        (None, True, None),
        ("critical", False, None),
    ],
)
def test_replicas_have_the_priority_of_their_tier(
    tier: str | None, known: bool, expected: str | None
) -> None:
    service = {key: value for key, value in {**SERVICE, "tier": tier}.items() if value}
    platform = PLATFORM if known else {k: v for k, v in PLATFORM.items() if k != "priority_class_prefix"}
    pod = make(service=service, platform=platform).inputs("orders-deployment")["spec"]["template"]["spec"]
    assert pod.get("priorityClassName") == expected


def test_logs_are_kept_as_long_as_the_spec_says() -> None:
    built = make(logging={"retention_days": 90})
    group = built.one("orders-pods-logs")
    assert (group.inputs["name"], group.inputs["retentionInDays"], group.inputs["kmsKeyId"]) == (
        *("/aws/eks/any/pods/orders", 90, PLATFORM["logs_key_arn"]),
    )
    assert group.urn in built.one("orders-deployment").dependencies
    drawn = json.loads(built.inputs("orders-dashboard")["dashboardBody"])["widgets"]
    assert [item["type"] for item in drawn] == [*(["metric"] * 4), "log"]
    platform = {key: value for key, value in PLATFORM.items() if key != "pod_log_prefix"}
    without = make(platform=platform)
    assert added(without) == {"LogGroup": -1}
    assert len(json.loads(without.inputs("orders-dashboard")["dashboardBody"])["widgets"]) == 4


def test_the_role_has_exactly_the_permissions_of_the_bindings(plain: Built) -> None:
    built = make(bindings=[BINDING, {**BINDING, "name": "more", "statements": []}])
    assert built.policy("orders-policy") == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::images/*"],
        }
    ]
    association = plain.inputs("orders-association")
    assert (association["namespace"], association["serviceAccount"]) == ("orders", "orders")


def test_a_permissions_boundary_of_the_platform_bounds_the_role() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    built = make(platform={**PLATFORM, "permissions_boundary_arn": boundary})
    assert built.inputs("orders-role")["permissionsBoundary"] == boundary


def test_settings_and_traffic() -> None:
    built = make(
        bindings=[BINDING],
        network={"allow_from": ["web"]},
        container={"environment": {"LOG_LEVEL": "debug", "MODE": "fast"}},
    )
    assert built.inputs("orders-config")["data"] == {
        "SERVICE_NAME": "orders",
        "ENVIRONMENT": "prod",
        "LOG_LEVEL": "debug",
        "PORT": "8080",
        "IMAGES_BUCKET": "images",
        "MODE": "fast",
    }
    spec = built.inputs("orders-network-policy")["spec"]
    assert [entry["from"] for entry in spec["ingress"]] == [
        [{"ipBlock": {"cidr": cidr}} for cidr in PLATFORM["public_subnet_cidrs"]],
        [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}],
    ]
    assert [entry["to"][0]["ipBlock"]["cidr"] for entry in spec["egress"]] == [
        *("0.0.0.0/0", "169.254.170.23/32")
    ]


@pytest.mark.parametrize(
    ("exposure", "tiers"),
    [("public", ["public"]), ("internal", ["private"]), ("both", ["public", "private"])],
)
def test_requests_come_from_the_subnets_of_the_load_balancers(exposure: str, tiers: list[str]) -> None:
    keys = [f"{tier}_subnet_cidrs" for tier in tiers]

    def ingress(platform: Callable[[], dict[str, Any]]) -> Any:
        built = build(lambda: WebApi("orders", args(platform=platform(), ingress={"exposure": exposure})))
        return [
            built_plan.inputs("orders-network-policy")["spec"]["ingress"]
            for built_plan in (built, Built(built.preview, built.preview))
        ]

    def entry(cidrs: list[str]) -> dict[str, Any]:
        return {
            "from": [{"ipBlock": {"cidr": cidr}} for cidr in cidrs],
            "ports": [{"port": 8080, "protocol": "TCP"}],
        }

    named = [entry(PLATFORM[key]) for key in keys]
    assert ingress(lambda: PLATFORM) == [named, named]
    outputs = {key: PLATFORM[key] for key in keys}
    assert ingress(
        lambda: PLATFORM | {key: pulumi.Output.from_input(value) for key, value in outputs.items()}
    ) == [named, named]
    without = {key: value for key, value in PLATFORM.items() if not key.endswith("_subnet_cidrs")}
    assert ingress(lambda: without) == [[entry(["10.0.0.0/16"])]] * 2


def test_requests_are_counted_at_every_target_group() -> None:
    built = make(ingress={"exposure": "both"}, scaling={"requests_per_target": 500})
    triggers = built.inputs("orders-scaled-object")["spec"]["triggers"]
    values = [item["metadata"].get("dimensionValue") for item in triggers if item["type"] != "cpu"]
    assert values == [
        ";".join(built.one(f"orders-{place}-{short}").outputs["arnSuffix"] for short in ("alb", "tg-http"))
        for place in ("public", "internal")
    ]


def test_outputs() -> None:
    def program() -> None:
        made = WebApi(
            "orders", args(ingress={"exposure": "both", "hosts": ["a.example.com", "*.example.com"]})
        )
        for output in WebApi.__annotations__:
            pulumi.export(output, getattr(made, output))

    built = build(program)
    outputs = built.deployed.outputs
    assert outputs["urls"] == ["https://a.example.com"]
    assert outputs["load_balancer_dns_names"] == {
        place: built.one(f"orders-{place}-alb").outputs["dnsName"] for place in ("public", "internal")
    }
    assert outputs["target_group_arns"] == {
        f"{place}-http": built.one(f"orders-{place}-tg-http").outputs["arn"]
        for place in ("public", "internal")
    }
    assert outputs["role_arn"] == built.one("orders-role").outputs["arn"]
    assert outputs["namespace"] == "orders"
    assert outputs["firewall_log_group"] == "aws-waf-logs-skymason-test-orders"


def test_outputs_without_a_domain_and_a_firewall() -> None:
    platform = {key: value for key, value in PLATFORM.items() if key != "domain"}

    def program() -> None:
        changed = {"certificate_arn": CERTIFICATE, "waf": {"enabled": False}}
        made = WebApi("orders", args(platform=platform, ingress=changed))
        pulumi.export("urls", made.urls)
        pulumi.export("log", made.firewall_log_group)

    built = build(program)
    name = built.one("orders-public-alb").outputs["dnsName"]
    assert built.deployed.outputs == {"urls": [f"https://{name}"], "log": ""}
    assert built.inputs("orders-public-rule-any")["conditions"] == [{"pathPattern": {"values": ["/*"]}}]


def test_without_a_certificate_and_a_zone_it_cannot_be() -> None:
    platform = {key: value for key, value in PLATFORM.items() if key not in ("hosted_zone_id",)}
    with pytest.raises(DiagnosticError, match="service 'orders': there is no certificate, and none can be"):
        make(platform=platform)


def test_a_service_without_a_tier() -> None:
    built = make(service={key: value for key, value in SERVICE.items() if key != "tier"})
    assert "skymason.dev/tier" not in built.inputs("orders-deployment")["metadata"]["labels"]


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(WebApi)
    assert {name for name, optional in inputs.items() if not optional} == {"platform", "service", "image"}
    assert component_outputs(WebApi) == {
        *("urls", "loadBalancerDnsNames", "targetGroupArns", "roleArn", "namespace", "firewallLogGroup")
    }
