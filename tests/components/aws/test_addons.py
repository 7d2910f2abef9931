"""Controllers of a cluster: charts, values and what they may do."""

import re
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from blocks import ACCOUNT, REGION, Built

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


def test_four_pinned_releases(built: Built) -> None:
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
        "keda": ("2.20.2", "keda", "https://kedacore.github.io/charts"),
    }
    assert built.deployed.outputs["installed"] == [
        *("aws-load-balancer-controller", "metrics-server", "cluster-autoscaler", "keda")
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
        ("keda", "keda-operator"),
    }
    for short in ("load-balancer-controller", "cluster-autoscaler", "keda"):
        assert built.one(f"ops-{short}-association").urn in built.one(f"ops-{short}").dependencies


def test_the_namespace_of_scaling_is_restricted(built: Built) -> None:
    namespace = built.one("ops-keda-namespace").inputs["metadata"]
    assert namespace["name"] == "keda"
    assert namespace["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_some_charts_by_the_caller_s_provider() -> None:
    without = args(charts=["metrics-server"])
    del without["kubeconfig"]

    def program() -> None:
        provider = cluster_provider("theirs", "apiVersion: v1")
        Addons("ops", without, pulumi.ResourceOptions(providers=[provider]))

    built = build(program)
    assert built.names() == ["ops-metrics-server", "theirs"]
    assert built.one("ops-metrics-server").options.provider.startswith(built.one("theirs").urn)


def test_a_boundary_reaches_every_role() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    roles = exported(permissions_boundary_arn=boundary).deployed.of_type("aws:iam/role:Role")
    assert [r.inputs["permissionsBoundary"] for r in roles] == [boundary] * 3


PLACE = Place(cluster_name="shop", version="1.35", vpc_id="vpc-1", region=REGION, replicas=2)


def test_the_load_balancer_controller_asks_no_node_and_leaves_firewalls_alone() -> None:
    found = values("load-balancer-controller", PLACE)
    assert (found["clusterName"], found["region"], found["vpcId"]) == ("shop", REGION, "vpc-1")
    assert (found["enableShield"], found["enableWaf"], found["enableWafv2"]) == (False, False, False)


def test_the_autoscaler_follows_the_cluster_s_version() -> None:
    found = values("cluster-autoscaler", PLACE)
    assert found["image"] == {"tag": "v1.35.1"}
    assert found["autoDiscovery"] == {"clusterName": "shop"}


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
