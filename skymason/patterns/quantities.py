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


def backlog_per_replica(acceptable_latency_seconds: int, processing_seconds: int, concurrency: int) -> int:
    """Messages, waiting or in work, that one replica can finish within the acceptable latency; at least 1.

    In that time it does acceptable latency ÷ processing time of them one after another, and `concurrency` at
    once. The processing time is the longest one, so that the last message is on time also where all are slow.
    """
    return max(1, acceptable_latency_seconds * concurrency // processing_seconds)


def rollout_steps(max_surge: str, max_unavailable: str, replicas: int) -> int:
    """Steps in which a rolling update replaces all of at least one replicas."""
    at_once = share(max_surge, replicas, up=True) + share(max_unavailable, replicas, up=False)
    return -(-replicas // max(1, at_once))


def ready_seconds(bake_minutes: int, max_surge: str, max_unavailable: str, low: int, high: int) -> int:
    """How long new replicas must be ready before the next ones follow, so that a rollout takes at least
    `bake_minutes` with any number of replicas from `low` to `high`."""
    fewest = min(rollout_steps(max_surge, max_unavailable, count) for count in range(low, high + 1))
    return -(-bake_minutes * 60 // fewest)


def server_connections(replicas: int, pool_size: int) -> int:
    """Connections that a database server of the service's own is given: what all replicas may hold, and a
    tenth of all for migrations, backups and people; at least PostgreSQL's own default of 100."""
    return max(100, -(-replicas * pool_size * 10 // 9))
