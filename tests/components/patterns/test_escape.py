"""`escape`: any property of any resource inside, and nothing outside."""

from typing import Any

import pulumi
import pytest
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Namespace
from web_apis import IMAGE, args, build, make

from components.patterns.aws.web_api import WebApi
from components.patterns.escape import Escape, is_child, merged, parameters
from skymason.diagnostics import DiagnosticError, Location
from skymason.patterns.resolved import ResolvedService, ServiceIdentity
from skymason.plan.escaped import mark_escaped


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 2, 2),
        (None, {"a": 1}, {"a": 1}),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"b": None, "c": 2}}),
        ([1, 2], [3], [3]),
        ([{"name": "a", "x": 1}], [{"name": "a", "y": 2}], [{"name": "a", "x": 1, "y": 2}]),
        ([{"name": "a", "x": 1}], [{"name": "b"}], [{"name": "a", "x": 1}, {"name": "b"}]),
        ([{"name": "a"}], [], []),
        ([], [{"name": "a"}], [{"name": "a"}]),
        ([{"x": 1}], [{"name": "a"}], [{"name": "a"}]),
        ({"a": 1}, 5, 5),
    ],
)
def test_merged(old: Any, new: Any, expected: Any) -> None:
    assert merged(old, new) == expected


def test_a_plain_property_is_set() -> None:
    built = make(escape={"public-alb": {"idle_timeout": 120, "enable_xff_client_port": True}})
    balancer = built.inputs("orders-public-alb")
    assert (balancer["idleTimeout"], balancer["enableXffClientPort"]) == (120, True)
    assert balancer["dropInvalidHeaderFields"] is True


def test_a_nested_property_is_set_beside_its_neighbours() -> None:
    container = {"name": "orders", "resources": {"limits": {"cpu": "2"}}, "tty": True}
    extra = {
        "name": "extra",
        "image": f"extra@{IMAGE['digest']}",
        "security_context": {"allow_privilege_escalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    escape = {
        "deployment": {
            "metadata": {"annotations": {"example.com/team": "a"}},
            "spec": {"template": {"spec": {"priority_class_name": "high", "containers": [container, extra]}}},
        }
    }
    made = make(escape=escape).inputs("orders-deployment")
    assert made["metadata"]["annotations"] == {"example.com/team": "a"}
    pod = made["spec"]["template"]["spec"]
    assert pod["priorityClassName"] == "high"
    own, other = pod["containers"]
    assert own["resources"]["limits"] == {"cpu": "2", "memory": "512Mi"}
    assert (own["tty"], own["readinessProbe"]["httpGet"]["path"]) == (True, "/readyz")
    assert (other["name"], other["securityContext"]["capabilities"]) == ("extra", {"drop": ["ALL"]})


def test_a_property_of_a_custom_resource_is_set_in_its_own_spelling() -> None:
    made = make(escape={"scaled-object": {"spec": {"pollingInterval": 15}}}).inputs("orders-scaled-object")
    assert (made["spec"]["pollingInterval"], made["spec"]["maxReplicaCount"]) == (15, 12)


def test_a_property_is_taken_away() -> None:
    made = make(escape={"public-alb": {"access_logs": None}}).inputs("orders-public-alb")
    assert "accessLogs" not in made


def test_a_value_that_is_not_known_yet_is_merged_when_it_is() -> None:
    made = make(escape={"config": {"data": {"MODE": "fast"}}}).inputs("orders-config")
    assert (made["data"]["MODE"], made["data"]["SERVICE_NAME"]) == ("fast", "orders")

    def program() -> None:
        later = pulumi.Output.from_input({"a": {"b": 1}})
        pulumi.export("merged", merged({"x": later}, {"x": {"a": {"c": 2}}})["x"])

    assert build(program).deployed.outputs["merged"] == {"a": {"b": 1, "c": 2}}


def test_only_this_component_is_changed() -> None:
    def program() -> None:
        WebApi("orders", args(escape={"public-alb": {"idle_timeout": 120}}))
        WebApi("other", args(service={"name": "other", "owner": "b"}))

    built = build(program)
    assert built.inputs("orders-public-alb")["idleTimeout"] == 120
    assert built.inputs("other-public-alb")["idleTimeout"] == 60


def test_the_callers_own_transformations_still_run() -> None:
    seen = []

    def program() -> None:
        options = pulumi.ResourceOptions(transformations=[lambda item: seen.append(item.name)])
        WebApi("orders", args(escape={"public-alb": {"idle_timeout": 120}}), options)

    assert build(program).inputs("orders-public-alb")["idleTimeout"] == 120
    assert "orders-public-alb" in seen


@pytest.mark.parametrize(
    ("escape", "message"),
    [
        (
            {"public-albs": {"idle_timeout": 1}},
            "escape.public-albs: there is no such resource inside 'orders'; did you mean 'public-alb'?",
        ),
        (
            {"internal-alb": {"idle_timeout": 1}},
            "escape.internal-alb: there is no such resource inside 'orders'",
        ),
        (
            {"public-alb": {"idle_timeouts": 1}},
            "escape.public-alb.idle_timeouts: aws:lb/loadBalancer:LoadBalancer has no such property; "
            "did you mean 'idle_timeout'?",
        ),
        ({"public-alb": {"arn": "x"}}, "escape.public-alb.arn: aws:lb/loadBalancer:LoadBalancer has no such"),
        (
            {"deployment": {"kind": "Pod"}},
            "escape.deployment.kind: kubernetes:apps/v1:Deployment has no such",
        ),
        ({"cluster": {"kubeconfig": "x"}}, "escape.cluster: there is no such resource inside 'orders'"),
    ],
)
def test_refused(escape: dict[str, Any], message: str) -> None:
    with pytest.raises(DiagnosticError) as refused:
        make(escape=escape)
    assert message in str(refused.value)


def test_a_wrong_type_inside_is_refused_by_the_contract() -> None:
    with pytest.raises(DiagnosticError, match="idleTimeout"):
        make(escape={"public-alb": {"idle_timeout": "long"}})


def test_a_container_that_pod_security_forbids_is_refused() -> None:
    open_ = {"name": "orders", "security_context": {"allow_privilege_escalation": True}}
    escape = {"deployment": {"spec": {"template": {"spec": {"containers": [open_]}}}}}
    with pytest.raises(DiagnosticError, match='violates PodSecurity "restricted'):
        make(escape=escape)


def test_what_was_set_can_be_told_from_the_plan() -> None:
    escape = {
        "public-alb": {"idle_timeout": 120},
        "deployment": {"spec": {"template": {"spec": {"containers": [{"name": "orders", "tty": True}]}}}},
        "scaled-object": {"spec": {"pollingInterval": 15}},
    }
    service = ResolvedService(
        identity=ServiceIdentity("orders", "team-a", "critical"),
        pattern="web_api",
        cloud="aws",
        environment="prod",
        config={"escape": escape},
        edges=(),
        location=Location("services/orders.yaml"),
    )
    built = make(escape=escape)
    for plan in (built.deployed, built.preview):
        found = {item.name: item.escaped for item in mark_escaped(plan, [service]).resources if item.escaped}
        assert found == {
            "orders-public-alb": ("idleTimeout",),
            "orders-deployment": ("spec.template.spec.containers[0].tty",),
            "orders-scaled-object": ("spec.pollingInterval",),
        }


def test_without_anything_to_set_there_is_no_transformation() -> None:
    options = pulumi.ResourceOptions(protect=True)
    assert Escape("orders", {}).within(options) is options
    assert Escape("orders", {}).within(None) is None


def test_what_can_be_set() -> None:
    assert list(parameters(Namespace)) == ["metadata", "spec"]
    assert sorted(parameters(CustomResource)) == ["metadata", "spec"]


def test_providers_are_no_children() -> None:
    def program() -> None:
        from pulumi_kubernetes import Provider

        assert not is_child(Provider("p", kubeconfig="{}"))
        assert not is_child(pulumi.ComponentResource("a:b:C", "c"))
        assert is_child(Namespace("n"))

    build(program)
