"""What RDS refuses of a database's sizes and versions. Pure.

Source: Amazon RDS User Guide, "gp3 storage" (baselines). Classes: `skymason.patterns.instance_classes`.
"""

import re

from components.findings import Finding

MAX_REPLICAS = 5
PROVISIONED_FROM_GB = 400
"""gp3 on PostgreSQL: from this size on IOPS can be chosen; below there are 3,000."""
GROWTH = 110
"""Percent: storage autoscaling wants room of at least a tenth above what is allocated."""


def major_version(engine_version: str) -> int:
    """14 of '14', '14.12'. Raises ValueError for what is not a PostgreSQL version."""
    match = re.fullmatch(r"(\d+)(\.\d+)?", engine_version)
    if not match:
        raise ValueError(f"'{engine_version}' is not a PostgreSQL version, as '16' or '16.8'")
    return int(match.group(1))


def database_findings(
    *,
    engine_version: str,
    storage_gb: int,
    max_storage_gb: int | None,
    iops: int | None,
    read_replicas: int,
    backup_days: int,
    protect: bool,
    multi_az: bool,
) -> list[Finding]:
    """What RDS would refuse, or what would not survive; empty when the settings hold together."""
    found = []
    if major_version(engine_version) < 14:
        found.append(
            Finding("supported_version", f"PostgreSQL {engine_version} is out of support", "use 14 or later")
        )
    if max_storage_gb is not None and max_storage_gb * 100 < storage_gb * GROWTH:
        found.append(
            Finding(
                "storage_can_grow",
                f"{storage_gb} GB cannot grow to {max_storage_gb} GB: RDS wants a tenth more at least",
                f"set max_storage_gb to {-(-storage_gb * GROWTH // 100)} or more, or leave it out",
            )
        )
    if iops is not None and storage_gb < PROVISIONED_FROM_GB:
        found.append(
            Finding(
                "iops_need_storage",
                f"IOPS cannot be chosen for {storage_gb} GB of gp3: 3,000 are included",
                f"leave iops out, or use {PROVISIONED_FROM_GB} GB",
            )
        )
    if not 0 <= read_replicas <= MAX_REPLICAS:
        found.append(Finding("replica_count", f"{read_replicas} read replicas", f"use 0 to {MAX_REPLICAS}"))
    if not 0 <= backup_days <= 35:
        found.append(Finding("backup_days", f"backups are kept for {backup_days} days", "use 0 to 35"))
    if read_replicas and not backup_days:
        found.append(
            Finding(
                "replicas_need_backups", "RDS makes replicas only of a database with backups", "keep backups"
            )
        )
    if protect and (backup_days < 7 or not multi_az):
        found.append(
            Finding(
                "protected_survives",
                f"a protected database has backups of {backup_days} days and "
                f"{'a' if multi_az else 'no'} standby",
                "keep backups for 7 days or more, and set multi_az",
            )
        )
    return found
