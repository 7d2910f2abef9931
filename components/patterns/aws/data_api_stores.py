"""Database and cache of a data API: from the sections of a spec to the building blocks."""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import kms

from components.aws.arns import Account
from components.aws.cache import Cache, CacheArgs
from components.aws.database import Database
from components.aws.database_args import BackupCopyArgs, DatabaseArgs
from components.aws.iam import document
from components.aws.keys import DELETION_DAYS, PROTECTED_DELETION_DAYS, ROTATION_DAYS
from components.aws.names import account_wide, physical_name
from components.aws.reference import AwsPlatformReference
from components.patterns.parts import given

IDENTIFIER = 63 - len("-replica-1")
"""Characters that a database's identifier may have, so that its replicas' fit too."""
PRELOADED = {
    "pg_cron": "pg_cron",
    "pg_hint_plan": "pg_hint_plan",
    "pg_partman": "pg_partman_bgw",
    "pg_prewarm": "pg_prewarm",
    "pg_tle": "pg_tle",
    "pglogical": "pglogical",
}
"""Extension → library that must be loaded at the server's start. Source: Amazon RDS User Guide, "Using
PostgreSQL extensions with Amazon RDS for PostgreSQL"."""

_AS_THEY_ARE = (
    *("engine_version", "instance_class", "storage_gb", "max_storage_gb", "multi_az", "read_replicas"),
    *("backup_days", "slow_query_ms", "parameters", "monitoring_seconds", "backup_window"),
    *("maintenance_window", "final_snapshot", "snapshot", "blue_green"),
)
_CACHE_AS_THEY_ARE = (
    *("engine_version", "node_type", "replicas", "multi_az", "snapshot_days", "eviction_policy"),
)


def managed_database(
    name: str,
    section: dict[str, Any],
    *,
    proxy: bool,
    log_days: int,
    platform: AwsPlatformReference,
    below: ResourceOptions,
) -> Database:
    """RDS PostgreSQL of a `database` section that is complete.

    name: the component's; resources are `<name>-database-…`. proxy: put RDS Proxy before it. Raises
    ValueError for settings that do not go together.
    """
    where: DatabaseArgs = {
        **{key: platform[key] for key in ("account_id", "partition", "region", "vpc_cidr")},
        "database_name": section["name"],
        **given(platform, "permissions_boundary_arn"),
    }
    if section.get("existing"):
        existing = {key: value for key, value in section["existing"].items() if value is not None}
        if proxy:
            raise ValueError(
                "pool.kind: RDS Proxy is made with the database that it stands before; use pgbouncer, or none"
            )
        clients = _inside(platform)["clients"]
        return Database(f"{name}-database", {**where, "clients": clients, "existing": existing}, below)
    args: DatabaseArgs = {
        **where,
        **_inside(platform),
        "identifier": identifier(name),
        **{key: section[key] for key in _AS_THEY_ARE if section.get(key) is not None},
        "insights_days": section["performance_insights_days"],
        "allow_major_upgrade": section["allow_major_upgrade"],
        "libraries": [PRELOADED[item] for item in section.get("extensions") or [] if item in PRELOADED],
        "protect": section["deletion_protection"],
        "log_days": log_days,
        **({"pool": {}} if proxy else {}),
    }
    if section.get("backup_region"):
        args["backup_copy"] = _second_region(name, section, platform, below)
    return Database(f"{name}-database", args, below)


def managed_cache(
    name: str,
    section: dict[str, Any],
    *,
    protect: bool,
    log_days: int,
    platform: AwsPlatformReference,
    below: ResourceOptions,
) -> Cache:
    """ElastiCache of a `cache` section that is complete. protect: refuse to delete it, where it has a standby
    and snapshots to lose."""
    if section.get("existing"):
        existing = {key: value for key, value in section["existing"].items() if value is not None}
        inside = {"vpc_cidr": platform["vpc_cidr"], "clients": _inside(platform)["clients"]}
        return Cache(f"{name}-cache", {**inside, "existing": existing}, below)
    args: CacheArgs = {
        **_inside(platform),
        "vpc_cidr": platform["vpc_cidr"],
        **{key: section[key] for key in _CACHE_AS_THEY_ARE},
        "engine": str(section["engine"]),
        "protect": protect and bool(section["multi_az"] and section["snapshot_days"]),
        "log_days": log_days,
    }
    return Cache(f"{name}-cache", args, below)


def identifier(name: str) -> str:
    """What a component's database is called: as itself, with project and stack, cut where it is too long."""
    full = account_wide(name)
    return physical_name(full, IDENTIFIER) or full


def _inside(platform: AwsPlatformReference) -> Any:
    """Where both stand, and under which keys."""
    return {
        "vpc_id": platform["vpc_id"],
        "subnet_ids": platform["data_subnet_ids"],
        "clients": {"cluster": platform["cluster_security_group_id"]},
        "key_arn": platform["data_key_arn"],
        "logs_key_arn": platform["logs_key_arn"],
    }


def _second_region(
    name: str, section: dict[str, Any], platform: AwsPlatformReference, below: ResourceOptions
) -> BackupCopyArgs:
    """A key of the region that the copies go to: keys do not leave theirs."""
    region, protect = section["backup_region"], bool(section["deletion_protection"])
    account = Account(platform["partition"], region, platform["account_id"])
    key = kms.Key(
        f"{name}-backup-key",
        region=region,
        description=pulumi.Output.concat("Backups of ", identifier(name), " from ", platform["region"]),
        enable_key_rotation=True,
        rotation_period_in_days=ROTATION_DAYS,
        deletion_window_in_days=PROTECTED_DELETION_DAYS if protect else DELETION_DAYS,
        policy=document(
            [
                {
                    "Sid": "AccountDecidesThroughIam",
                    "Effect": "Allow",
                    "Principal": {"AWS": account.root()},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ]
        ),
        opts=ResourceOptions.merge(below, ResourceOptions(protect=protect)),
    )
    return {"region": region, "key_arn": key.arn}
