"""Sizes of RDS classes, connections, and what RDS would refuse."""

from typing import Any

import pytest

from components.aws.database_parameters import parameters
from components.aws.database_sizing import CLASSES, connection_findings, database_findings, major_version


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


@pytest.mark.parametrize(("version", "major"), [("14", 14), ("16.8", 16)])
def test_major_version(version: str, major: int) -> None:
    assert major_version(version) == major


@pytest.mark.parametrize("version", ["", "16.x", "v16", "16.8.1"])
def test_what_is_no_version(version: str) -> None:
    with pytest.raises(ValueError, match=r"is not a PostgreSQL version, as '16' or '16\.8'"):
        major_version(version)


def test_pools_that_fit() -> None:
    assert connection_findings("db.m7g.large", 20, 40) == []
    assert connection_findings("db.m7g.large", 1, 818) == []
    assert connection_findings("db.unheard.of", 100, 100) == []


def test_pools_that_do_not() -> None:
    found = connection_findings("db.t4g.medium", 20, 20)
    assert [item.rule for item in found] == ["connections_fit"]
    assert found[0].message == (
        "20 replicas with 20 connections each ask for 400; db.t4g.medium takes about 399, "
        "of which 10 are kept back"
    )
    assert found[0].fix.startswith("a pool of 19,")


def test_a_parameter_counts_before_the_class() -> None:
    assert connection_findings("db.t3.micro", 10, 10, max_connections=110) == []
    assert len(connection_findings("db.t3.micro", 10, 10, max_connections=109)) == 1


GOOD: dict[str, Any] = {
    "engine_version": "16",
    "storage_gb": 20,
    "max_storage_gb": None,
    "iops": None,
    "read_replicas": 0,
    "backup_days": 30,
    "protect": True,
    "multi_az": True,
}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({"engine_version": "13.9"}, ["supported_version"]),
        ({"max_storage_gb": 22}, []),
        ({"max_storage_gb": 21}, ["storage_can_grow"]),
        ({"iops": 12_000}, ["iops_need_storage"]),
        ({"iops": 12_000, "storage_gb": 400}, []),
        ({"read_replicas": 5}, []),
        ({"read_replicas": 6}, ["replica_count"]),
        ({"backup_days": 36}, ["backup_days"]),
        ({"read_replicas": 1, "backup_days": 0, "protect": False}, ["replicas_need_backups"]),
        ({"multi_az": False}, ["protected_survives"]),
        ({"backup_days": 6}, ["protected_survives"]),
        ({"backup_days": 0, "multi_az": False, "protect": False}, []),
    ],
)
def test_settings(change: dict[str, Any], rules: list[str]) -> None:
    assert [item.rule for item in database_findings(**{**GOOD, **change})] == rules


def test_the_fix_for_storage_is_one_that_rds_takes() -> None:
    (found,) = database_findings(**{**GOOD, "storage_gb": 25, "max_storage_gb": 26})
    assert found.fix == "set max_storage_gb to 28 or more, or leave it out"


def test_parameters() -> None:
    listed = parameters(
        250, ["pg_cron"], {"rds.force_ssl": "0", "max_connections": "400", "log_connections": "0"}
    )
    assert [item["name"] for item in listed] == sorted(item["name"] for item in listed)
    assert {item["name"]: item["value"] for item in listed} == {
        "idle_in_transaction_session_timeout": "300000",
        "log_connections": "0",
        "log_disconnections": "1",
        "log_lock_waits": "1",
        "log_min_duration_statement": "250",
        "log_temp_files": "10240",
        "max_connections": "400",
        "pgaudit.log": "ddl,role",
        "rds.force_ssl": "1",
        "shared_preload_libraries": "pg_stat_statements,pgaudit,pg_cron",
        "ssl_min_protocol_version": "TLSv1.2",
        "track_io_timing": "1",
    }
    waits = [item["name"] for item in listed if item["apply_method"] == "pending-reboot"]
    assert waits == ["max_connections", "shared_preload_libraries"]
