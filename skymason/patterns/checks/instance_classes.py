"""Connections that a database allows, by instance class."""

from __future__ import annotations

from collections.abc import Mapping

_GIB = 2**30
_BYTES_A_CONNECTION = 9_531_392
_MOST = 5000
"""RDS: LEAST(DBInstanceClassMemory / 9531392, 5000). Source: RDS user guide, 'Maximum number of database
connections'. DBInstanceClassMemory is what is left after the operating system and RDS's own processes."""
_SHARE = 0.95
"""Cautious estimate of that rest; AWS gives no figure. RDS keeps three connections for itself."""
_KEPT = 3

_SIZES: Mapping[str, float] = {
    "medium": 0.5,
    "large": 1,
    "xlarge": 2,
    "2xlarge": 4,
    "4xlarge": 8,
    "8xlarge": 16,
    "12xlarge": 24,
    "16xlarge": 32,
    "24xlarge": 48,
}
_LARGE_GIB: Mapping[str, float] = {
    **dict.fromkeys(("m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m7g", "m7i", "m8g", "m8gd"), 8),
    **dict.fromkeys(("r5", "r5b", "r5d", "r6g", "r6gd", "r6i", "r6id", "r7g", "r7i", "r8g", "r8gd"), 16),
}
_BURSTABLE_GIB: Mapping[str, float] = {
    "micro": 1,
    "small": 2,
    "medium": 4,
    "large": 8,
    "xlarge": 16,
    "2xlarge": 32,
}
"""Memory by family and size. Source: RDS user guide, 'Hardware specifications for DB instance classes'."""

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
    """Connections that an application can have; None for a class that is not in the tables."""
    if instance_class.startswith("db."):
        memory = _memory(*instance_class.removeprefix("db.").split(".", 1))
        if memory is None:
            return None
        return min(int(memory * _GIB * _SHARE / _BYTES_A_CONNECTION), _MOST) - _KEPT
    return _azure(instance_class.removeprefix("Standard_"))


def _memory(family: str, size: str) -> float | None:
    if family in ("t3", "t4g"):
        return _BURSTABLE_GIB.get(size)
    if family in _LARGE_GIB and size in _SIZES:
        return _LARGE_GIB[family] * _SIZES[size]
    return None


def _azure(name: str) -> int | None:
    if name in _AZURE:
        return _AZURE[name]
    series, vcores = name[:1], name[1:].partition("_")[0].rstrip("abcdefghijklmnopqrstuvwxyz")
    if series not in _AZURE_BY_VCORES or not vcores.isdigit():
        return None
    return _AZURE_BY_VCORES[series].get(int(vcores), _AZURE_MOST if int(vcores) >= 8 else None)
