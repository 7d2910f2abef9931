"""Differences between plans."""

from typing import Any

from skymason.plan.diff import Kind, ResourceChange, as_dict, difference
from skymason.plan.model import UNKNOWN, Plan, PlannedResource, ResourceOptions

QUEUE, SUBNET = "aws:sqs/queue:Queue", "aws:ec2/subnet:Subnet"


def resource(name: str, inputs: dict[str, Any], type: str = QUEUE, **more: Any) -> PlannedResource:
    return PlannedResource(f"urn:pulumi:dev::shop::{type}::{name}", type, name, inputs=inputs, **more)


def plan(*resources: PlannedResource) -> Plan:
    return Plan("shop", "dev", "in-process", False, resources)


def only(before: PlannedResource | None, after: PlannedResource) -> ResourceChange:
    (found,) = difference(plan(before) if before else None, plan(after)).resources
    return found


def test_kinds_of_change() -> None:
    before = plan(resource("gone", {}), resource("same", {"a": 1}), resource("upd", {"tags": {"a": "1"}}),
                  resource("rep", {"cidrBlock": "x", "tags": {}}, SUBNET))  # fmt: skip
    after = plan(resource("new", {}), resource("same", {"a": 1}), resource("upd", {"tags": {"a": "2"}}),
                 resource("rep", {"cidrBlock": "y", "tags": {"a": "b"}}, SUBNET))  # fmt: skip
    found = difference(before, after)
    assert [(item.kind, item.name, item.paths, item.reasons) for item in found.resources] == [
        (Kind.REPLACE, "rep", ("cidrBlock", "tags.a"), ("cidrBlock",)),
        (Kind.DELETE, "gone", (), ()),
        (Kind.CREATE, "new", (), ()),
        (Kind.SAME, "same", (), ()),
        (Kind.UPDATE, "upd", ("tags.a",), ()),
    ]
    assert [item.name for item in found.changes] == ["rep", "gone", "new", "upd"]
    assert [item.name for item in found.of(Kind.CREATE)] == ["new"]
    assert found
    assert not difference(before, before)
    (created,) = found.of(Kind.CREATE)
    (deleted,) = found.of(Kind.DELETE)
    assert (created.before, deleted.after) == (None, None)
    assert found.resources[0].before == before.by_urn[found.resources[0].urn]


def test_against_nothing_everything_is_new() -> None:
    assert [item.kind for item in difference(None, plan(resource("a", {}), resource("b", {}))).resources] == [
        Kind.CREATE,
        Kind.CREATE,
    ]


def test_options_change_what_counts() -> None:
    before = resource("a", {"tags": {"a": "1"}, "delaySeconds": 1})
    hidden = resource(
        "a", {"tags": {}, "delaySeconds": 2}, options=ResourceOptions(ignore_changes=("tags", "delaySeconds"))
    )
    assert only(before, hidden).kind is Kind.SAME
    replacing = resource(
        "a",
        {"tags": {"a": "1"}, "delaySeconds": 2},
        options=ResourceOptions(replace_on_changes=("delaySeconds",)),
    )
    assert only(before, replacing).reasons == ("delaySeconds",)


def test_an_unknown_value_counts_as_a_change() -> None:
    found = only(resource("a", {"vpcId": "v"}, SUBNET), resource("a", {"vpcId": UNKNOWN}, SUBNET))
    assert (found.kind, found.reasons) == (Kind.REPLACE, ("vpcId",))


def test_a_secret_that_cannot_be_read_does_not() -> None:
    before = resource("a", {"kmsMasterKeyId": "[secret]"}, secrets=("kmsMasterKeyId",))
    assert only(before, resource("a", {"kmsMasterKeyId": "k"})).kind is Kind.SAME
    readable = resource("a", {"kmsMasterKeyId": "k"}, secrets=("kmsMasterKeyId",))
    assert only(readable, resource("a", {"kmsMasterKeyId": "l"})).kind is Kind.UPDATE
    plain = resource("a", {"kmsMasterKeyId": "[secret]"})
    assert only(plain, resource("a", {"kmsMasterKeyId": "l"})).kind is Kind.UPDATE


def test_an_alias_keeps_the_identity() -> None:
    old = resource("old", {"a": 1})
    new = resource("new", {"a": 1}, options=ResourceOptions(aliases=(old.urn,)))
    assert (only(old, new).kind, only(old, new).urn) == (Kind.SAME, new.urn)


def test_a_new_type_under_an_alias_replaces() -> None:
    old = resource("a", {}, "aws:s3/bucketV2:BucketV2")
    new = resource("a", {}, "aws:s3/bucket:Bucket", options=ResourceOptions(aliases=(old.urn,)))
    assert (only(old, new).kind, only(old, new).reasons) == (Kind.REPLACE, ("type",))


def test_components_and_providers_are_never_replaced() -> None:
    for type, custom in (("my:index:Component", False), ("pulumi:providers:aws", True)):
        before, after = (resource("a", {"region": value}, type, custom=custom) for value in "xy")
        assert (only(before, after).kind, only(before, after).reasons) == (Kind.UPDATE, ())


def test_what_the_provider_lets_change_in_place_is_not_replaced() -> None:
    provider = PlannedResource(
        "urn:pulumi:dev::shop::pulumi:providers:kubernetes::k",
        "pulumi:providers:kubernetes",
        "k",
        inputs={"enableConfigMapMutable": "true"},
    )
    told = ResourceOptions(provider=f"{provider.urn}::id")

    def found(options: ResourceOptions, **more: Any) -> tuple[str, ...]:
        before, after = (
            resource("c", {"data": {"A": value}, **more}, "kubernetes:core/v1:ConfigMap", options=options)
            for value in "xy"
        )
        return difference(plan(provider, before), plan(provider, after)).changes[0].reasons

    assert found(ResourceOptions()) == ("data.A",)
    assert found(told) == ()
    assert found(told, immutable=True) == ("data.A",)


def test_plain_data_holds_no_values() -> None:
    found = only(resource("a", {"tags": {"a": "hush"}}), resource("a", {"tags": {"a": "other"}}))
    assert as_dict(found) == {
        "kind": "update",
        "urn": f"urn:pulumi:dev::shop::{QUEUE}::a",
        "type": QUEUE,
        "name": "a",
        "paths": ["tags.a"],
        "reasons": [],
    }
