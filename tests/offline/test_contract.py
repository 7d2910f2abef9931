"""The SDK's contract, nested, for every package."""

from typing import Any

import pytest

from skymason.offline import sdk
from skymason.offline.contract import as_document, documents, inputs_of, outputs_of, problems
from skymason.plan.model import UNKNOWN

SUBNET, DEPLOYMENT = "aws:ec2/subnet:Subnet", "kubernetes:apps/v1:Deployment"
ACCOUNT = "azure-native:storage:StorageAccount"
POD = {"containers": [{"name": "a", "image": "b"}]}


def spec(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": POD}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": base | changes}


@pytest.mark.parametrize(
    ("token", "inputs", "expected"),
    [
        (SUBNET, {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "tags": {"a": "b"}}, []),
        (SUBNET, {"vpcId": UNKNOWN, "tags": UNKNOWN, "mapPublicIpOnLaunch": UNKNOWN}, []),
        (SUBNET, {"vpcId": "vpc-1", "cidrBlok": "x"}, [("unknown", "cidrBlok")]),
        (SUBNET, {"cidrBlock": "10.0.0.0/24"}, [("missing", "vpcId")]),
        (SUBNET, {"vpcId": "vpc-1", "mapPublicIpOnLaunch": "yes"}, [("type", "mapPublicIpOnLaunch")]),
        (SUBNET, {"vpcId": "vpc-1", "tags": {"a": 1}}, [("type", "tags.a")]),
        (SUBNET, {"cidrBlok": 1, "tags": []}, [("unknown", "cidrBlok"), ("type", "tags"), ("missing", "vpcId")]),
        (DEPLOYMENT, spec(replicas=3), []),
        (DEPLOYMENT, spec(strategy={"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}), []),
        (DEPLOYMENT, spec(replicas="3"), [("type", "spec.replicas")]),
        (
            DEPLOYMENT,
            spec(template={"spec": {"containers": [{"image": "b", "prots": []}]}}),
            [("unknown", "spec.template.spec.containers[0].prots"), ("missing", "spec.template.spec.containers[0].name")],
        ),
        (DEPLOYMENT, spec() | {"kind": "Deploymint"}, [("enum", "kind")]),
        (DEPLOYMENT, spec() | {"status": {}}, [("unknown", "status")]),
        (DEPLOYMENT, {"kind": "Deployment"}, [("missing", "spec")]),
        (ACCOUNT, {"resourceGroupName": "g", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}}, []),
        (
            ACCOUNT,
            {"resourceGroupName": "g", "kind": "storagev2", "sku": {"name": "Standard"}},
            [("enum", "kind"), ("enum", "sku.name")],
        ),
        ("random:index/randomPassword:RandomPassword", {"length": 20}, []),
        ("random:index/randomPassword:RandomPassword", {}, [("missing", "length")]),
        ("tls:index/privateKey:PrivateKey", {"algorithm": "RSA", "rsaBits": 2048}, []),
        ("tls:index/privateKey:PrivateKey", {"algoritm": "RSA"}, [("unknown", "algoritm"), ("missing", "algorithm")]),
        ("eks:index:Cluster", {"vpcId": "vpc-1", "desiredCapacity": 2}, []),
        ("eks:index:Cluster", {"vpcID": "vpc-1"}, [("unknown", "vpcID")]),
        ("cloudflare:index:Record", {"anything": 1}, []),
    ],
)  # fmt: skip
def test_breaches(token: str, inputs: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(item.kind, item.path) for item in problems(token, inputs)] == expected


def test_an_unknown_input_names_the_nearest() -> None:
    (problem,) = problems(SUBNET, {"vpcId": "v", "cidrBlok": "x"})
    assert problem.message == "is not a property of this type"
    assert problem.fix.startswith("did you mean 'cidrBlock'? allowed: assignIpv6AddressOnCreation, ")


@pytest.mark.parametrize(
    ("token", "fix"),
    [
        ("aws:ec2/subnt:Subnet", "did you mean 'aws:ec2/subnet:Subnet'?"),
        ("kubernetes:apps/v1:Deploymnt", "did you mean 'kubernetes:apps/v1:Deployment'?"),
        ("random:index/zzzz:Q", f"use a type of random {sdk.version_of('random')}"),
    ],
)
def test_an_unknown_type_names_the_nearest(token: str, fix: str) -> None:
    (problem,) = problems(token, {})
    assert (problem.kind, problem.path, problem.fix) == ("token", "", fix)


def test_security_group_protocols_are_no_closed_list() -> None:
    rule = {"type": "egress", "fromPort": 0, "toPort": 0, "protocol": "-1", "securityGroupId": "sg-1"}
    assert problems("aws:ec2/securityGroupRule:SecurityGroupRule", rule) == []


def test_instance_types_newer_than_the_sdk_are_allowed() -> None:
    inputs = {"ami": "ami-1", "instanceType": "z99.metal"}
    assert problems("aws:ec2/instance:Instance", inputs) == []


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"apiVersion": "a.b/v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": {"free": [1]}}, []),
        ({"kind": "Thing", "metadata": {}}, [("missing", "apiVersion")]),
        ({"apiVersion": "a.b/v1", "kind": 3, "metadata": []}, [("type", "kind"), ("type", "metadata")]),
    ],
)
def test_custom_resources_are_free_below_their_spec(
    inputs: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    found = problems("kubernetes:a.b/v1:Thing", inputs)
    assert [(item.kind, item.path) for item in found] == expected


def test_providers_take_json_text_for_what_is_not_text() -> None:
    inputs = {
        "region": "eu-central-1",
        "defaultTags": '{"tags": {"a": "b"}}',
        "maxRetries": "3",
        "version": "7.0.0",
    }
    assert problems("pulumi:providers:aws", inputs) == []
    (problem,) = problems("pulumi:providers:aws", {"defaultTags": '{"tag": {}}'})
    assert (problem.kind, problem.path) == ("unknown", "defaultTags.tag")
    (problem,) = problems("pulumi:providers:aws", {"maxRetries": "three"})
    assert (problem.kind, problem.path) == ("type", "maxRetries")
    assert problems("pulumi:providers:kubernetes", {"kubeconfig": '{"kind": "Config"}'}) == []
    assert problems("pulumi:providers:cloudflare", {"any": "thing"}) == []


def test_documents_may_be_given_as_objects() -> None:
    assert documents("aws:iam/role:Role") == {"assumeRolePolicy"}
    assert documents("cloudflare:index:Record") == frozenset()
    assert as_document({"Version": "1"}) == '{"Version": "1"}'
    assert as_document({"Resource": [UNKNOWN]}) == UNKNOWN
    assert as_document("{}") == "{}"


def test_outputs_promise_more_than_inputs() -> None:
    found = outputs_of(SUBNET)
    assert found is not None
    assert found.properties["arn"].required
    assert not found.properties["tags"].required
    assert inputs_of("cloudflare:index:Record") is None
    assert outputs_of("cloudflare:index:Record") is None


def test_shapes_are_compiled_once() -> None:
    assert inputs_of(SUBNET) is inputs_of(SUBNET)


@pytest.mark.parametrize(
    ("token", "package"),
    [("aws:ec2/vpc:Vpc", "aws"), ("pulumi:providers:aws", "aws"), ("kubernetes:core/v1:Pod", "kubernetes")],
)
def test_packages_of_tokens(token: str, package: str) -> None:
    assert sdk.package_of(token) == package


def test_packages_without_an_sdk() -> None:
    assert sdk.tokens("cloudflare") == {}
    assert sdk.version_of("cloudflare") == ""
    assert sdk.resource_class("pulumi:providers:cloudflare") is None


def test_a_package_that_is_not_installed_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sdk.PACKAGES, "gone", "pulumi_that_is_gone")
    assert sdk.tokens("gone") == {}
