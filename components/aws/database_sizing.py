"""Sizes of RDS instance classes, the connections that they take, and checks on both.

Pure. Sources: Amazon RDS User Guide, "Hardware specifications for DB instance classes" (vCPU, memory),
"Quotas and constraints for Amazon RDS" (default of max_connections), "gp3 storage" (baselines).
"""

import re
from dataclasses import dataclass

from components.findings import Finding

GIB = 1024**3
BYTES_PER_CONNECTION = 9_531_392
"""Default of max_connections on RDS for PostgreSQL: LEAST({DBInstanceClassMemory/9531392}, 5000)."""
MAX_CONNECTIONS = 5000
RESERVED_CONNECTIONS = 10
"""Not for applications: superuser_reserved_connections (3), those of RDS itself, and a person with psql."""
MAX_REPLICAS = 5
PROVISIONED_FROM_GB = 400
"""gp3 on PostgreSQL: from this size on IOPS can be chosen; below there are 3,000."""
GROWTH = 1.1
"""Storage autoscaling wants room of at least a tenth above what is allocated."""

_SIZES = {
    "micro": (2, 1),
    "small": (2, 2),
    "medium": (2, 4),
    "large": (2, 8),
    "xlarge": (4, 16),
    "2xlarge": (8, 32),
    "4xlarge": (16, 64),
    "8xlarge": (32, 128),
    "12xlarge": (48, 192),
    "16xlarge": (64, 256),
    "24xlarge": (96, 384),
    "32xlarge": (128, 512),
    "48xlarge": (192, 768),
}
_GENERAL = list(_SIZES)[3:10]
# Family → its sizes. Memory-optimised classes (r) have twice the memory of general ones (m) of a size.
_FAMILIES: dict[str, list[str]] = {
    "t3": list(_SIZES)[:6],
    "t4g": list(_SIZES)[:6],
    "m5": [*_GENERAL, "24xlarge"],
    "m6g": _GENERAL,
    "m6i": [*_GENERAL, "24xlarge", "32xlarge"],
    "m7g": _GENERAL,
    "m7i": [*_GENERAL, "24xlarge", "48xlarge"],
    "m8g": [*_GENERAL, "24xlarge", "48xlarge"],
    "r5": [*_GENERAL, "24xlarge"],
    "r6g": _GENERAL,
    "r6i": [*_GENERAL, "24xlarge", "32xlarge"],
    "r7g": _GENERAL,
    "r7i": [*_GENERAL, "24xlarge", "48xlarge"],
    "r8g": [*_GENERAL, "24xlarge", "48xlarge"],
}


@dataclass(frozen=True, slots=True)
class InstanceClass:
    """vcpu: virtual CPUs. memory_gib: nominal memory. burstable: CPU credits run out under steady load."""

    name: str
    vcpu: int
    memory_gib: int
    burstable: bool

    @property
    def max_connections(self) -> int:
        """Estimate, on the low side, of the default of max_connections.

        RDS counts the memory that is left to the database. Taken off here: 5 % and 256 MiB, which agrees with
        what small classes show (t3.micro about 80 of a nominal 112).
        """
        left = self.memory_gib * GIB * 0.95 - GIB // 4
        return min(int(left / BYTES_PER_CONNECTION), MAX_CONNECTIONS)


CLASSES: dict[str, InstanceClass] = {
    f"db.{family}.{size}": InstanceClass(
        f"db.{family}.{size}",
        _SIZES[size][0],
        _SIZES[size][1] * (2 if family.startswith("r") else 1),
        family.startswith("t"),
    )
    for family, sizes in _FAMILIES.items()
    for size in sizes
}


def major_version(engine_version: str) -> int:
    """14 of '14', '14.12'. Raises ValueError for what is not a PostgreSQL version."""
    match = re.fullmatch(r"(\d+)(\.\d+)?", engine_version)
    if not match:
        raise ValueError(f"'{engine_version}' is not a PostgreSQL version, as '16' or '16.8'")
    return int(match.group(1))


def connection_findings(
    instance_class: str, replicas: int, pool_size: int, max_connections: int | None = None
) -> list[Finding]:
    """Whether every replica of a service can fill its pool.

    max_connections: where the parameter is set; left out, the default of the class. A class that is not in
    the table is not judged.
    """
    known = CLASSES.get(instance_class)
    allowed = max_connections or (known.max_connections if known else None)
    asked = replicas * pool_size
    if allowed is None or asked <= allowed - RESERVED_CONNECTIONS:
        return []
    room = max((allowed - RESERVED_CONNECTIONS) // replicas, 0)
    return [
        Finding(
            "connections_fit",
            f"{replicas} replicas with {pool_size} connections each ask for {asked}; {instance_class} takes "
            f"about {allowed}, of which {RESERVED_CONNECTIONS} are kept back",
            f"a pool of {room}, fewer replicas, a larger class, or a proxy between",
        )
    ]


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
    if max_storage_gb is not None and max_storage_gb < storage_gb * GROWTH:
        found.append(
            Finding(
                "storage_can_grow",
                f"{storage_gb} GB cannot grow to {max_storage_gb} GB: RDS wants a tenth more at least",
                f"set max_storage_gb to {int(-(-storage_gb * GROWTH // 1))} or more, or leave it out",
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
