"""Keys of the pattern `data_api`: an HTTP service with a PostgreSQL database and a cache of its own."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from skymason.patterns.models.common import Model, Percent
from skymason.patterns.models.web_api import Alarms as WebAlarms
from skymason.patterns.models.web_api import WebApi


class DatabaseRuntime(StrEnum):
    """Who runs the database."""

    MANAGED = "managed"
    """The cloud's service: backups, failover and patches are its work."""
    CLUSTER = "cluster"
    """A StatefulSet on the Kubernetes cluster, for extensions that the cloud's service does not have."""


class PoolKind(StrEnum):
    """What keeps database connections few."""

    RDS_PROXY = "rds_proxy"
    PGBOUNCER = "pgbouncer"
    NONE = "none"


class PoolMode(StrEnum):
    """For how long a client holds a server connection."""

    TRANSACTION = "transaction"
    SESSION = "session"


class SessionFeature(StrEnum):
    """What an application does that ties it to one server connection."""

    PREPARED_STATEMENTS = "prepared_statements"
    ADVISORY_LOCKS = "advisory_locks"
    TEMPORARY_TABLES = "temporary_tables"
    SESSION_SETTINGS = "session_settings"
    LISTEN_NOTIFY = "listen_notify"


class CacheEngine(StrEnum):
    VALKEY = "valkey"
    REDIS = "redis"


class ExistingReplica(Model):
    resource_id: str = Field(pattern=r"^db-[A-Z0-9]+$", examples=["db-ABCDEFGHIJKL01234"])
    """Its DbiResourceId."""
    host: str = Field(min_length=1)
    """Its endpoint."""


SecurityGroupId = Annotated[
    str,
    Field(pattern=r"^sg-([0-9a-f]{8}|[0-9a-f]{17})$", examples=["sg-0123456789abcdef0"]),
]
Range = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+\.\d+/\d+$", examples=["10.9.0.0/16"])]


class ExistingDatabase(Model):
    resource_id: str = Field(
        pattern=r"^((db|cluster)-[A-Z0-9]+|prx-[0-9a-zA-Z]+)$", examples=["db-ABCDEFGHIJKL01234"]
    )
    """What stands in the ARNs of its users: its DbiResourceId, or the id of an Aurora cluster or a proxy."""
    host: str = Field(min_length=1)
    """Its endpoint."""
    port: int | None = Field(default=None, ge=1, le=65_535)
    """Left out, 5432."""
    cidr: Range | None = None
    """Range that its addresses lie in, as in a peered network; left out, the stack's own."""
    security_group_id: SecurityGroupId | None = None
    """Its security group, where the stack lets its nodes in; left out, its owner does."""
    replicas: list[ExistingReplica] = []
    """Its read replicas."""
    master_user: str | None = None
    """Its master user."""
    master_secret_arn: str | None = Field(default=None, pattern=r"^arn:")
    """The secret with the master user's name and password; left out, users and extensions must be there."""
    master_secret_key_arn: str | None = Field(default=None, pattern=r"^arn:")
    """The customer-managed key of that secret, where it has one."""


class ExistingCache(Model):
    arn: str = Field(pattern=r"^arn:")
    """ARN of the replication group."""
    host: str = Field(min_length=1)
    """Its primary endpoint."""
    read_host: str | None = None
    """Its reader endpoint; left out, the primary one."""
    port: int | None = Field(default=None, ge=1, le=65_535)
    """Left out, 6379."""
    cidr: Range | None = None
    """Range that its addresses lie in, as in a peered network; left out, the stack's own."""
    security_group_id: SecurityGroupId | None = None
    """Its security group, where the stack lets its nodes in; left out, its owner does."""
    user_id: str = Field(min_length=1)
    """A user of it that signs in with IAM."""
    user_arn: str = Field(pattern=r"^arn:")
    """That user's ARN."""


class Database(Model):
    runtime: DatabaseRuntime = Field(strict=False)
    """Who runs the database: the cloud's service, or the cluster."""
    name: str = Field(default="app", pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)
    """Database inside the server. A change replaces the database."""
    engine_version: str = Field(pattern=r"^1[4-8](\.\d{1,2})?$", examples=["16", "16.8"])
    """PostgreSQL version; a new major version restarts the database."""
    allow_major_upgrade: bool = False
    """Let a new major `engine_version` upgrade the server in place; else it is refused."""
    blue_green: bool = False
    """Upgrade on a copy and switch over, in about a minute. Not with read replicas."""
    instance_class: str = Field(pattern=r"^(db\.\w+\.\w+|Standard_\w+)$", examples=["db.m7g.large"])
    """Size of the server; a change restarts it."""
    storage_gb: int = Field(ge=20, le=65_536)
    """Storage to begin with."""
    max_storage_gb: int = Field(ge=20, le=65_536)
    """Storage grows by itself up to this."""
    multi_az: bool
    """A standby in another zone takes over by itself."""
    read_replicas: int = Field(ge=0, le=5)
    """Copies for reading, with an endpoint of their own in the environment."""
    backup_days: int = Field(ge=1, le=35)
    """Days over which any point in time can be restored."""
    backup_region: str | None = Field(default=None, pattern=r"^[a-z]+(-[a-z]+)*-?\d?$")
    """A second region that gets the backups; null keeps them in one."""
    deletion_protection: bool
    """Refuse to delete the database."""
    final_snapshot: bool
    """Keep a snapshot when the database is deleted."""
    slow_query_ms: int = Field(ge=1, le=60_000)
    """Statements that take longer are logged."""
    monitoring_seconds: int
    """Interval of enhanced monitoring; 0 turns it off."""
    performance_insights_days: int
    """Days of query statistics; 0 turns them off."""
    extensions: list[str] = []
    """PostgreSQL extensions to install."""
    parameters: dict[str, str] = {}
    """Server parameters beside those that the pattern sets."""
    existing: ExistingDatabase | None = None
    """A managed database that is there already: use it and make none. `instance_class` says what it is, and
    the other keys of the server are its owner's."""
    snapshot: str | None = Field(
        default=None,
        pattern=r"^(arn:[a-z-]+:rds:[a-z0-9-]+:\d{12}:snapshot:)?((rds|awsbackup):)?[A-Za-z][A-Za-z0-9-]*$",
        examples=["shop-prod-ledger-final"],
    )
    """Snapshot to start from: its name, or the ARN of one that is shared. A change replaces the database."""
    backup_window: str = Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$", examples=["02:00-03:00"])
    """UTC."""
    maintenance_window: str = Field(
        pattern=r"^(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d-(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d$"
    )
    """UTC."""


class Pool(Model):
    kind: PoolKind = Field(strict=False)
    """What pools connections."""
    mode: PoolMode = Field(strict=False)
    """How long a client holds a server connection: a transaction, or its whole session."""
    size: int = Field(ge=1, le=5000)
    """Server connections that one replica of the service may hold (or, with a pool, that it asks of it)."""
    session_features: list[Annotated[SessionFeature, Field(strict=False)]] = []
    """What the application uses that needs one server connection throughout."""


class Cache(Model):
    enabled: bool
    """Make a cache."""
    engine: CacheEngine = Field(strict=False)
    """What kind of cache."""
    engine_version: str = Field(pattern=r"^\d+(\.\d+)?$")
    """Version of the engine."""
    node_type: str
    """Size of a node."""
    replicas: int = Field(ge=0, le=5)
    """Copies beside the primary; the first one takes over when it fails."""
    multi_az: bool
    """Nodes in several zones, with failover."""
    snapshot_days: int = Field(ge=0, le=35)
    """Days that snapshots are kept; 0 makes none."""
    eviction_policy: str = Field(pattern=r"^(noeviction|(allkeys|volatile)-(lru|lfu|random)|volatile-ttl)$")
    """What goes when memory is full."""
    existing: ExistingCache | None = None
    """A cache that is there already: use it and make none."""


class Migrations(Model):
    enabled: bool
    """Run migrations before each rollout."""
    command: list[str] = []
    """What brings the schema up to this image's version; it runs before the new version takes traffic."""
    down_command: list[str] = []
    """What takes the last step back."""
    timeout_seconds: int = Field(ge=10, le=86_400)
    """After this a run is killed and the rollout stops."""
    lock_timeout_seconds: int = Field(ge=1, le=3600)
    """How long a run waits for another one to end."""


class Alarms(WebAlarms):
    database_cpu_percent: Percent
    """CPU use at which to alarm."""
    connections_percent: Percent
    """Connections in use, of all that the database allows."""
    free_storage_percent: Percent
    """Storage left at which to alarm."""
    replica_lag_seconds: int = Field(ge=1, le=86_400)
    """Lag of a read replica at which to alarm."""
    cache_memory_percent: Percent
    """Memory use of the cache at which to alarm."""


class DataApi(WebApi):
    database: Database
    """The PostgreSQL database."""
    pool: Pool
    """How connections to it are shared."""
    cache: Cache
    """The cache."""
    migrations: Migrations
    """How its schema changes."""
    alarms: Alarms
    """When people are told, and of what."""
    dashboard: bool
    """A dashboard with requests, queries, connections, lag and cache hits."""
