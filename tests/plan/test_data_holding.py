"""Types that hold data."""

import pytest

from skymason.offline import sdk
from skymason.plan.data_holding import _TOKENS, holds_data


@pytest.mark.parametrize(
    ("type", "holds"),
    [
        ("aws:rds/instance:Instance", True),
        ("aws:ec2/subnet:Subnet", False),
        ("azure-native:storage:StorageAccount", True),
        ("azure-native:storage/v20230101:StorageAccount", True),
        ("azure-native:network:VirtualNetwork", False),
        ("kubernetes:core/v1:PersistentVolumeClaim", True),
        ("skymason:aws:Database", False),
        ("pulumi:providers:aws", False),
    ],
)
def test_what_holds_data(type: str, holds: bool) -> None:
    assert holds_data(type) is holds


@pytest.mark.parametrize("token", sorted(_TOKENS))
def test_every_type_exists(token: str) -> None:
    assert sdk.resource_class(token) is not None
