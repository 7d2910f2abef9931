from typing import Any

import pytest
from spec_table import settings

from skymason.patterns.facts import StackFacts, facts_of


def test_of_a_stack() -> None:
    assert facts_of("prod", settings()) == StackFacts(
        "prod",
        "shop",
        zones=3,
        pod_addresses=3 * (2**13 - 5),
        aws=True,
        domain="example.com",
        certificate=False,
        spot_pools=False,
        existing={"pictures": "s3_bucket", "signing-key": "secret"},
        region="eu-central-1",
        arns={
            "pictures": "arn:aws:s3:::pictures",
            "signing-key": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:signing-key-AbCdEf",
        },
    )


def test_of_no_stack_and_of_one_on_another_cloud() -> None:
    assert facts_of("prod", None) == StackFacts("prod")
    azure = settings(cloud="azure", aws=None, existing={})
    assert facts_of("prod", azure) == StackFacts("prod", "shop")


@pytest.mark.parametrize(("environment", "relaxed"), [("dev", True), ("staging", False), ("qa", False)])
def test_only_dev_is_relaxed(environment: str, relaxed: bool) -> None:
    assert StackFacts(environment).relaxed is relaxed


@pytest.mark.parametrize(
    ("cidr", "zones", "addresses"),
    [("10.0.0.0/20", 2, 2 * 507), ("10.0.0.0/16", 2, 2 * 8187), ("10.0.0.0/28", 3, None)],
)
def test_addresses_for_pods(cidr: str, zones: int, addresses: int | None) -> None:
    stack: Any = settings()
    network = stack.aws.network.model_copy(update={"cidr": cidr, "zones": zones})
    stack = stack.model_copy(update={"aws": stack.aws.model_copy(update={"network": network})})
    assert facts_of("prod", stack).pod_addresses == addresses
