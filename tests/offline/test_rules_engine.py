"""How rules are found, compiled and asked: paths, conditions, kinds, references, unknowns, the index."""

import shutil
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from skymason.offline.rules import Rule, Violation, document, import_models, rules_of, violations
from skymason.offline.rules.conditions import condition
from skymason.offline.rules.kinds import KINDS
from skymason.offline.rules.kinds.formats import quantity_of
from skymason.offline.rules.paths import MISSING, is_unknown, join, parsed_json, path, shown
from skymason.offline.rules.rule import CompiledRule
from skymason.offline.rules.subject import Subject
from skymason.offline.rules.tokens import canonical, files_of, spellings
from skymason.offline.view import ResourceIndex, StoredResource
from skymason.plan.model import UNKNOWN

SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"


def resource(type: str, id: str = "", urn: str = "", outputs: dict | None = None, **inputs) -> StoredResource:
    return StoredResource(urn or f"urn:{type}:{id}", type, "it", id, inputs, outputs or {})


def findings(kind: str, inputs: dict, view: ResourceIndex | None = None, **params) -> list[tuple[str, dict]]:
    subject = Subject(resource("aws:test/x:X", **inputs), view or ResourceIndex(), inputs)
    return [(at, dict(words)) for at, words in KINDS[kind].make(**params)(subject)]


def where(kind: str, inputs: dict, view: ResourceIndex | None = None, **params) -> list[str]:
    return [at for at, _ in findings(kind, inputs, view, **params)]


# --- violations


def test_a_violation_says_code_words_property_and_rule() -> None:
    view = ResourceIndex([resource(VPC, "vpc-00000001", cidrBlock="10.0.0.0/16")])
    found = violations("create", resource(SUBNET, vpcId="vpc-00000001", cidrBlock="10.1.0.0/24"), view)
    assert found == [
        Violation(
            "aws-ec2-subnet-within-vpc",
            "InvalidSubnet.Range",
            "The CIDR '10.1.0.0/24' is invalid.",
            "cidrBlock",
        )
    ]
    assert str(found[0]) == "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid."


def test_rules_are_asked_for_their_operations_only() -> None:
    network = resource(VPC, "vpc-00000001", cidrBlock="10.0.0.0/16")
    view = ResourceIndex(
        [network, resource(SUBNET, "subnet-1", vpcId="vpc-00000001", cidrBlock="10.0.0.0/24")]
    )
    assert violations("update", network, view) == []
    assert [item.code for item in violations("delete", network, view)] == ["DependencyViolation"]


def test_an_update_does_not_conflict_with_itself() -> None:
    subnet = resource(SUBNET, "subnet-1", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    view = ResourceIndex([subnet])
    assert violations("update", subnet, view) == []


def test_a_replacement_conflicts_with_the_resource_that_it_replaces() -> None:
    old = resource(SUBNET, "subnet-1", "urn:a", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    new = resource(SUBNET, "", "urn:a", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    assert [item.code for item in violations("create", new, ResourceIndex([old]))] == [
        "InvalidSubnet.Conflict"
    ]


def test_types_without_rules_have_none() -> None:
    assert (
        violations("create", resource("random:index/randomId:RandomId", byteLength=4), ResourceIndex()) == []
    )


def test_messages_show_inputs_whole_numbers_and_short_values() -> None:
    found = violations(
        "create", resource("aws:sqs/queue:Queue", name="q", delaySeconds=901.0), ResourceIndex()
    )
    assert [item.property for item in found] == ["delaySeconds"]
    name = "o" * 300
    (found,) = [
        item
        for item in violations(
            "create",
            resource("aws:lb/targetGroup:TargetGroup", name=name, targetType="lambda"),
            ResourceIndex(),
        )
        if item.rule_id == "aws-lb-target-group-name-length"
    ]
    assert found.message == f"Target group name '{'o' * 200}…' cannot be longer than '32' characters"


def test_kubernetes_objects_are_named_as_the_api_server_names_them() -> None:
    wrong = {"spec": {"replicas": -1}, "metadata": {"name": "orders"}}
    messages = [
        item.message
        for item in violations("create", resource("kubernetes:apps/v1:Deployment", **wrong), ResourceIndex())
        if item.rule_id == "kubernetes-apps-replicas"
    ]
    assert messages == [
        'Deployment.apps "orders" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    ]
    unnamed = resource("kubernetes:core/v1:Service", spec={"ports": [{"port": 0}]})
    (found,) = violations("create", unnamed, ResourceIndex())
    assert found.message.startswith('Service "it" is invalid: spec.ports[0].port: Invalid value: 0')


# --- references


def test_a_reference_to_a_resource_from_outside_is_accepted() -> None:
    subnet = resource(SUBNET, vpcId="vpc-0a1b2c3d4e5f67890", cidrBlock="10.0.0.0/24")
    assert violations("create", subnet, ResourceIndex()) == []


def test_a_strict_view_knows_of_nothing_outside() -> None:
    subnet = resource(SUBNET, vpcId="vpc-0a1b2c3d4e5f67890", cidrBlock="10.0.0.0/24")
    found = violations("create", subnet, ResourceIndex(strict=True))
    assert [str(item) for item in found] == [
        "InvalidVpcID.NotFound: The vpc ID 'vpc-0a1b2c3d4e5f67890' does not exist"
    ]


def test_a_reference_to_what_was_deleted_is_refused() -> None:
    view = ResourceIndex()
    network = resource(VPC, "vpc-0a1b2c3d4e5f67890", cidrBlock="10.0.0.0/16")
    view.add(network)
    view.remove(network)
    subnet = resource(SUBNET, vpcId="vpc-0a1b2c3d4e5f67890", cidrBlock="10.0.0.0/24")
    assert [item.code for item in violations("create", subnet, view)] == ["InvalidVpcID.NotFound"]


def test_a_name_that_another_type_has_is_no_reference_to_it() -> None:
    view = ResourceIndex([resource("aws:ecs/cluster:Cluster", "orders", name="orders")])
    attachment = resource(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        role="orders",
        policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    assert violations("create", attachment, view) == []


def test_resources_are_found_under_either_spelling_of_their_type() -> None:
    view = ResourceIndex([resource("aws:alb/loadBalancer:LoadBalancer", "arn:aws:lb:1", name="orders")])
    found = violations("create", resource("aws:lb/loadBalancer:LoadBalancer", name="orders"), view)
    assert [item.code for item in found] == ["DuplicateLoadBalancerName"]
    assert spellings("aws:alb/listener:Listener") == ("aws:lb/listener:Listener", "aws:alb/listener:Listener")


def test_tokens_have_one_canonical_spelling_and_their_files() -> None:
    assert canonical("azure-native:network/v20240501:Subnet") == "azure-native:network:Subnet"
    assert rules_of("azure-native:network/v20240501:Subnet")
    assert files_of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == (
        "aws/all",
        "aws/vpc",
        "aws/models/vpc",
        "aws/ec2",
    )
    assert files_of("kubernetes:networking.k8s.io/v1:Ingress")[1] == "kubernetes/networking"


def test_names_are_unique_in_their_account_and_region() -> None:
    queue = "aws:sqs/queue:Queue"

    def made(region: str, account: str = "1") -> StoredResource:
        arn = f"arn:aws:sqs:{region}:{account}:orders"
        return resource(queue, f"{region}/{account}", outputs={"region": region, "arn": arn}, name="orders")

    view = ResourceIndex([made("eu-central-1")])
    codes = [
        [item.code for item in violations("create", replace(other, id=""), view)]
        for other in (made("eu-central-1"), made("eu-west-1"), made("eu-central-1", "2"))
    ]
    assert codes == [["QueueAlreadyExists"], [], []]


def test_bucket_names_are_unique_in_the_world() -> None:
    bucket = "aws:s3/bucket:Bucket"
    view = ResourceIndex([resource(bucket, "files", outputs={"region": "eu-west-1"}, bucket="files")])
    other = resource(bucket, outputs={"region": "us-east-1"}, bucket="files")
    assert [item.code for item in violations("create", other, view)] == ["BucketAlreadyOwnedByYou"]


def test_quotas_are_those_of_a_region() -> None:
    eip = "aws:ec2/eip:Eip"
    view = ResourceIndex(resource(eip, f"eipalloc-{n}", outputs={"region": "eu-west-1"}) for n in range(5))
    here = resource(eip, outputs={"region": "eu-central-1"}, domain="vpc")
    there = resource(eip, outputs={"region": "eu-west-1"}, domain="vpc")
    assert violations("create", here, view) == []
    assert [item.code for item in violations("create", there, view)] == ["AddressLimitExceeded"]


# --- paths, unknowns, conditions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b", [("a.b", 1)]),
        ("c[*].d", [("c[0].d", 2), ("c[1].d", 3)]),
        ("e{*}", [("e.x", 4), ("e.y", 5)]),
        ('f["g.h/i"]', [('f["g.h/i"]', 6)]),
        ("j|json.k[*]", [("j.k[0]", 7)]),
        ("none.b", []),
        ("a.b.c", []),
        ("u.v[*].w", [("u", UNKNOWN)]),
        ("broken|json.a", []),
    ],
)
def test_paths_find_what_is_there(text: str, expected: list) -> None:
    inputs = {
        "a": {"b": 1},
        "c": [{"d": 2}, {"d": 3}, {"x": 0}, None],
        "e": {"x": 4, "y": 5},
        "f": {"g.h/i": 6},
        "j": '{"k": [7]}',
        "u": UNKNOWN,
        "broken": "{",
    }
    assert list(path(text).find(inputs)) == expected


def test_paths_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="not a property path"):
        path("a[0].b")


def test_values_of_paths() -> None:
    assert path("a.b").first({"a": UNKNOWN}) == UNKNOWN
    assert path("a").first({"a": None}) is MISSING
    assert path("a[*]").first({"a": []}) is MISSING
    assert path("a[*]").values({"a": [1, 2]}) == [1, 2]
    assert join("a", "[0].b") == "a[0].b"
    assert join("", "b") == "b"
    assert join("a", "") == "a"
    assert parsed_json({"a": 1}) == {"a": 1}
    assert parsed_json(f'"{UNKNOWN}"') == UNKNOWN
    assert [shown(value) for value in (True, 3.0, 0.5, {"b": 1, "a": 2}, "x")] == [
        "true",
        "3",
        "0.5",
        '{"a": 2, "b": 1}',
        "x",
    ]


def test_unknowns_are_seen_at_any_depth() -> None:
    assert is_unknown({"a": [{"b": f"arn:{UNKNOWN}"}]})
    assert not is_unknown({"a": [1, None, "x"]})


@pytest.mark.parametrize(
    ("wanted", "inputs", "holds"),
    [
        (True, {"x": True}, True),
        (True, {}, False),
        (["a", "b"], {"x": "b"}, True),
        ({"not": ["a"]}, {}, True),
        ({"not": ["a"]}, {"x": "a"}, False),
        ({"in": ["a"], "default": "a"}, {}, True),
        ({"matches": "^a"}, {"x": "ab"}, True),
        ({"above": 0}, {"x": 1}, True),
        ({"above": 0}, {"x": "1"}, False),
        ({"contains": "a"}, {"x": ["a"]}, True),
        ({"present": True}, {"x": 0}, True),
        ({"present": False}, {}, True),
        ({"present": True}, {"x": UNKNOWN}, False),
        ({"not": ["a"]}, {"x": UNKNOWN}, False),
    ],
)
def test_conditions(wanted: object, inputs: dict, holds: bool) -> None:
    assert condition("x", wanted)(inputs) is holds


def test_an_unknown_part_is_not_asked_about() -> None:
    pod = resource("kubernetes:apps/v1:Deployment", metadata={"name": "a"}, spec=UNKNOWN)
    assert violations("create", pod, ResourceIndex()) == []
    group = resource("aws:ec2/securityGroup:SecurityGroup", name="a", ingress=[UNKNOWN])
    assert violations("create", group, ResourceIndex()) == []


def test_a_rule_with_an_unknown_parameter_says_which_rule() -> None:
    entry = {"id": "r", "type": VPC, "kind": "range", "property": "x", "mx": 3, "code": "C", "message": "m"}
    with pytest.raises(ValueError, match=r"rule r: .*'mx'"):
        CompiledRule(Rule.from_data(entry), VPC)


# --- kinds, where the examples of the rules do not reach


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("@daily", True),
        ("@every 1h30m", True),
        ("*/5 0-12 1,15 JAN-MAR MON-FRI", True),
        ("60 * * * *", False),
        ("5-1 * * * *", False),
        ("*/0 * * * *", False),
        ("x * * * *", False),
        ("* * * *", False),
    ],
)
def test_unix_schedules(text: str, valid: bool) -> None:
    assert where("cron", {"s": text}, property="s") == ([] if valid else ["s"])


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("rate(5 minutes)", True),
        ("rate(1 minutes)", False),
        ("rate(0 days)", False),
        ("at(2026-01-31T08:00:00)", True),
        ("cron(0 8 1 * ? *)", True),
        ("cron(0 8 L * ? *)", True),
        ("cron(0 8 ? * 6#3 2026-2030)", True),
        ("cron(0 8 * * * *)", False),
        ("cron(0 8 ? * ? *)", False),
        ("0 8 1 * ? *", False),
    ],
)
def test_aws_schedules(text: str, valid: bool) -> None:
    assert where("cron", {"s": text}, property="s", dialect="aws") == ([] if valid else ["s"])


@pytest.mark.parametrize(
    ("text", "amount"),
    [("500m", "0.5"), ("1Gi", str(2**30)), (2, "2"), (0.5, "0.5"), ("1e3", "1000"), ("2E", "2e18")],
)
def test_quantities(text: object, amount: str) -> None:
    assert quantity_of(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["1GB", "", "m", True, None, "1.2.3"])
def test_no_quantities(text: object) -> None:
    assert quantity_of(text) is None


def test_a_quantity_is_not_negative_and_maps_are_none() -> None:
    assert where("quantity", {"a": "-1", "b": {"c": 1}}, property="a") == ["a"]
    assert where("quantity", {"b": {"c": 1}}, property="b") == []


def test_values_of_other_types_are_left_to_the_contract() -> None:
    assert where("length", {"a": 3}, property="a", max=0) == []
    assert where("pattern", {"a": 3}, property="a", pattern="x") == []
    assert where("enum", {"a": ["x"]}, property="a", allowed=["y"]) == []
    assert where("range", {"a": True}, property="a", max=0) == []
    assert where("range", {"a": "seven"}, property="a", max=0) == []
    assert where("map_entries", {"a": ["x"]}, property="a", max_items=0) == []
    assert where("arn_shape", {"a": 3}, property="a") == []
    assert where("json", {"a": {"b": 1}}, property="a") == []
    assert where("cidr_size", {"a": "no range"}, property="a", min=1, max=2) == []


def test_numbers_in_text_are_numbers() -> None:
    assert where("range", {"a": "70000"}, property="a", max=65535) == ["a"]


def test_entries_of_a_map_are_counted_and_unknown_keys_passed_over() -> None:
    assert where("map_entries", {"a": {"x": 1, "y": 2}}, property="a", max_items=1) == ["a"]
    assert where("map_entries", {"a": {UNKNOWN: "v"}}, property="a", key_max=3) == []


def test_lists_may_be_counted_with_unknown_items() -> None:
    assert where("count", {"a": [UNKNOWN, UNKNOWN]}, property="a", max=1) == ["a"]
    assert where("count", {"a": UNKNOWN}, property="a", max=1) == []
    assert where("count", {"a": {"x": 1, "y": 2}}, property="a", max=1) == ["a"]


def test_references_within_a_resource_wait_for_what_is_unknown() -> None:
    inputs = {"a": "x", "names": [UNKNOWN]}
    assert where("local_reference", inputs, property="a", among="names[*]") == []
    assert where("local_reference", {"a": "80", "names": []}, property="a", among="names[*]") == []


def test_selectors_wait_for_what_is_unknown() -> None:
    params = {"selector": "s", "labels": "l"}
    assert where("selector_matches_template", {"s": {"a": UNKNOWN}, "l": {"a": "b"}}, **params) == []
    assert where("selector_matches_template", {"s": {"a": "b"}, "l": {"a": UNKNOWN}}, **params) == []
    assert where("selector_matches_template", {"s": {"a": "b"}}, **params) == ["l"]
    assert where("selector_matches_template", {"s": {"a": "b"}, "l": UNKNOWN}, **params) == []


def test_what_may_be_null_in_the_end_neither_conflicts_nor_is_missing() -> None:
    assert where("conflicts", {"a": 1, "b": UNKNOWN}, properties=["a", "b"]) == []
    assert where("one_of", {"b": UNKNOWN}, properties=["a", "b"]) == []
    assert where("absent", {"a": UNKNOWN}, property="a") == []
    assert where("required_together", {"a": 1, "b": UNKNOWN}, properties=["a", "b"]) == []
    assert where("conflicts", {"a": 0, "b": {}}, properties=["a", "b"]) == ["b"]


def test_comparisons_of_what_cannot_be_compared_are_silent() -> None:
    assert where("compare", {"a": "x", "b": 1}, left="a", op="<", right="b") == []
    assert where("compare", {"a": "1Gi", "b": "512Mi"}, left="a", op="<=", right="b", unit="quantity") == [
        "a"
    ]
    assert (
        where("compare", {"a": 3, "b": "x"}, left={"own": "a", "times": "b"}, op="<", right={"value": 1})
        == []
    )
    gone = {"through": "id", "to": {VPC: "id"}, "its": "cidrBlock"}
    assert where("compare", {"id": "vpc-1"}, left=gone, op="==", right={"value": 1}) == []
    assert where("compare", {"id": UNKNOWN}, left=gone, op="==", right={"value": 1}) == []


def test_terms_read_outputs_of_other_resources_too() -> None:
    view = ResourceIndex([resource(VPC, "vpc-1", outputs={"ownerId": "1"})])
    term = {"through": "id", "to": {VPC: "id"}, "its": "ownerId"}
    assert where("compare", {"id": "vpc-1"}, view, left=term, op="==", right={"value": "2"}) == ["id"]


def test_ranges_wait_for_what_is_unknown() -> None:
    view = ResourceIndex([resource(VPC, "vpc-1", cidrBlock=UNKNOWN)])
    params = {"property": "c", "parent": "vpcId", "to": {VPC: "id"}, "its": "cidrBlock"}
    assert where("cidr_within", {"vpcId": "vpc-1", "c": "10.0.0.0/24"}, view, **params) == []
    assert where("cidr_within", {"vpcId": UNKNOWN, "c": "10.0.0.0/24"}, view, **params) == []
    assert (
        where("cidr_disjoint_siblings", {"vpcId": UNKNOWN, "c": "10.0.0.0/24"}, property="c", parent="vpcId")
        == []
    )
    assert where("cidr", {"c": "2001:db8::/32"}, property="c", version=4) == ["c"]
    assert where("cidr_within", {"c": "2001:db8::/32", "o": "0.0.0.0/0"}, property="c", of="o") == ["c"]


def test_spread_is_asked_where_every_resource_is_known() -> None:
    view = ResourceIndex([resource(SUBNET, "subnet-1", availabilityZone="a")])
    params = {"property": "s[*]", "to": {SUBNET: "id"}, "its": "availabilityZone", "min": 2}
    assert where("spread", {"s": ["subnet-1"]}, view, **params) == ["s[*]"]
    assert where("spread", {"s": ["subnet-1", "subnet-outside"]}, view, **params) == []
    assert where("spread", {"s": ["subnet-1", UNKNOWN]}, view, **params) == []


def test_policy_documents_may_be_maps_and_odd_ones_are_not_read() -> None:
    odd = {"p": {"Statement": ["x"]}, "q": "[]"}
    assert where("policy_document", odd, property="p", aspect="has_action") == []
    assert where("policy_document", odd, property="q", aspect="has_action") == []
    assert where("policy_document", odd, property="q", aspect="version") == []


def test_pods_in_namespaces_that_enforce_nothing_are_free() -> None:
    pod = {"metadata": {"namespace": "free"}, "spec": {"containers": [{"name": "a"}]}}
    view = ResourceIndex([resource("kubernetes:core/v1:Namespace", "free", metadata={"name": "free"})])
    assert where("pod_security", pod, view, aspect="non_root") == []
    assert where("pod_security", {"spec": {}}, view, aspect="non_root") == []


# --- the index


def test_the_index_finds_by_type_id_arn_and_property() -> None:
    queue = resource(
        "aws:sqs/queue:Queue", "url", outputs={"arn": "arn:q", "url": "u"}, name="q", tags={"a": "b"}
    )
    view = ResourceIndex([queue], account="1", region="r")
    assert (view.account, view.region, view.strict) == ("1", "r", False)
    assert list(view.of_type("aws:sqs/queue:Queue")) == [queue]
    assert list(view.of_type("aws:sns/topic:Topic")) == []
    assert view.by_id("url") is queue
    assert view.by_id("arn:q") is queue
    assert view.by_id("other") is None
    for property, value in (("id", "url"), ("name", "q"), ("arn", "arn:q"), ("url", "u"), ("tags.a", "b")):
        assert list(view.by_property("aws:sqs/queue:Queue", property, value)) == [queue]
    assert list(view.by_property("aws:sqs/queue:Queue", "tags", {"a": "b"})) == []
    assert list(view.by_property("aws:sqs/queue:Queue", "name.deeper", "q")) == []


def test_the_index_follows_changes() -> None:
    view = ResourceIndex()
    first = resource("aws:sqs/queue:Queue", "url", name="q")
    second = resource("aws:sqs/queue:Queue", "url", name="r")
    assert list(view.by_property("aws:sqs/queue:Queue", "name", "q")) == []
    view.add(first)
    assert list(view.by_property("aws:sqs/queue:Queue", "name", "q")) == [first]
    view.add(second)
    assert list(view.by_property("aws:sqs/queue:Queue", "name", "q")) == []
    assert list(view.of_type("aws:sqs/queue:Queue")) == [second]
    view.remove(first)
    assert list(view.by_property("aws:sqs/queue:Queue", "name", "r")) == []
    assert view.by_id("url") is None
    assert view.made("aws:sqs/queue:Queue", "url")
    assert not view.made("aws:sns/topic:Topic", "url")
    view.remove(second)


def test_two_generations_of_a_resource_stand_side_by_side() -> None:
    old = resource(SUBNET, "subnet-1", "urn:a", vpcId="v")
    new = resource(SUBNET, "subnet-2", "urn:a", vpcId="v")
    view = ResourceIndex([old, new])
    assert list(view.by_property(SUBNET, "vpcId", "v")) == [old, new]
    view.remove(old)
    assert list(view.by_property(SUBNET, "vpcId", "v")) == [new]


# --- tools and speed


def test_the_page_and_the_rules_of_the_models_are_written(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    assert document.main() == 0
    assert (tmp_path / "docs/offline-rules.md").read_text() == document.page()

    shutil.copy(import_models.FOLDER / "models.yaml", tmp_path)
    (tmp_path / "aws").mkdir()
    monkeypatch.setattr(import_models, "FOLDER", tmp_path)
    assert import_models.main() == 0
    assert {file.stem for file in (tmp_path / "aws/models").iterdir()} == set(import_models.documents())


def test_rules_cost_well_under_a_tenth_of_a_millisecond() -> None:
    view = ResourceIndex()
    rules_of(SUBNET)
    started = time.process_time()
    for number in range(500):
        subnet = resource(
            SUBNET,
            f"subnet-{number}",
            vpcId=f"vpc-{number % 10}",
            cidrBlock=f"10.{number % 250}.{number // 250}.0/24",
        )
        violations("create", subnet, view)
        view.add(subnet)
    # Ten times what it takes where it was measured, so that a busy machine does not fail it.
    assert (time.process_time() - started) / 500 < 0.001
