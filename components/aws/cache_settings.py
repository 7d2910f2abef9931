"""From a cache's arguments to the inputs of its replication group, and checks. No resource is made here."""

import hashlib
import re
from typing import Any

import pulumi

from components.findings import Finding

ENGINE_VERSIONS = {"valkey": "8.0", "redis": "7.1"}
# IAM users and role-based access came with these. Source: ElastiCache User Guide, "Authenticating with IAM".
OLDEST = {"valkey": (7, 2), "redis": (7, 0)}
MAX_REPLICAS = 5
MAX_SHARDS = 500


def family(engine: str, version: str) -> str:
    """Parameter group family: valkey8 of ('valkey', '8.0')."""
    return f"{engine}{version.split('.')[0]}"


def cache_findings(
    *,
    engine: str,
    version: str,
    shards: int,
    replicas: int,
    multi_az: bool,
    snapshot_days: int,
    protect: bool,
) -> list[Finding]:
    """What ElastiCache would refuse, or what would not survive; empty when the settings hold together."""
    found = []
    match = re.fullmatch(r"(\d+)\.(\d+)", version)
    oldest = OLDEST[engine]
    if not match:
        found.append(
            Finding("cache_version", f"'{version}' is no version of {engine}", "give major and minor, as 8.0")
        )
    elif (int(match[1]), int(match[2])) < oldest:
        found.append(
            Finding(
                "cache_version",
                f"{engine} {version} knows no IAM users",
                f"use {oldest[0]}.{oldest[1]} or later",
            )
        )
    bounds = (
        ("shards", shards, 1, MAX_SHARDS),
        ("replicas", replicas, 0, MAX_REPLICAS),
        ("snapshot_days", snapshot_days, 0, 35),
    )
    for key, value, low, high in bounds:
        if not low <= value <= high:
            found.append(Finding("cache_limits", f"{key} is {value}", f"use {low} to {high}"))
    if multi_az and not replicas:
        found.append(
            Finding(
                "zones_need_replicas", "there is no replica to stand in another zone", "set replicas to 1"
            )
        )
    if shards > 1 and not replicas:
        found.append(
            Finding(
                "shards_need_failover",
                "a sharded cache fails over by itself, and there is no replica to take over",
                "set replicas to 1",
            )
        )
    if protect and not (multi_az and snapshot_days):
        found.append(
            Finding(
                "protected_survives",
                "a protected cache has no standby in another zone, or no snapshots",
                "set replicas, multi_az and snapshot_days",
            )
        )
    return found


def topology(shards: int, replicas: int) -> dict[str, Any]:
    """Nodes, for one shard or many. Failover needs a replica, and many shards need failover."""
    if shards == 1:
        return {"num_cache_clusters": 1 + replicas, "automatic_failover_enabled": replicas > 0}
    return {
        "num_node_groups": shards,
        "replicas_per_node_group": replicas,
        "automatic_failover_enabled": True,
    }


def parameters(eviction_policy: pulumi.Input[str], shards: int) -> list[dict[str, Any]]:
    """Parameters beside the defaults of the family."""
    listed: list[dict[str, Any]] = [{"name": "maxmemory-policy", "value": eviction_policy}]
    if shards > 1:
        listed.append({"name": "cluster-enabled", "value": "yes"})
    return listed


def unique_id(logical: str, limit: int) -> str:
    """An id that ElastiCache wants given and keeps one of in the account: lower case, told apart by stack."""
    told_apart = "\n".join((pulumi.get_project(), pulumi.get_stack(), logical))
    digest = hashlib.sha256(told_apart.encode()).hexdigest()[:7]
    plain = re.sub(r"[^a-z0-9]+", "-", logical.lower())
    return f"{plain[: limit - 8].rstrip('-')}-{digest}"
