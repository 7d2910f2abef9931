"""Inputs that a spec's `escape` section set are marked in the plan."""

from typing import Any

from skymason.diagnostics import Location
from skymason.patterns.resolved import ResolvedService, ServiceIdentity
from skymason.plan.escaped import mark_escaped
from skymason.plan.model import Plan, PlannedResource

COMPONENT, BLOCK = "urn::component", "urn::block"


def service(escape: dict[str, Any], name: str = "orders") -> ResolvedService:
    return ResolvedService(
        identity=ServiceIdentity(name=name, owner="team-a", tier="standard"),
        pattern="web_api",
        cloud="aws",
        environment="dev",
        config={"escape": escape},
        edges=(),
        location=Location("services/orders.yaml"),
    )


def plan(*resources: PlannedResource) -> Plan:
    above = (
        PlannedResource(COMPONENT, "skymason:patterns:AwsWebApi", "orders", custom=False),
        PlannedResource(BLOCK, "skymason:kubernetes:Workload", "orders", parent=COMPONENT, custom=False),
    )
    return Plan("skymason", "dev", "in-process", False, (*above, *resources))


def resource(name: str, inputs: dict[str, Any], parent: str = BLOCK) -> PlannedResource:
    return PlannedResource(f"urn::{name}", "any:index:Any", name, parent=parent, inputs=inputs)


def marked(inputs: dict[str, Any], escape: dict[str, Any]) -> tuple[str, ...]:
    found = mark_escaped(plan(resource("orders-service", inputs)), [service({"service": escape})])
    return found.by_urn["urn::orders-service"].escaped


def test_paths_are_spelled_as_in_the_inputs() -> None:
    inputs = {"spec": {"clusterIP": "None", "type": "ClusterIP"}, "idleTimeout": 30}
    escape = {"spec": {"cluster_ip": "None"}, "idle_timeout": 30}
    assert marked(inputs, escape) == ("idleTimeout", "spec.clusterIP")


def test_what_was_removed_is_marked_too() -> None:
    assert marked({}, {"idle_timeout": None, "spec": {"cluster_ip": None}}) == (
        "idleTimeout",
        "spec.clusterIp",
    )


def test_a_list_is_one_path_unless_its_items_have_names() -> None:
    inputs = {"zones": ["a", "b"], "containers": [{"name": "a", "image": "x"}, {"name": "b", "tty": True}]}
    escape = {
        "zones": ["a", "b"],
        "containers": [{"name": "b", "tty": True}, {"name": "gone", "tty": True}],
    }
    assert marked(inputs, escape) == ("containers[1].tty", "zones")


def test_keys_with_dots_stand_in_brackets() -> None:
    inputs = {"metadata": {"annotations": {"example.com/a": "b"}}}
    assert marked(inputs, {"metadata": {"annotations": {"example.com/a": "b"}}}) == (
        'metadata.annotations["example.com/a"]',
    )


def test_only_the_resource_inside_the_component_is_marked() -> None:
    inside = resource("orders-service", {"a": 1})
    outside = resource("orders-service", {"a": 1}, parent="")
    other = resource("orders-deployment", {"a": 1})
    found = mark_escaped(plan(inside, other), [service({"service": {"a": 1}})])
    assert {item.name: item.escaped for item in found.resources if item.custom} == {
        "orders-service": ("a",),
        "orders-deployment": (),
    }
    alone = Plan("skymason", "dev", "state", False, (outside,))
    assert mark_escaped(alone, [service({"service": {"a": 1}})]).resources[0].escaped == ()


def test_a_component_may_be_named_by_project_and_environment() -> None:
    component = PlannedResource(COMPONENT, "skymason:patterns:AwsWebApi", "skymason-dev-orders", custom=False)
    inside = resource("skymason-dev-orders-service", {"a": 1}, parent=COMPONENT)
    given = Plan("skymason", "dev", "preview", True, (component, inside))
    assert mark_escaped(given, [service({"service": {"a": 1}})]).by_urn[inside.urn].escaped == ("a",)


def test_components_are_not_marked() -> None:
    found = mark_escaped(
        plan(
            PlannedResource("urn::x", "skymason:aws:LoadBalancer", "orders-x", parent=COMPONENT, custom=False)
        ),
        [service({"x": {"a": 1}})],
    )
    assert found.by_urn["urn::x"].escaped == ()


def test_without_escape_the_plan_is_returned_as_it_is() -> None:
    given = plan(resource("orders-service", {}))
    assert mark_escaped(given, [service({})]) is given
    assert mark_escaped(given, []) is given
