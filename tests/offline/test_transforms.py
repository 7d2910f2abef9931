"""Resource transforms run in an evaluation, for children of remote components too."""

from typing import Any

import pulumi
import pulumi_eks as eks
import pytest
from pulumi_aws import Provider, sqs

from skymason.diagnostics import DiagnosticError
from skymason.plan.evaluate import evaluate
from skymason.plan.model import Plan, PlannedResource

Args, Result = pulumi.ResourceTransformArgs, pulumi.ResourceTransformResult


def run(program: Any, **more: Any) -> Plan:
    return evaluate(program, project="shop", stack="dev", **more)


def one(plan: Plan, name: str) -> PlannedResource:
    (found,) = [item for item in plan.resources if item.name == name]
    return found


def tagged(label: str) -> pulumi.ResourceTransform:
    def transform(args: Args) -> Result | None:
        if not args.custom or args.type_.startswith("pulumi:"):
            return None
        order = args.props.get("tags", {}).get("order", "")
        return Result({**args.props, "tags": {"order": order + label}}, args.opts)

    return transform


def test_own_transforms_come_before_those_of_parents_and_of_the_stack() -> None:
    def program() -> None:
        pulumi.runtime.register_resource_transform(tagged("s"))
        component = pulumi.ComponentResource(
            "my:index:C", "c", None, pulumi.ResourceOptions(transforms=[tagged("p")])
        )
        opts = pulumi.ResourceOptions(parent=component, transforms=[tagged("a"), tagged("b")])
        sqs.Queue("q", opts=opts)
        sqs.Queue("alone")

    for preview in (False, True):
        plan = run(program, preview=preview)
        assert one(plan, "q").inputs["tags"] == {"order": "abps"}
        assert one(plan, "alone").inputs["tags"] == {"order": "s"}


def test_transforms_change_options() -> None:
    def protect(args: Args) -> Result:
        args.opts.protect = True
        args.opts.ignore_changes = ["tags"]
        return Result(args.props, args.opts)

    def program() -> None:
        provider = Provider("p", region="us-east-1")
        sqs.Queue("q", opts=pulumi.ResourceOptions(transforms=[protect], provider=provider))

    found = one(run(program), "q")
    assert (found.options.protect, found.options.ignore_changes) == (True, ("tags",))
    assert found.options.provider.partition("::aws::")[0].endswith("::p") or "::p::" in found.options.provider
    assert ".us-east-1." in found.id


def test_children_of_remote_components_are_reached() -> None:
    def no_creator(args: Args) -> Result | None:
        if args.type_ != "aws:eks/cluster:Cluster":
            return None
        access = {**args.props["accessConfig"], "bootstrapClusterCreatorAdminPermissions": False}
        return Result({**args.props, "accessConfig": access}, args.opts)

    def program() -> None:
        eks.Cluster(
            "c", subnet_ids=["subnet-a", "subnet-b"], authentication_mode=eks.AuthenticationMode.API,
            opts=pulumi.ResourceOptions(transforms=[no_creator]),
        )  # fmt: skip

    access = one(run(program), "c-eksCluster").inputs["accessConfig"]
    assert access["bootstrapClusterCreatorAdminPermissions"] is False


def test_a_transform_that_fails_stops_the_program() -> None:
    def fail(args: Args) -> Result:
        raise RuntimeError("no such luck")

    with pytest.raises(DiagnosticError, match="no such luck"):
        run(lambda: sqs.Queue("q", opts=pulumi.ResourceOptions(transforms=[fail])))
