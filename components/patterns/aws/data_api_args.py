"""Arguments of DataApi: the keys of `skymason/patterns/models/data_api.py`, same names and shapes.

Every key of a section may be left out, at any depth: the pattern's defaults fill it.
"""

from typing import NotRequired, TypedDict

import pulumi

from components.aws.alarms import AlarmsArgs
from components.aws.cache import ExistingCacheArgs
from components.aws.database_args import ExistingDatabaseArgs
from components.patterns.aws.web_api_args import WebApiArgs
from skymason.patterns.models.data_api import (
    CacheEngine,
    DatabaseRuntime,
    PoolKind,
    PoolMode,
    SessionFeature,
)


class DatabaseSectionArgs(TypedDict):
    """The PostgreSQL database."""

    runtime: NotRequired[DatabaseRuntime]
    """RDS, or the cluster."""
    name: NotRequired[pulumi.Input[str]]
    """Database inside the server. A change replaces the database."""
    engine_version: NotRequired[str]
    """`16`, or `16.8`. A new major version needs `allow_major_upgrade`."""
    allow_major_upgrade: NotRequired[bool]
    blue_green: NotRequired[bool]
    """Upgrade on a copy and switch over, in about a minute. Not with read replicas."""
    instance_class: NotRequired[str]
    """A change restarts the database."""
    storage_gb: NotRequired[int]
    """Can only grow."""
    max_storage_gb: NotRequired[int]
    """Storage grows by itself up to this."""
    multi_az: NotRequired[bool]
    """A standby in another zone takes over by itself."""
    read_replicas: NotRequired[int]
    """0 to 5."""
    backup_days: NotRequired[int]
    """Days over which any point in time can be restored, 1 to 35."""
    backup_region: NotRequired[str]
    """A second region that gets the backups, under a key of its own there."""
    deletion_protection: NotRequired[bool]
    """Refuse to delete the database."""
    final_snapshot: NotRequired[bool]
    """Keep a snapshot when the database is deleted."""
    slow_query_ms: NotRequired[int]
    """Statements that take longer are logged."""
    monitoring_seconds: NotRequired[int]
    """Interval of enhanced monitoring; 0 turns it off."""
    performance_insights_days: NotRequired[int]
    """Days of query statistics; 0 turns them off."""
    extensions: NotRequired[list[str]]
    """PostgreSQL extensions to install."""
    parameters: NotRequired[dict[str, str]]
    """Server parameters beside those that the pattern sets."""
    existing: NotRequired[ExistingDatabaseArgs]
    """A managed database that is there already."""
    snapshot: NotRequired[pulumi.Input[str]]
    """Snapshot to start from: its name, or the ARN of one that is shared. A change replaces the database."""
    backup_window: NotRequired[pulumi.Input[str]]
    """UTC."""
    maintenance_window: NotRequired[pulumi.Input[str]]
    """UTC."""


class PoolArgs(TypedDict):
    """How connections to the database are shared."""

    kind: NotRequired[PoolKind]
    mode: NotRequired[PoolMode]
    """How long a client holds a server connection: a transaction, or its whole session."""
    size: NotRequired[int]
    """Server connections that one replica of the service may hold."""
    session_features: NotRequired[list[SessionFeature]]
    """What the application uses that needs one server connection throughout."""


class CacheSectionArgs(TypedDict):
    """The cache."""

    enabled: NotRequired[bool]
    engine: NotRequired[CacheEngine]
    engine_version: NotRequired[str]
    """A change upgrades in place; there is no way back."""
    node_type: NotRequired[pulumi.Input[str]]
    replicas: NotRequired[int]
    """Copies beside the primary, 0 to 5."""
    multi_az: NotRequired[bool]
    """Nodes in several zones, with failover."""
    snapshot_days: NotRequired[int]
    """Days that snapshots are kept; 0 makes none."""
    eviction_policy: NotRequired[pulumi.Input[str]]
    """What goes when memory is full."""
    existing: NotRequired[ExistingCacheArgs]
    """A cache that is there already."""


class MigrationsSectionArgs(TypedDict):
    """How the database's schema changes."""

    enabled: NotRequired[bool]
    """Run migrations before each rollout."""
    command: NotRequired[list[str]]
    """What brings the schema up to this image's version."""
    down_command: NotRequired[list[str]]
    """What takes the last step back."""
    timeout_seconds: NotRequired[int]
    """After this a run is killed and the rollout stops."""
    lock_timeout_seconds: NotRequired[int]
    """How long a run waits for another one to end."""


class DataAlarmsArgs(AlarmsArgs):
    """When to raise an alarm."""

    database_cpu_percent: NotRequired[int]
    connections_percent: NotRequired[int]
    """Connections in use, of all that the database allows."""
    free_storage_percent: NotRequired[int]
    """Storage left."""
    replica_lag_seconds: NotRequired[int]
    """Lag of a read replica."""
    cache_memory_percent: NotRequired[int]
    """Memory use of the cache."""


class DataApiArgs(WebApiArgs):
    """Arguments of DataApi: those of WebApi, and what it does with data."""

    database: NotRequired[DatabaseSectionArgs]
    pool: NotRequired[PoolArgs]
    cache: NotRequired[CacheSectionArgs]
    migrations: NotRequired[MigrationsSectionArgs]
    alarms: NotRequired[DataAlarmsArgs]  # type: ignore[misc]  # more keys than a web API's
    dashboard: NotRequired[bool]
    """A dashboard with requests, queries, connections, lag and cache hits."""
