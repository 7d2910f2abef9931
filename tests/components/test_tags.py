"""Tags and labels: on what, how they are merged, and in previews, where values are not known yet."""

import asyncio
import contextvars
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi_aws import autoscaling, ec2, sns, sqs
from pulumi_azure_native import resources as azure
from pulumi_kubernetes import apiextensions, apps, batch, core, helm

from components.tags import TAG_KEYS, label_value, narrowed, of_service, register_tags
from skymason.plan.evaluate import evaluate
from skymason.plan.model import UNKNOWN, Plan
from skymason.settings import load_stack

ROOT = Path(__file__).parents[2]

TAGS = {
    "project-name": "skymason",
    "environment": "test",
    "managed-by": "pulumi",
    "owner": "platform team",
    "cost-centre": "r+d",
    "data-classification": "internal",
}
LABELS = TAGS | {"owner": "platform-team", "cost-centre": "r-d"}
CONTAINER = {"name": "main", "image": "example"}
POD = {"containers": [CONTAINER]}
JOB = {"template": {"metadata": {"labels": {"app": "a"}}, "spec": {**POD, "restart_policy": "Never"}}}
WORKLOAD = {
    "selector": {"match_labels": {"app": "a"}},
    "template": {"metadata": {"labels": {"app": "a"}}, "spec": POD},
}


class Service(pulumi.ComponentResource):
    """A component with one queue inside, as a service has."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Service", name, {}, opts)
        sqs.Queue(f"{name}-queue", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def _pods(kind: type[pulumi.Resource], name: str) -> None:
    kind(name, spec=WORKLOAD)  # type: ignore[call-arg]


async def _later() -> dict[str, str]:
    await asyncio.sleep(0)
    return {"awaited": "yes"}


def program() -> None:
    """One of every way in which a resource can be given tags."""
    before = sqs.Queue("before")
    register_tags(TAGS)
    sqs.Queue("bare")
    sqs.Queue("own", tags={"team": "a", "owner": "somebody", "arn": before.arn})
    sqs.Queue("output", tags=before.arn.apply(lambda arn: {"arn": arn}))
    sqs.Queue("nothing", tags=pulumi.Output.from_input(None))
    sqs.Queue("awaited", tags=_later())
    sns.TopicSubscription(
        "untaggable",
        topic="arn:aws:sns:eu-central-1:123456789012:t",
        protocol="email",
        endpoint="a@example.com",
    )
    sns.Topic("typed", sns.TopicArgs(tags={"Name": "typed"}))
    ec2.LaunchTemplate("template")
    ec2.LaunchTemplate(
        "template-own",
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(
                resource_type="instance", tags={"Name": "n", "owner": "x"}
            ),
            {"resourceType": "volume", "tags": before.arn.apply(lambda arn: {"arn": arn})},
            {"resource_type": "spot-instances-request"},
        ],
    )
    shape = {"min_size": 1, "max_size": 1, "availability_zones": ["eu-central-1a"]}
    autoscaling.Group("group", **shape)
    own = [{"key": "owner", "value": "x", "propagate_at_launch": False}]
    name = autoscaling.GroupTagArgs(key="Name", value="n", propagate_at_launch=True)
    autoscaling.Group("group-own", tags=[*own, name], **shape)
    azure.ResourceGroup("azure", tags={"owner": "x", "team": "a"})

    core.v1.ConfigMap("map")
    core.v1.ConfigMap("map-own", metadata={"name": "m", "labels": {"owner": "x", "app": "a"}})
    core.v1.ConfigMap("map-typed", metadata={"labels": before.arn.apply(lambda arn: {"queue": arn[-7:]})})
    core.v1.ConfigMap("map-output", metadata=before.arn.apply(lambda arn: {"name": arn.rpartition(":")[2]}))
    core.v1.ConfigMapPatch("patch", metadata={"name": "m"})
    apiextensions.CustomResource("custom", api_version="a.b/v1", kind="Thing", metadata={"name": "c"})
    helm.v3.Release("release", chart="chart")
    for kind in (apps.v1.Deployment, apps.v1.DaemonSet, apps.v1.ReplicaSet):
        _pods(kind, kind.__name__.lower())
    apps.v1.StatefulSet(
        "statefulset",
        spec=apps.v1.StatefulSetSpecArgs(
            service_name="s",
            selector={"match_labels": {"app": "a"}},
            template=core.v1.PodTemplateSpecArgs(metadata={"labels": {"app": "a"}}, spec=POD),
        ),
    )
    batch.v1.Job("job", spec=JOB)
    batch.v1.CronJob("cron", spec={"schedule": "0 0 * * *", "jobTemplate": {"spec": JOB}})
    apps.v1.Deployment("spec-output", spec=before.arn.apply(lambda _: dict(WORKLOAD)))

    inner = {"owner": "team-b", "environment": "hijacked"}
    service = Service(
        "orders",
        pulumi.ResourceOptions(transformations=[narrowed({"owner": "team-a", "cost-centre": "shop"})]),
    )
    sqs.Queue("inner", opts=pulumi.ResourceOptions(parent=service, transformations=[narrowed(inner)]))


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    return {
        "deployed": evaluate(program, project="skymason", stack="test"),
        "preview": evaluate(program, project="skymason", stack="test", preview=True),
    }


def _inputs(plan: Plan, name: str) -> Mapping[str, Any]:
    (found,) = [item for item in plan.resources if item.name == name]
    return found.inputs


def _outputs(plan: Plan, name: str) -> Mapping[str, Any]:
    (found,) = [item for item in plan.resources if item.name == name]
    return found.outputs


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value[int(key)] if key.isdecimal() else value[key]
    return value


PLAIN = {
    "bare": TAGS,
    "own": TAGS | {"team": "a", "arn": "(arn)"},
    "output": TAGS | {"arn": "(arn)"},
    "nothing": TAGS,
    "awaited": TAGS | {"awaited": "yes"},
    "typed": TAGS | {"Name": "typed"},
    "template": TAGS,
    "azure": TAGS | {"team": "a"},
    "orders-queue": TAGS | {"owner": "team-a", "cost-centre": "shop"},
    "inner": TAGS | {"owner": "team-b", "cost-centre": "shop"},
}


@pytest.mark.parametrize("name", PLAIN)
def test_tags_are_merged_over_those_of_the_resource(plans: dict[str, Plan], name: str) -> None:
    tags = dict(_inputs(plans["deployed"], name)["tags"])
    if "arn" in tags:
        assert tags["arn"] == _outputs(plans["deployed"], "before")["arn"]
        tags["arn"] = "(arn)"
    assert tags == PLAIN[name]


def test_an_unknown_tag_hides_no_other_in_a_preview(plans: dict[str, Plan]) -> None:
    assert _inputs(plans["preview"], "own")["tags"] == TAGS | {"team": "a", "arn": UNKNOWN}
    assert _inputs(plans["preview"], "output")["tags"] == UNKNOWN
    assert _inputs(plans["preview"], "map-output")["metadata"] == UNKNOWN
    assert _inputs(plans["preview"], "spec-output")["metadata"]["labels"] == LABELS


def test_preview_and_deployment_register_the_same(plans: dict[str, Plan]) -> None:
    assert [r.urn for r in plans["preview"].resources] == [r.urn for r in plans["deployed"].resources]


@pytest.mark.parametrize("name", ["untaggable", "patch", "release", "before"])
def test_what_takes_no_tags_or_came_before_is_left_alone(plans: dict[str, Plan], name: str) -> None:
    inputs = _inputs(plans["deployed"], name)
    assert "tags" not in inputs
    assert "labels" not in inputs.get("metadata", {})


def test_launch_templates_tag_what_they_launch(plans: dict[str, Plan]) -> None:
    bare = _inputs(plans["deployed"], "template")["tagSpecifications"]
    kinds = ["instance", "volume", "network-interface"]
    assert bare == [{"resourceType": kind, "tags": TAGS} for kind in kinds]
    own = _inputs(plans["deployed"], "template-own")["tagSpecifications"]
    assert [item["resourceType"] for item in own] == [
        *("instance", "volume", "spot-instances-request", "network-interface")
    ]
    assert own[0]["tags"] == TAGS | {"Name": "n"}
    assert own[1]["tags"] == TAGS | {"arn": _outputs(plans["deployed"], "before")["arn"]}
    assert own[2]["tags"] == own[3]["tags"] == TAGS


def test_scaling_groups_hand_their_tags_on(plans: dict[str, Plan]) -> None:
    ours = [{"key": key, "value": value, "propagateAtLaunch": True} for key, value in TAGS.items()]
    assert _inputs(plans["deployed"], "group")["tags"] == ours
    name = {"key": "Name", "value": "n", "propagateAtLaunch": True}
    assert _inputs(plans["deployed"], "group-own")["tags"] == [name, *ours]


OBJECTS = {
    "map": {},
    "map-own": {"app": "a"},
    "map-typed": {"queue": "(queue)"},
    "map-output": {},
    **{name: {} for name in ("custom", "deployment", "daemonset", "replicaset", "statefulset")},
    **{name: {} for name in ("job", "cron", "spec-output")},
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_are_labelled(plans: dict[str, Plan], name: str) -> None:
    labels = dict(_inputs(plans["deployed"], name)["metadata"]["labels"])
    if "queue" in labels:
        labels["queue"] = "(queue)"
    assert labels == LABELS | OBJECTS[name]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *((name, "spec.template") for name in ("deployment", "daemonset", "replicaset", "statefulset")),
        *(("job", "spec.template"), ("spec-output", "spec.template")),
        ("cron", "spec.jobTemplate.spec.template"),
    ],
)
def test_pods_are_labelled_beside_what_selects_them(plans: dict[str, Plan], name: str, path: str) -> None:
    template = _at(_inputs(plans["deployed"], name), path)
    assert template["metadata"]["labels"] == LABELS | {"app": "a"}
    assert template["spec"]["containers"] == [CONTAINER]


def test_the_jobs_of_a_schedule_are_labelled(plans: dict[str, Plan]) -> None:
    assert _at(_inputs(plans["deployed"], "cron"), "spec.jobTemplate.metadata.labels") == LABELS


def test_selectors_stay_as_they_are(plans: dict[str, Plan]) -> None:
    selector = _at(_inputs(plans["deployed"], "deployment"), "spec.selector")
    assert selector == {"matchLabels": {"app": "a"}}


def test_arguments_that_are_shared_are_not_changed() -> None:
    shared = ec2.LaunchTemplateTagSpecificationArgs(resource_type="instance", tags={"Name": "n"})
    tags = {"Name": "n"}

    def twice() -> None:
        register_tags(TAGS)
        sqs.Queue("queue", tags=tags)
        ec2.LaunchTemplate("template", tag_specifications=[shared])

    evaluate(twice, project="skymason", stack="test")
    assert tags == {"Name": "n"}
    assert shared.tags == {"Name": "n"}


def test_add_ons_of_the_eks_package_take_a_list_of_maps() -> None:
    class Addon(pulumi.ComponentResource):
        def __init__(self, name: str, tags: list[dict[str, str]] | None) -> None:
            super().__init__("eks:index:Addon", name, {"tags": tags})
            self.seen = tags

    seen: list[Any] = []

    def program() -> None:
        register_tags(TAGS)

        def look(args: pulumi.ResourceTransformationArgs) -> None:
            seen.append(args.props["tags"])

        pulumi.runtime.register_stack_transformation(look)
        Addon("bare", None)
        Addon("own", [{"team": "a"}])

    evaluate(program, project="skymason", stack="test")
    assert seen == [[TAGS], [{"team": "a"}, TAGS]]


def test_a_service_is_tagged_as_its_own() -> None:
    identity = {"name": "wallet", "owner": "team-w", "tier": "critical", "cost_center": ""}

    def program() -> None:
        register_tags(TAGS)
        opts = pulumi.ResourceOptions(
            transformations=[of_service({**identity, "data_classification": "pii"})]
        )
        Service("wallet", opts)

    plan = evaluate(program, project="skymason", stack="test")
    tags = _inputs(plan, "wallet-queue")["tags"]
    assert tags == TAGS | {"owner": "team-w", "data-classification": "pii"}


def test_tags_need_a_stack() -> None:
    with pytest.raises(Exception, match="root stack resource"):
        contextvars.Context().run(register_tags, TAGS)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("platform team", "platform-team"),
        ("a@b.c", "a-b.c"),
        ("-_.a.", "a"),
        ("x" * 62 + "-yy", "x" * 62),
        ("é", ""),
        ("", ""),
    ],
)
def test_label_values(text: str, label: str) -> None:
    assert label_value(text) == label


def test_the_settings_of_a_stack_give_all_tags() -> None:
    settings = load_stack(ROOT, "prod")
    assert tuple(settings.tags) == TAG_KEYS
    assert settings.tags == {
        "project-name": "skymason",
        "environment": "prod",
        "managed-by": "pulumi",
        "owner": "platform-team",
        "cost-centre": "production",
        "data-classification": "restricted",
    }
