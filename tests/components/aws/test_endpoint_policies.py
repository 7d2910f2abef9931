"""What may be done through endpoints."""

from fnmatch import fnmatchcase

import pytest
from blocks import ACCOUNT, REGION
from botocore.session import get_session

from components.aws.endpoint_policies import ACTIONS, GATEWAYS, INTERFACES, statements


def test_every_service_has_one_kind_of_endpoint() -> None:
    assert set(GATEWAYS) | set(INTERFACES) == set(ACTIONS)
    assert not set(GATEWAYS) & set(INTERFACES)
    assert [
        *("ecr.api", "ecr.dkr", "sts", "logs", "ec2", "elasticloadbalancing", "autoscaling"),
        *("secretsmanager", "kms", "sqs", "monitoring", "eks", "eks-auth"),
    ] == INTERFACES


@pytest.mark.parametrize("service", ACTIONS)
def test_only_the_account_and_no_whole_service(service: str) -> None:
    own = statements(service, "vpc-1", ACCOUNT, "aws", REGION)[0]
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert own["Action"]
    assert not [action for action in own["Action"] if action == "*" or action.endswith(":*")]


MODELS = {
    **{"ecr.api": "ecr", "sts": "sts", "logs": "logs", "ec2": "ec2", "elasticloadbalancing": "elbv2"},
    **{"autoscaling": "autoscaling", "secretsmanager": "secretsmanager", "kms": "kms", "sqs": "sqs"},
    **{"monitoring": "cloudwatch", "eks": "eks", "eks-auth": "eks-auth", "dynamodb": "dynamodb"},
}
"""Endpoint service → service model, where actions in IAM are named as the operations are."""


@pytest.mark.parametrize("service", MODELS)
def test_a_deployment_from_inside_the_network_is_not_held_up(service: str) -> None:
    operations = get_session().get_service_model(MODELS[service]).operation_names
    patterns = [action.partition(":")[2] for action in ACTIONS[service]]
    assert [name for name in operations if not any(fnmatchcase(name, each) for each in patterns)] == []


def test_runners_sign_in_to_roles_of_the_account() -> None:
    sign_in = statements("sts", "vpc-1", ACCOUNT, "aws", REGION)[1]
    assert sign_in["Action"] == ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    assert sign_in["Condition"] == {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}


def test_image_layers_come_from_the_registry_s_own_bucket() -> None:
    assert statements("s3", "vpc-1", ACCOUNT, "aws", REGION)[1] == {
        "Sid": "ImageLayers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"],
        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
    }


def test_an_unknown_service_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no endpoint for 'sns'; there are: ecr\.api, ecr\.dkr"):
        statements("sns", "vpc-1", ACCOUNT, "aws", REGION)
