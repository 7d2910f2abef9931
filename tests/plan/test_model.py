"""The plan as plain data."""

from skymason.plan.model import Plan, PlannedResource, ResourceOptions, SourceLine, component_of, names

OUTER, INNER, QUEUE, RULE = "urn:outer", "urn:inner", "urn:queue", "urn:rule"
PLAN = Plan(
    project="shop",
    stack="dev",
    engine="in-process",
    preview=True,
    resources=(
        PlannedResource(RULE, "t:q:Rule", "rule", parent=QUEUE),
        PlannedResource(
            QUEUE,
            "t:q:Queue",
            "queue",
            parent=INNER,
            inputs={"a": [1, {"b": None}]},
            options=ResourceOptions(protect=True, ignore_changes=("a",), aliases=("urn:old",)),
            dependencies=(OUTER,),
            property_dependencies={"a": (OUTER,)},
            secrets=("a[0]",),
            unknowns=("a[1]",),
            escaped=("a",),
            source=SourceLine("main.py", 3),
        ),
        PlannedResource(OUTER, "my:index:Outer", "outer", custom=False),
        PlannedResource(INNER, "my:index:Inner", "inner", parent=OUTER, custom=False, remote=True),
    ),
    outputs={"url": "x"},
    secret_outputs=("url",),
)


def test_resources_are_in_order_of_urn() -> None:
    assert names(PLAN.resources) == ["inner", "outer", "queue", "rule"]


def test_a_plan_survives_json() -> None:
    assert Plan.from_json(PLAN.to_json()) == PLAN
    assert Plan.from_json(PLAN.to_json()).to_json() == PLAN.to_json()


def test_looking_things_up() -> None:
    assert names(PLAN.of_type("t:q:Queue")) == ["queue"]
    assert names(PLAN.children(OUTER)) == ["inner"]
    assert PLAN.by_urn[QUEUE].options.protect


def test_the_component_of_a_resource_is_the_nearest_above() -> None:
    assert [component_of(resource, PLAN) for resource in PLAN.resources] == ["outer", "", "inner", "inner"]
