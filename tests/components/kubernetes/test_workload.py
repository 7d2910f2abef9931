"""A service on Kubernetes: exact manifests, and what changes with what."""

from typing import Any

import pulumi
import pytest
from blocks import Built, build, component_inputs, component_outputs, unknown
from manifests import DIGEST, RESOURCES, validate, workload

from components.kubernetes.provider import cluster_provider
from components.kubernetes.workload import CHECKSUM, Workload, checksum, grace_seconds
from skymason.plan.diff import Kind, difference
from skymason.plan.evaluate import evaluate
from skymason.plan.model import UNKNOWN, Plan

PLAIN = [
    *("orders-config", "orders-deployment", "orders-disruption-budget", "orders-network-policy"),
    *("orders-service", "orders-service-account"),
]
LABELS = {
    "app.kubernetes.io/name": "orders",
    "app.kubernetes.io/component": "server",
    "app.kubernetes.io/managed-by": "pulumi",
}


def make(**changed: Any) -> Built:
    return build(lambda: Workload("orders", workload(**changed)))


@pytest.fixture(scope="module")
def plain() -> Built:
    return make()


def spec(built: Built) -> dict[str, Any]:
    return built.inputs("orders-deployment")["spec"]


def pod(built: Built) -> dict[str, Any]:
    return spec(built)["template"]["spec"]


def test_six_resources_that_the_api_takes(plain: Built) -> None:
    assert plain.names() == PLAIN
    assert validate(plain.deployed) == 6


def test_every_object_lies_in_the_namespace_and_has_the_standard_labels(plain: Built) -> None:
    for name in PLAIN:
        metadata = plain.inputs(name)["metadata"]
        assert (metadata["name"], metadata["namespace"], metadata["labels"]) == ("orders", "orders", LABELS)


def test_the_account_has_no_token(plain: Built) -> None:
    assert plain.inputs("orders-service-account")["automountServiceAccountToken"] is False
    assert pod(plain)["automountServiceAccountToken"] is False
    assert pod(plain)["serviceAccountName"] == "orders"


def test_deployment(plain: Built) -> None:
    made = spec(plain)
    assert "replicas" not in made, "the autoscaler says how many there are"
    assert made["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
    }
    selector = {"app.kubernetes.io/name": "orders", "app.kubernetes.io/component": "server"}
    assert made["selector"] == {"matchLabels": selector}
    assert made["template"]["metadata"]["labels"] == LABELS
    assert (made["minReadySeconds"], made["progressDeadlineSeconds"]) == (600, 1230)
    assert made["revisionHistoryLimit"] == 5
    assert "annotations" not in plain.inputs("orders-deployment")["metadata"]


def test_a_rollout_takes_its_time() -> None:
    # 25 % of 2 to 12 replicas at once: 2 to 4 steps.
    made = spec(make(min_replicas=2.0, max_replicas=12.0))
    assert (made["minReadySeconds"], made["progressDeadlineSeconds"]) == (300, 930)


def test_replicas_stop_gracefully(plain: Built) -> None:
    (container,) = pod(plain)["containers"]
    assert container["lifecycle"] == {"preStop": {"sleep": {"seconds": 15}}}
    assert pod(plain)["terminationGracePeriodSeconds"] == 45
    assert pod(make(drain_seconds=120))["terminationGracePeriodSeconds"] == 120


def test_all_three_probes_ask_the_main_port(plain: Built) -> None:
    (container,) = pod(plain)["containers"]
    for kind in ("liveness", "readiness", "startup"):
        assert container[f"{kind}Probe"]["httpGet"] == {"path": "/health", "port": "http"}


def test_disruption_budget(plain: Built) -> None:
    assert plain.inputs("orders-disruption-budget")["spec"] == {
        "maxUnavailable": 1,
        "selector": {"matchLabels": spec(plain)["selector"]["matchLabels"]},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }


def test_service(plain: Built) -> None:
    service = plain.inputs("orders-service")
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": spec(plain)["selector"]["matchLabels"],
        "ports": [{"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"}],
    }
    assert service["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}


def test_settings_start_new_replicas() -> None:
    container = {**workload()["container"], "environment": {"B": "own", "C": "c"}}
    first, second = make(container=container), make(container=container, environment={"A": "a", "B": "other"})
    assert first.inputs("orders-config")["data"] == {"B": "own", "C": "c"}
    assert second.inputs("orders-config")["data"] == {"A": "a", "B": "own", "C": "c"}
    found = [spec(built)["template"]["metadata"]["annotations"][CHECKSUM] for built in (first, second)]
    assert found == ["b38b3c34d5e35ee0", found[1]], "sha256 of the settings as sorted JSON"
    assert found[0] != found[1]


def test_new_settings_update_two_objects_in_place() -> None:
    def plan(setting: str) -> Plan:
        def program() -> None:
            provider = cluster_provider("cluster", "apiVersion: v1", cluster_name="shop")
            opts = pulumi.ResourceOptions(providers=[provider])
            Workload("orders", workload(environment={"A": setting}), opts)

        return evaluate(program, project="skymason", stack="test")

    found = difference(plan("a"), plan("b")).changes
    assert [(change.kind, change.name, change.paths) for change in found] == [
        (Kind.UPDATE, "orders-deployment", (f'spec.template.metadata.annotations["{CHECKSUM}"]',)),
        (Kind.UPDATE, "orders-config", ("data.A",)),
    ]


def test_checksum_waits_for_settings_that_are_not_known_yet() -> None:
    def program() -> None:
        pulumi.export("known", checksum({"A": "a"}))
        pulumi.export("unknown", checksum({"A": unknown()}))

    assert build(program).preview.outputs["unknown"] == UNKNOWN


def test_a_new_image_changes_one_object(plain: Built) -> None:
    other = make(image="registry/orders@sha256:" + "b" * 64)
    changed = [
        before.name
        for before, after in zip(plain.deployed.resources, other.deployed.resources, strict=True)
        if before.inputs != after.inputs
    ]
    assert changed == ["orders-deployment"]


def test_singleton_stops_before_it_starts() -> None:
    built = make(singleton=True)
    assert spec(built)["replicas"] == 1
    assert spec(built)["strategy"] == {"type": "Recreate"}
    assert (spec(built)["minReadySeconds"], spec(built)["progressDeadlineSeconds"]) == (0, 675)
    assert validate(built.deployed) == 6


def test_the_service_s_traffic_is_that_of_its_own_runs_alone(plain: Built) -> None:
    selector = plain.inputs("orders-network-policy")["spec"]["podSelector"]
    assert selector == {
        "matchLabels": {"app.kubernetes.io/name": "orders"},
        "matchExpressions": [
            {
                "key": "app.kubernetes.io/component",
                "operator": "In",
                "values": ["server", "task", "replay"],
            }
        ],
    }


def test_everything_else_that_can_be_asked_for() -> None:
    proxy = {"name": "proxy", "image": f"proxy@{DIGEST}", "resources": RESOURCES, "port": 9901}
    container = {**workload()["container"], "command": ["run"], "writable_paths": ["/tmp"]}
    built = make(
        ports=[{"name": "http", "port": 8080}, {"name": "admin", "port": 9090.0}],
        container=container,
        sidecars=[proxy],
        spot=True,
        network=[{"direction": "ingress", "port": 8080, "service": "web"}],
        labels={"skymason.dev/tier": "critical"},
        priority_class="skymason-critical",
        account_annotations={"skymason.dev/role": "arn:aws:iam::1:role/orders"},
        tasks=[
            {"name": "migrate", "command": ["migrate"]},
            {"name": "tidy", "command": ["tidy"], "schedule": "0 3 * * *"},
        ],
    )
    assert built.names() == sorted([*PLAIN, "orders-task-migrate", "orders-schedule-tidy"])
    assert validate(built.deployed) == 8
    assert [item["name"] for item in pod(built)["initContainers"]] == ["proxy"]
    assert pod(built)["priorityClassName"] == "skymason-critical"
    assert [item["port"] for item in built.inputs("orders-service")["spec"]["ports"]] == [8080, 9090]
    assert built.inputs("orders-network-policy")["spec"]["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}],
            "ports": [{"port": 8080, "protocol": "TCP"}],
        }
    ]
    annotations = built.inputs("orders-service-account")["metadata"]["annotations"]
    assert annotations == {"skymason.dev/role": "arn:aws:iam::1:role/orders"}
    for name in PLAIN:
        assert built.inputs(name)["metadata"]["labels"]["skymason.dev/tier"] == "critical"


def test_replicas_wait_for_what_they_need_and_for_one_off_tasks() -> None:
    from pulumi_kubernetes.core.v1 import ConfigMap

    def program() -> None:
        first = ConfigMap("first", metadata={"name": "first"})
        tasks = [{"name": "migrate", "command": ["m"]}]
        Workload("orders", workload(tasks=tasks), pulumi.ResourceOptions(depends_on=[first]))

    built = build(program)
    names = {resource.urn: resource.name for resource in built.deployed.resources}

    def waits_for(name: str) -> set[str]:
        return {names[urn] for urn in built.one(name).dependencies}

    needs = {"orders-service-account", "orders-config", "orders-network-policy", "orders-service", "first"}
    assert waits_for("orders-task-migrate") == needs
    assert waits_for("orders-deployment") == needs | {"orders-task-migrate"}
    assert waits_for("orders-service") == set()


@pytest.mark.parametrize(("drain", "seconds"), [(None, 45), (30, 45), (60, 60), (60.0, 60)])
def test_grace_seconds(drain: int | None, seconds: int) -> None:
    assert grace_seconds({"grace_seconds": 30, "pre_stop_seconds": 15}, drain) == seconds


def test_unknown_inputs_survive() -> None:
    def program() -> None:
        later = {"namespace": unknown(), "image": unknown(), "environment": {"A": unknown()}}
        Workload("orders", workload(**later))

    assert build(program).names() == PLAIN


def test_other_languages_can_use_it() -> None:
    inputs = component_inputs(Workload)
    assert {name for name, optional in inputs.items() if optional} == {
        *("drainSeconds", "environment", "network", "sidecars", "tasks", "labels", "accountAnnotations"),
        *("companions", "volumes", "minReplicas", "maxReplicas", "priorityClass"),
    }
    assert component_outputs(Workload) == {"deploymentName", "serviceName", "serviceAccountName"}
