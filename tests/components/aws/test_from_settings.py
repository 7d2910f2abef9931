"""From the settings of a stack to a platform."""

from pathlib import Path

import pulumi
import pytest
from blocks import ACCOUNT, REGION
from pulumi_aws import ec2

from components.aws.endpoint_policies import INTERFACES
from components.aws.from_settings import look_up, platform_args
from components.aws.platform_args import AwsPlatformArgs
from skymason.plan.evaluate import evaluate
from skymason.settings import Settings, load_stack

ROOT = Path(__file__).parents[3]
HOST = f"222222222222.dkr.ecr.{REGION}.amazonaws.com"
ZONES = [f"{REGION}a", f"{REGION}b", f"{REGION}c"]


def given(settings: Settings) -> AwsPlatformArgs:
    return platform_args(settings, account_id=ACCOUNT, availability_zones=ZONES, repositories=["orders"])


def changed(stack: str, **sections: object) -> Settings:
    """A shipped stack with other values, by section: `network={"nat": "none"}`."""
    data = load_stack(ROOT, stack).model_dump()
    for section, values in sections.items():
        if isinstance(values, dict) and isinstance(data["aws"][section], dict):
            data["aws"][section].update(values)
        else:
            data["aws"][section] = values
    return Settings.model_validate(data)


def test_development() -> None:
    args = given(load_stack(ROOT, "dev"))
    assert args["environment"] == "dev"
    assert (args["protect"], args["account_guardrails"]) == (False, False)
    assert args["network"]["nat"] == "single"
    assert args["network"]["interface_endpoints"] == []
    assert args["cluster"]["node_pools"][0]["spot"] is True
    assert args["cluster"]["controller_replicas"] == 1
    assert args["cluster"]["endpoint"] == "both"
    assert args["domain"] == {"name": "dev.example.com"}


def test_production() -> None:
    args = given(load_stack(ROOT, "prod"))
    assert (args["protect"], args["account_guardrails"]) == (True, True)
    assert args["availability_zones"] == ZONES
    assert args["network"]["nat"] == "per_zone"
    assert args["network"]["interface_endpoints"] == [
        *("ecr.api", "ecr.dkr", "eks-auth", "kms", "logs", "secretsmanager", "sts"),
    ]
    assert args["cluster"]["controller_replicas"] == 2
    assert args["cluster"]["controller_log_days"] == 30
    assert [pool["name"] for pool in args["cluster"]["node_pools"]] == ["medium", "large", "batch"]
    assert args["alert_emails"] == ["platform-team@example.com", "on-call@example.com"]
    assert args["tags"]["environment"] == "prod"
    assert args["repositories"] == ["orders"]
    assert not {"registry_host", "certificate_arn", "permissions_boundary_arn"} & set(args)


def test_interfaces_are_those_of_the_settings() -> None:
    args = given(changed("dev", network={"nat": "none", "interface_endpoints": INTERFACES}))
    assert args["network"]["interface_endpoints"] == INTERFACES


def test_bring_your_own() -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    certificate = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"
    subnets = [f"subnet-0123456789abcde{n:02x}" for n in range(9)]
    settings = changed(
        "prod",
        network={
            "vpc_id": "vpc-0123456789abcdef0",
            "public_subnet_ids": subnets[:3],
            "private_subnet_ids": subnets[3:6],
            "data_subnet_ids": subnets[6:],
        },
        domain={
            "name": "example.com",
            "hosted_zone_id": "Z0123456789ABC",
            "certificate_arn": certificate,
        },
        registry={"host": HOST},
        permissions_boundary_arn=boundary,
    )
    made: list[AwsPlatformArgs] = []

    def program() -> None:
        args = given(settings)
        made.append(args)
        for tier in ("public", "private"):
            pulumi.export(tier, args["network"]["existing"].pop(f"{tier}_subnet_cidrs"))  # type: ignore[misc]
        pulumi.export("asked", [ec2.get_subnet_output(id=id).cidr_block for id in subnets[:6]])

    found = evaluate(program, project="shop", stack="prod").outputs
    assert [*found["public"], *found["private"]] == found["asked"]
    assert all(cidr.endswith(".0/24") for cidr in found["asked"]), "what the offline cloud says of a subnet"
    (args,) = made
    assert args["network"]["existing"] == {
        "vpc_id": "vpc-0123456789abcdef0",
        "cidr": "10.30.0.0/16",
        "public_subnet_ids": subnets[:3],
        "private_subnet_ids": subnets[3:6],
        "data_subnet_ids": subnets[6:],
    }
    assert args["domain"] == {"name": "example.com", "hosted_zone_id": "Z0123456789ABC"}
    assert args["certificate_arn"] == certificate
    assert args["registry_host"] == HOST
    assert args["permissions_boundary_arn"] == boundary


def test_an_existing_cluster_is_looked_up_without_waiting() -> None:
    def program() -> None:
        found = look_up("theirs")
        assert all(isinstance(value, pulumi.Output) for value in found.values())
        pulumi.export("name", found["name"])
        args = given(changed("prod", cluster={"existing_name": "theirs"}))
        assert "existing" in args["cluster"]

    plan = evaluate(program, project="shop", stack="prod")
    assert plan.outputs["name"] == "theirs"


def test_too_few_zones() -> None:
    with pytest.raises(ValueError, match=r"eu-central-1 has 2 zones for us; the stack wants 3"):
        platform_args(
            load_stack(ROOT, "prod"), account_id=ACCOUNT, availability_zones=ZONES[:2], repositories=[]
        )


def test_a_stack_of_another_cloud() -> None:
    data = load_stack(ROOT, "dev").model_dump() | {"aws": None}
    with pytest.raises(ValueError, match="stack 'dev' says nothing about AWS"):
        given(Settings.model_validate(data))


def test_topics_of_other_accounts_may_deliver_under_the_data_key() -> None:
    topics = {
        "own": f"arn:aws:sns:{REGION}:{ACCOUNT}:own",
        "theirs": f"arn:aws:sns:{REGION}:210987654321:theirs",
        "more-of-theirs": f"arn:aws:sns:{REGION}:210987654321:more",
    }
    data = load_stack(ROOT, "prod").model_dump()
    data["existing"] = {name: {"kind": "sns_topic", "arn": arn} for name, arn in topics.items()}
    assert given(Settings.model_validate(data))["delivering_accounts"] == ["210987654321"]
    assert "delivering_accounts" not in given(load_stack(ROOT, "prod"))
