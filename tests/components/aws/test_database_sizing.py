"""What RDS would refuse of sizes and versions."""

from typing import Any

import pytest

from components.aws.database_parameters import parameters
from components.aws.database_sizing import database_findings, major_version


@pytest.mark.parametrize(("version", "major"), [("14", 14), ("16.8", 16)])
def test_major_version(version: str, major: int) -> None:
    assert major_version(version) == major


@pytest.mark.parametrize("version", ["", "16.x", "v16", "16.8.1"])
def test_what_is_no_version(version: str) -> None:
    with pytest.raises(ValueError, match=r"is not a PostgreSQL version, as '16' or '16\.8'"):
        major_version(version)


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
