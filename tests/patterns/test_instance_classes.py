"""Database classes of both clouds: sizes, and connections that each allows."""

import pytest

from skymason.patterns.instance_classes import CLASSES, max_connections


@pytest.mark.parametrize(
    ("name", "vcpu", "memory", "burstable"),
    [
        ("db.t3.micro", 2, 1, True),
        ("db.t4g.medium", 2, 4, True),
        ("db.m7g.large", 2, 8, False),
        ("db.m6i.32xlarge", 128, 512, False),
        ("db.r7g.16xlarge", 64, 512, False),
        ("db.r6i.32xlarge", 128, 1024, False),
        ("db.r8g.48xlarge", 192, 1536, False),
    ],
)
def test_classes(name: str, vcpu: int, memory: int, burstable: bool) -> None:
    known = CLASSES[name]
    assert (known.vcpu, known.memory_gib, known.burstable) == (vcpu, memory, burstable)


def test_classes_that_rds_does_not_have() -> None:
    assert not {"db.t3.4xlarge", "db.m7g.24xlarge", "db.m7g.micro", "db.m5.32xlarge"} & set(CLASSES)


@pytest.mark.parametrize(
    ("name", "connections"),
    [("db.t3.micro", 78), ("db.t3.small", 185), ("db.t4g.medium", 399), ("db.m7g.large", 828)],
)
def test_default_connections_are_estimated_on_the_low_side(name: str, connections: int) -> None:
    assert CLASSES[name].max_connections == connections
    nominal = CLASSES[name].memory_gib * 1024**3 // 9_531_392
    assert connections < nominal


def test_no_class_takes_more_than_five_thousand() -> None:
    assert CLASSES["db.r7g.16xlarge"].max_connections == 5000


@pytest.mark.parametrize(
    ("instance_class", "connections"),
    [
        # 95 % of 1 GiB, of 8 GiB and of 32 GiB, less 256 MiB, divided by 9,531,392
        ("db.t4g.micro", 78),
        ("db.m7g.large", 828),
        ("db.m6gd.large", 828),
        ("db.r6i.xlarge", 3396),
        ("db.r7g.16xlarge", 5000),
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


def test_memory_is_more_than_the_default_uses() -> None:
    assert CLASSES["db.t4g.micro"].memory_connections == 112
    assert all(item.max_connections < item.memory_connections for item in CLASSES.values())
