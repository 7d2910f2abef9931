import pytest

from skymason.patterns.checks.instance_classes import max_connections


@pytest.mark.parametrize(
    ("instance_class", "connections"),
    [
        # 95 % of 1 GiB, of 8 GiB and of 32 GiB, divided by 9,531,392, less 3
        ("db.t4g.micro", 104),
        ("db.m7g.large", 853),
        ("db.r6i.xlarge", 3421),
        ("db.r7g.16xlarge", 4997),
        # as Azure's table has them
        ("Standard_B1ms", 35),
        ("Standard_D2ds_v5", 844),
        ("Standard_E4ads_v5", 3422),
        ("Standard_D96ds_v5", 4985),
        ("db.t4g.16xlarge", None),
        ("db.m7g.metal", None),
        ("db.x99.large", None),
        ("Standard_F4s_v2", None),
        ("Standard_D3_v2", None),
        ("Standard_Dx", None),
    ],
)
def test_connections(instance_class: str, connections: int | None) -> None:
    assert max_connections(instance_class) == connections
