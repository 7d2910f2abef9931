"""The identity of a workload."""

from typing import Any

import pytest
from blocks import ACCOUNT, Built, build

from components.aws.pod_role import PodRole, PodRoleArgs

READ = {
    "sid": "Read",
    "actions": ["s3:GetObject"],
    "resources": ["arn:aws:s3:::images/*"],
    "conditions": {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
}
SEND = {"sid": "Send", "actions": ["sqs:SendMessage"], "resources": [f"arn:aws:sqs:eu-central-1:{ACCOUNT}:q"]}


def args(**changed: Any) -> PodRoleArgs:
    return {
        "cluster_name": "shop-dev",
        "namespace": "orders",
        "service_account": "api",
        "statements": [READ, SEND],
        "account_id": ACCOUNT,
        **changed,
    }


@pytest.fixture(scope="module")
def built() -> Built:
    return build(lambda: PodRole("orders", args()))


def test_what_it_is_made_of(built: Built) -> None:
    assert built.names() == ["orders-association", "orders-policy", "orders-role"]


def test_only_one_service_account_of_one_cluster_of_the_account_gets_it(built: Built) -> None:
    assert built.policy("orders-role", "assumeRolePolicy") == [
        {
            "Sid": "Trust",
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:RequestTag/eks-cluster-name": "shop-dev",
                    "aws:RequestTag/kubernetes-namespace": "orders",
                    "aws:RequestTag/kubernetes-service-account": "api",
                    "aws:SourceAccount": ACCOUNT,
                }
            },
        }
    ]


def test_it_holds_exactly_its_statements(built: Built) -> None:
    assert built.policy("orders-policy") == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::images/*"],
            "Condition": {"StringEquals": {"aws:ResourceAccount": ACCOUNT}},
        },
        {"Sid": "Send", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": SEND["resources"]},
    ]


def test_it_is_tied_to_the_service_account_when_it_has_its_permissions(built: Built) -> None:
    association = built.one("orders-association")
    assert built.inputs("orders-association") == {
        "clusterName": "shop-dev",
        "namespace": "orders",
        "serviceAccount": "api",
        "roleArn": built.one("orders-role").outputs["arn"],
    }
    assert built.one("orders-policy").urn in association.dependencies


def test_an_identity_without_permissions() -> None:
    without = args(statements=[])
    del without["account_id"]
    built = build(lambda: PodRole("orders", without))
    assert built.names() == ["orders-association", "orders-role"]
    conditions = built.policy("orders-role", "assumeRolePolicy")[0]["Condition"]["StringEquals"]
    assert "aws:SourceAccount" not in conditions


def test_boundary_and_policies_of_aws_itself() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    policy = "arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"
    built = build(
        lambda: PodRole(
            "cni",
            args(statements=[], managed_policies={"aws": policy}, permissions_boundary_arn=boundary),
        )
    )
    assert built.inputs("cni-role")["permissionsBoundary"] == boundary
    assert built.inputs("cni-aws")["policyArn"] == policy
    assert built.one("cni-aws").urn in built.one("cni-association").dependencies
