"""Controllers of a cluster: charts, values and what they may do."""

import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from blocks import ACCOUNT, LOGS_KEY, REGION, Built

from components.aws.addon_charts import CHARTS, Place, values
from components.aws.addon_permissions import PERMISSIONS
from components.aws.addons import Addons, AddonsArgs
from components.aws.arns import Account
from components.kubernetes.provider import cluster_provider
from skymason.plan.evaluate import evaluate


def args(**changed: Any) -> AddonsArgs:
    return {
        "cluster_name": "shop-prod",
        "version": "1.35",
        "vpc_id": "vpc-1",
        "account_id": ACCOUNT,
        "partition": "aws",
        "region": REGION,
        "kubeconfig": "apiVersion: v1",
        "logs_key_arn": LOGS_KEY,
        **changed,
    }


def build(program: Callable[[], Any]) -> Built:
    """Both ways. Not by `blocks.build`: a provider's id, which options name, is unknown in a preview."""
    deployed, preview = (
        evaluate(program, project="skymason", stack="test", preview=preview) for preview in (False, True)
    )
    assert [r.urn for r in deployed.resources] == [r.urn for r in preview.resources]
    return Built(deployed, preview)


def exported(**changed: Any) -> Built:
    return build(lambda: pulumi.export("installed", Addons("ops", args(**changed)).installed))


@pytest.fixture(scope="module")
def built() -> Built:
    return exported()


RELEASE = "kubernetes:helm.sh/v3:Release"


def test_five_pinned_releases(built: Built) -> None:
    found = {
        r.inputs["name"]: (r.inputs["version"], r.inputs["namespace"], r.inputs["repositoryOpts"]["repo"])
        for r in built.deployed.of_type(RELEASE)
    }
    assert found == {
        "aws-load-balancer-controller": ("3.5.0", "kube-system", "https://aws.github.io/eks-charts"),
        "metrics-server": (
            "3.13.1",
            "kube-system",
            "https://kubernetes-sigs.github.io/metrics-server/",
        ),
        "cluster-autoscaler": ("9.59.0", "kube-system", "https://kubernetes.github.io/autoscaler"),
        "aws-for-fluent-bit": ("0.2.0", "kube-system", "https://aws.github.io/eks-charts"),
        "keda": ("2.20.2", "keda", "https://kedacore.github.io/charts"),
    }
    assert built.deployed.outputs["installed"] == [
        *(
            "aws-load-balancer-controller",
            "metrics-server",
            "cluster-autoscaler",
            "aws-for-fluent-bit",
            "keda",
        )
    ]


def test_releases_come_up_whole_or_not_at_all_through_the_cluster_s_provider(built: Built) -> None:
    provider = built.one("ops-cluster")
    for release in built.deployed.of_type(RELEASE):
        assert (release.inputs["atomic"], release.inputs["timeout"]) == (True, 600)
        assert release.options.provider.startswith(provider.urn)


def test_identities_are_there_before_the_pods(built: Built) -> None:
    accounts = {
        (r.inputs["namespace"], r.inputs["serviceAccount"])
        for r in built.deployed.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    }
    assert accounts == {
        ("kube-system", "aws-load-balancer-controller"),
        ("kube-system", "cluster-autoscaler"),
        ("kube-system", "aws-for-fluent-bit"),
        ("keda", "keda-operator"),
    }
    for short in ("load-balancer-controller", "cluster-autoscaler", "fluent-bit", "keda"):
        assert built.one(f"ops-{short}-association").urn in built.one(f"ops-{short}").dependencies


def test_the_namespace_of_scaling_is_restricted(built: Built) -> None:
    namespace = built.one("ops-keda-namespace").inputs["metadata"]
    assert namespace["name"] == "keda"
    assert namespace["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_the_controllers_own_logs_have_groups_before_they_are_collected(built: Built) -> None:
    groups = {r.name: r for r in built.deployed.of_type("aws:cloudwatch/logGroup:LogGroup")}
    assert {
        name: (r.inputs["name"], r.inputs["retentionInDays"], r.inputs["kmsKeyId"])
        for name, r in groups.items()
    } == {
        "ops-keda-pods-logs": ("/aws/eks/shop-prod/pods/keda", 30, LOGS_KEY),
        "ops-kube-system-pods-logs": ("/aws/eks/shop-prod/pods/kube-system", 30, LOGS_KEY),
    }
    assert {r.urn for r in groups.values()} <= set(built.one("ops-fluent-bit").dependencies)
    longer = exported(log_days=90).deployed.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert {r.inputs["retentionInDays"] for r in longer} == {90}


def test_the_collector_sends_each_namespace_to_its_group(built: Built) -> None:
    found = built.inputs("ops-fluent-bit")["values"]
    assert found["cloudWatchLogs"] == {
        "enabled": True,
        "match": "kube.*",
        "region": REGION,
        "logGroupName": "/aws/eks/shop-prod/pods/kube-system",
        "logGroupTemplate": "/aws/eks/shop-prod/pods/$kubernetes['namespace_name']",
        "logStreamTemplate": "$kubernetes['pod_name'].$kubernetes['container_name']",
        "autoCreateGroup": False,
    }
    assert found["containerSecurityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert found["tolerations"] == [{"operator": "Exists"}]
    assert (found["filter"]["mergeLogKey"], found["filter"]["keepLog"]) == ("data", "Off")


def test_the_collector_writes_to_groups_of_its_cluster_and_makes_none(built: Built) -> None:
    assert built.policy("ops-fluent-bit-policy") == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/eks/shop-prod/pods/*"],
        }
    ]


@pytest.mark.parametrize(
    ("charts", "known"),
    [
        (None, {"priority_class_prefix", "pod_log_prefix", "scaler_role_arn"}),
        (["keda"], {"priority_class_prefix", "scaler_role_arn"}),
        (["fluent-bit"], {"priority_class_prefix", "pod_log_prefix"}),
        (["metrics-server"], {"priority_class_prefix"}),
    ],
)
def test_what_services_learn_of_them(charts: list[str] | None, known: set[str]) -> None:
    def program() -> None:
        made = Addons("ops", args(**({} if charts is None else {"charts": charts})))
        pulumi.export("reference", made.reference)

    built = build(program)
    found = built.deployed.outputs["reference"]
    assert set(found) == known
    if "pod_log_prefix" in known:
        assert found["pod_log_prefix"] == "/aws/eks/shop-prod/pods"
    assert len(built.deployed.of_type("aws:cloudwatch/logGroup:LogGroup")) == (
        0 if "pod_log_prefix" not in known else 1 + (charts is None)
    )


def test_tiers_have_priorities(built: Built) -> None:
    found = {
        r.inputs["metadata"]["name"]: (r.inputs["value"], r.inputs["preemptionPolicy"])
        for r in built.deployed.of_type("kubernetes:scheduling.k8s.io/v1:PriorityClass")
    }
    assert found == {
        "skymason-critical": (1000, "PreemptLowerPriority"),
        "skymason-best-effort": (-5, "Never"),
    }


def test_some_charts_by_the_caller_s_provider() -> None:
    without = args(charts=["metrics-server"])
    del without["kubeconfig"]

    def program() -> None:
        provider = cluster_provider("theirs", "apiVersion: v1")
        Addons("ops", without, pulumi.ResourceOptions(providers=[provider]))

    built = build(program)
    assert built.names() == [
        *("ops-metrics-server", "ops-priority-best-effort", "ops-priority-critical", "theirs")
    ]
    assert built.one("ops-metrics-server").options.provider.startswith(built.one("theirs").urn)


def test_a_boundary_reaches_every_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    roles = exported(permissions_boundary_arn=boundary).deployed.of_type("aws:iam/role:Role")
    assert [r.inputs["permissionsBoundary"] for r in roles] == [boundary] * 4


PLACE = Place(cluster_name="shop", version="1.35", vpc_id="vpc-1", region=REGION, replicas=2)


def test_the_load_balancer_controller_asks_no_node_and_leaves_firewalls_alone() -> None:
    found = values("load-balancer-controller", PLACE)
    assert (found["clusterName"], found["region"], found["vpcId"]) == ("shop", REGION, "vpc-1")
    assert (found["enableShield"], found["enableWaf"], found["enableWafv2"]) == (False, False, False)


def test_the_autoscaler_follows_the_cluster_s_version() -> None:
    found = values("cluster-autoscaler", PLACE)
    assert found["image"] == {"tag": "v1.35.1"}
    assert found["autoDiscovery"] == {"clusterName": "shop"}
    # The longest that a spec may ask for: see `Shutdown`.
    assert found["extraArgs"]["max-graceful-termination-sec"] == 4200


def test_the_api_server_checks_the_certificate_of_metrics() -> None:
    found = values("metrics-server", PLACE)
    assert found["tls"] == {"type": "helm"}
    assert found["apiService"] == {"insecureSkipTLSVerify": False}


@pytest.mark.parametrize("replicas", [1, 2])
def test_replicas(replicas: int) -> None:
    place = Place(cluster_name="shop", version="1.35", vpc_id="vpc-1", region=REGION, replicas=replicas)
    assert values("load-balancer-controller", place)["replicaCount"] == replicas
    assert values("metrics-server", place)["replicas"] == replicas
    assert values("cluster-autoscaler", place)["replicaCount"] == replicas
    keda = values("keda", place)
    assert [keda[part]["replicaCount"] for part in ("operator", "metricsServer", "webhooks")] == [
        replicas
    ] * 3


def nested(value: Any, key: str) -> list[Any]:
    """Every value that stands under `key`, at any depth."""
    if isinstance(value, dict):
        return [item for k, v in value.items() for item in ([v] if k == key else nested(v, key))]
    if isinstance(value, list):
        return [item for v in value for item in nested(v, key)]
    return []


@pytest.mark.parametrize("chart", CHARTS)
def test_every_controller_is_bounded_and_survives_drains(chart: str) -> None:
    found = values(chart, PLACE)
    requests = nested(found["resources"], "requests")
    limits = nested(found["resources"], "limits")
    assert requests
    assert len(requests) == len(limits)
    assert all(set(request) == {"cpu", "memory"} for request in requests)
    assert all("memory" in limit for limit in limits)
    # The collector runs on every node: drains take it last, and it has nothing to spread.
    if chart != "fluent-bit":
        assert set(nested(found["podDisruptionBudget"], "maxUnavailable")) == {1}
        assert {item["topologyKey"] for item in flat(found["topologySpreadConstraints"])} == {
            "topology.kubernetes.io/zone"
        }
    assert {item["type"] for item in nested(found, "seccompProfile")} == {"RuntimeDefault"}


def flat(value: Any) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else [item for part in value.values() for item in part]


@pytest.mark.parametrize("controller", PERMISSIONS)
def test_no_controller_may_do_everything(controller: str) -> None:
    statements = PERMISSIONS[controller](Account("aws", REGION, ACCOUNT), "shop")
    for statement in statements:
        assert statement["actions"]
        for action in statement["actions"]:
            assert re.fullmatch(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+", action), action
        only_reads = all(re.match(r".*:(Describe|Get|List)", action) for action in statement["actions"])
        if not only_reads:
            assert "*" not in statement["resources"] or statement.get("conditions")


def test_the_autoscaler_scales_the_groups_of_its_cluster() -> None:
    statements = PERMISSIONS["cluster-autoscaler"](Account("aws", REGION, ACCOUNT), "shop")
    assert statements[1]["resources"] == [f"arn:aws:eks:{REGION}:{ACCOUNT}:nodegroup/shop/*/*"]
    assert statements[2]["conditions"] == {"StringEquals": {"aws:ResourceTag/eks:cluster-name": "shop"}}


def test_scaling_reads_metrics_and_nothing_else() -> None:
    (statement,) = PERMISSIONS["keda"](Account("aws", REGION, ACCOUNT), "shop")
    assert statement["actions"] == ["cloudwatch:GetMetricData"]


def test_load_balancers_of_stacks_cannot_be_changed_from_inside() -> None:
    statements = PERMISSIONS["load-balancer-controller"](Account("aws", REGION, ACCOUNT), "shop")
    free = {"Look", "RegisterPods", "MakeSecurityGroups", "ServiceRole", "OpenTheClusterToLoadBalancers"}
    for statement in statements:
        if statement["sid"] not in free:
            conditions = statement["conditions"]["StringEquals"]
            assert "shop" in conditions.values()
            assert any("elbv2.k8s.aws/cluster" in key for key in conditions)


def test_policies_fit_into_a_role(built: Built) -> None:
    for policy in built.deployed.of_type("aws:iam/rolePolicy:RolePolicy"):
        assert len("".join(policy.inputs["policy"].split())) <= 10_240
