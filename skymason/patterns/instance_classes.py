"""Database classes of both clouds: size, and the connections that each allows. The one table of them.

Sources: Amazon RDS User Guide, "Hardware specifications for DB instance classes" (vCPU, memory), "Maximum
number of database connections" (default of max_connections); Azure Database for PostgreSQL, "Limits".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GIB = 1024**3
BYTES_PER_CONNECTION = 9_531_392
"""Default of max_connections on RDS for PostgreSQL: LEAST({DBInstanceClassMemory/9531392}, 5000)."""
MAX_CONNECTIONS = 5000

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
# Families → their sizes. Memory-optimised classes (r) have twice the memory of general ones (m) of a size.
_FAMILIES: Mapping[tuple[str, ...], list[str]] = {
    ("t3", "t4g"): list(_SIZES)[:6],
    ("m5", "m5d", "r5", "r5b", "r5d"): [*_GENERAL, "24xlarge"],
    ("m6g", "m6gd", "m7g", "r6g", "r6gd", "r7g"): _GENERAL,
    ("m6i", "m6id", "r6i", "r6id"): [*_GENERAL, "24xlarge", "32xlarge"],
    ("m7i", "m8g", "m8gd", "r7i", "r8g", "r8gd"): [*_GENERAL, "24xlarge", "48xlarge"],
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

    @property
    def memory_connections(self) -> int:
        """What all of its memory would hold: a setting above it runs the server out of memory."""
        return self.memory_gib * GIB // BYTES_PER_CONNECTION


CLASSES: dict[str, InstanceClass] = {
    f"db.{family}.{size}": InstanceClass(
        f"db.{family}.{size}",
        _SIZES[size][0],
        _SIZES[size][1] * (2 if family.startswith("r") else 1),
        family.startswith("t"),
    )
    for families, sizes in _FAMILIES.items()
    for family in families
    for size in sizes
}

_AZURE: Mapping[str, int] = {
    "B1ms": 35,
    "B2s": 414,
    "B2ms": 844,
    "B4ms": 1703,
    "B8ms": 3422,
}
_AZURE_BY_VCORES: Mapping[str, Mapping[int, int]] = {
    "D": {2: 844, 4: 1703, 8: 3422},
    "E": {2: 1703, 4: 3422},
}
_AZURE_MOST = 4985
"""Connections for users. Source: Azure Database for PostgreSQL, 'Limits', 'Maximum connections'."""


def max_connections(instance_class: str) -> int | None:
    """Connections that a server of the class has by default; None for a class that is not in the tables."""
    if instance_class.startswith("db."):
        known = CLASSES.get(instance_class)
        return known.max_connections if known else None
    return _azure(instance_class.removeprefix("Standard_"))


def _azure(name: str) -> int | None:
    if name in _AZURE:
        return _AZURE[name]
    series, vcores = name[:1], name[1:].partition("_")[0].rstrip("abcdefghijklmnopqrstuvwxyz")
    if series not in _AZURE_BY_VCORES or not vcores.isdigit():
        return None
    return _AZURE_BY_VCORES[series].get(int(vcores), _AZURE_MOST if int(vcores) >= 8 else None)
