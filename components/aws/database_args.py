"""Inputs of `Database`."""

from typing import NotRequired, TypedDict

import pulumi


class ExistingReplicaArgs(TypedDict):
    resource_id: pulumi.Input[str]
    host: pulumi.Input[str]


class ExistingDatabaseArgs(TypedDict):
    """An RDS or Aurora PostgreSQL server that is there already. The users that bindings name must exist."""

    resource_id: pulumi.Input[str]
    """What stands in the ARNs of its users: the DbiResourceId (`db-…`), or the id of an Aurora cluster
    (`cluster-…`) or of a proxy (`prx-…`)."""
    host: pulumi.Input[str]
    port: NotRequired[int]
    """Default: 5432."""
    cidr: NotRequired[pulumi.Input[str]]
    """Range that its addresses lie in. Default: `vpc_cidr`."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """Its security group, which lets `clients` in by a rule that is made here. Left out, its owner does."""
    replicas: NotRequired[list[ExistingReplicaArgs]]
    master_user: NotRequired[pulumi.Input[str]]
    """Default: administrator."""
    master_secret_arn: NotRequired[pulumi.Input[str]]
    master_secret_key_arn: NotRequired[pulumi.Input[str]]
    """The customer-managed key of that secret, where it has one."""


class BackupCopyArgs(TypedDict):
    """Automated backups in a second region, from where any point in time can be restored too."""

    region: str
    key_arn: pulumi.Input[str]
    """Customer-managed key of that region."""
    days: NotRequired[pulumi.Input[int]]
    """Default: as long as in the first region."""


class DatabasePoolArgs(TypedDict):
    """RDS Proxy between the clients and the database."""

    connections_percent: NotRequired[pulumi.Input[int]]
    """Share of max_connections that the proxy may hold. Default: 90."""
    borrow_seconds: NotRequired[pulumi.Input[int]]
    """How long a client waits for a connection before it gets an error. Default: 120."""
    idle_client_seconds: NotRequired[pulumi.Input[int]]
    """Idle time after which a client is disconnected. Default: 1800."""


class DatabaseArgs(TypedDict):
    """Settings of an RDS PostgreSQL instance. With `existing`, all keys without NotRequired count still, and
    `database_name` and, where it has a security group, `clients`; the others are ignored."""

    account_id: pulumi.Input[str]
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    vpc_cidr: pulumi.Input[str]
    """Where the database's addresses lie; bindings let workloads out to it."""
    existing: NotRequired[ExistingDatabaseArgs]
    """Use this database and create none."""
    identifier: NotRequired[pulumi.Input[str]]
    """Name of the instance: log groups and the final snapshot are named after it beforehand. A change renames
    the instance in place."""
    vpc_id: NotRequired[pulumi.Input[str]]
    subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """In two zones at least, without a way out to the internet."""
    clients: NotRequired[dict[str, pulumi.Input[str]]]
    """Security groups that may connect, by short name. Default: none."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Customer-managed key of storage, backups, statistics and master secret. A change replaces the
    database."""
    logs_key_arn: NotRequired[pulumi.Input[str]]
    log_days: NotRequired[int]
    """Days that the server log is kept in CloudWatch. Default: 365."""
    engine_version: NotRequired[str]
    """`16`, or `16.8`; without a minor version RDS keeps it current. Default: 16. A change upgrades it."""
    instance_class: NotRequired[str]
    """Default: db.t4g.medium. A change restarts the database; with a standby, in about a minute."""
    storage_gb: NotRequired[int]
    """Default: 20. Can only grow."""
    max_storage_gb: NotRequired[int]
    """Storage grows by itself up to this. Default: it does not."""
    iops: NotRequired[int]
    """Default: what gp3 includes."""
    database_name: NotRequired[pulumi.Input[str]]
    """Database made at the start. Default: app. A change replaces the instance."""
    multi_az: NotRequired[bool]
    """A standby in another zone takes over by itself. Default: true."""
    read_replicas: NotRequired[int]
    """0 to 5. Default: 0. With any, a function rotates the master password: RDS does not do it then."""
    replica_class: NotRequired[str]
    """Default: `instance_class`."""
    backup_days: NotRequired[int]
    """Days over which any point in time can be restored, 0 to 35. Default: 30."""
    backup_window: NotRequired[pulumi.Input[str]]
    """UTC. Default: 02:00-03:00."""
    maintenance_window: NotRequired[pulumi.Input[str]]
    """UTC. Default: sun:03:30-sun:04:30."""
    backup_copy: NotRequired[BackupCopyArgs]
    snapshot: NotRequired[pulumi.Input[str]]
    """Snapshot to start from: a name, or an ARN of another account's that is shared. It is copied under
    `key_arn`, and brings database name and master user. A change, and leaving it out later, replaces the
    database."""
    slow_query_ms: NotRequired[int]
    """Statements that take longer are logged. Default: 500."""
    libraries: NotRequired[list[str]]
    """Preloaded libraries beside pgaudit and pg_stat_statements."""
    parameters: NotRequired[dict[str, str]]
    """Server parameters. They win over those that the component sets, but cannot turn TLS or audit off."""
    monitoring_seconds: NotRequired[int]
    """Interval of enhanced monitoring: 1, 5, 10, 15, 30, 60, or 0 for none. Default: 60."""
    insights_days: NotRequired[int]
    """Days of query statistics: 7, 31 to 731 in months of 31, or 0 for none. Default: 7."""
    pool: NotRequired[DatabasePoolArgs]
    allow_major_upgrade: NotRequired[bool]
    """Default: false: a new major version in `engine_version` is refused."""
    blue_green: NotRequired[bool]
    """Make changes on a copy and switch over, in about a minute. Default: false. Not with read replicas."""
    apply_immediately: NotRequired[bool]
    """Do not wait for the maintenance window. Default: false."""
    protect: NotRequired[bool]
    """Refuse to delete the database, in Pulumi and in RDS, keep its backups, and ask for a standby. Default:
    false."""
    final_snapshot: NotRequired[bool]
    """Keep a snapshot when the database is deleted. Default: `protect`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
