"""Changes of their own, and those that only follow from a replacement."""

from typing import Any

from skymason.plan.diff import difference
from skymason.plan.explain import Explained, explained
from skymason.plan.model import UNKNOWN, Plan, PlannedResource

VPC, SUBNET, QUEUE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:sqs/queue:Queue"
GROUP, ZONE = "aws:ec2/securityGroup:SecurityGroup", "aws:route53/zone:Zone"


def urn(type: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type}::{name}"


def resource(type: str, name: str, inputs: dict[str, Any], **needs: tuple[str, ...]) -> PlannedResource:
    return PlannedResource(urn(type, name), type, name, inputs=inputs, property_dependencies=needs)


def found(before: list[PlannedResource], after: list[PlannedResource]) -> dict[str, Explained]:
    plans = [Plan("shop", "dev", "in-process", False, tuple(side)) for side in (before, after)]
    return {item.change.name: item for item in explained(difference(plans[0], plans[1]))}


NET = [
    resource(VPC, "net", {"cidrBlock": "10.1.0.0/16"}),
    resource(SUBNET, "a", {"vpcId": "vpc-1", "cidrBlock": "10.1.0.0/24"}),
    resource(SUBNET, "b", {"vpcId": "vpc-1", "cidrBlock": "10.9.0.0/24"}),
    resource(ZONE, "zone", {"name": "x", "vpcs": [{"vpcId": "vpc-1"}]}),
    resource(ZONE, "both", {"name": "y", "comment": "old", "vpcs": [{"vpcId": "vpc-1"}]}),
]


def moved() -> list[PlannedResource]:
    vpc = (urn(VPC, "net"),)
    return [
        resource(VPC, "net", {"cidrBlock": "10.2.0.0/16"}),
        resource(SUBNET, "a", {"vpcId": UNKNOWN, "cidrBlock": "10.2.0.0/24"}, vpcId=vpc),
        resource(SUBNET, "b", {"vpcId": UNKNOWN, "cidrBlock": "10.9.0.0/24"}, vpcId=vpc),
        resource(ZONE, "zone", {"name": "x", "vpcs": [{"vpcId": UNKNOWN}]}, vpcs=vpc),
        resource(ZONE, "both", {"name": "y", "comment": "new", "vpcs": [{"vpcId": UNKNOWN}]}, vpcs=vpc),
    ]


def test_consequences_are_told_from_causes() -> None:
    changes = found(NET, moved())
    assert {name: (item.consequence, item.follows) for name, item in changes.items()} == {
        "net": (False, ()),
        "a": (False, ()),
        "b": (True, (urn(VPC, "net"),)),
        "zone": (True, (urn(VPC, "net"),)),
        "both": (False, ()),
    }
    (vpc_id,) = changes["b"].details
    assert (vpc_id.path, vpc_id.before, vpc_id.after) == ("vpcId", "vpc-1", "[known after deployment]")
    assert (vpc_id.forces, vpc_id.causes) == (True, (urn(VPC, "net"),))
    assert [item.forces for item in changes["zone"].details] == [False]


def test_what_refers_to_a_new_resource_is_a_change_of_its_own() -> None:
    before = [resource(QUEUE, "q", {"policy": "x"}), resource(VPC, "net", {"cidrBlock": "1"})]
    after = [
        resource(QUEUE, "q", {"policy": UNKNOWN}, policy=(urn(QUEUE, "new"),)),
        resource(QUEUE, "new", {}),
        resource(VPC, "net", {"cidrBlock": "2"}),
    ]
    changes = found(before, after)
    assert not changes["q"].consequence
    assert changes["q"].details[0].causes == (urn(QUEUE, "new"),)
    assert changes["new"].details == ()


def test_an_unknown_value_without_a_replacement_follows_from_nothing() -> None:
    changes = found([resource(QUEUE, "q", {"policy": "x"})], [resource(QUEUE, "q", {"policy": UNKNOWN})])
    assert not changes["q"].consequence


def test_a_name_made_anew_is_not_the_reason_of_a_replacement() -> None:
    before = [NET[0], resource(GROUP, "g", {"name": "g-1234567", "vpcId": "vpc-1"})]
    for name in ("g-89abcde", UNKNOWN):
        after = [moved()[0], resource(GROUP, "g", {"name": name, "vpcId": UNKNOWN}, vpcId=(urn(VPC, "net"),))]
        group = found(before, after)["g"]
        assert group.change.reasons == ("vpcId",)
        assert [(item.path, item.forces) for item in group.details] == [("name", False), ("vpcId", True)]
        assert group.consequence


def test_a_name_that_the_program_changes_is() -> None:
    before = [resource(GROUP, "g", {"name": "old", "vpcId": "v"})]
    group = found(before, [resource(GROUP, "g", {"name": "new", "vpcId": "v"})])["g"]
    assert group.change.reasons == ("name",)
    assert [item.forces for item in group.details] == [True]
