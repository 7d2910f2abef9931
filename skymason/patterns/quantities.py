"""Amounts as specs write them, as numbers."""

from __future__ import annotations

from fractions import Fraction

_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def millicores(cpu: str) -> int:
    """`250m` → 250, `1.5` → 1500."""
    return int(cpu[:-1]) if cpu.endswith("m") else int(Fraction(cpu) * 1000)


def mebibytes(memory: str) -> float:
    """`1Gi` → 1024.0."""
    return int(memory[:-2]) * _UNITS[memory[-2:]] / 2**20


def share(value: str, replicas: int, *, up: bool) -> int:
    """A number of replicas given as a count or a percentage of `replicas`, rounded up or down."""
    if not value.endswith("%"):
        return int(value)
    part = int(value[:-1]) * replicas
    return -(-part // 100) if up else part // 100
