import pytest
from spec_table import Case

DATA = "data_api"
CLUSTER = "database: {runtime: cluster, extensions: [timescaledb]}\npool: {kind: pgbouncer}"

CASES = [
    Case(
        "SM2401",
        "pool: {size: 63}",
        "pool: {size: 62}",
        "overrides.pool.size",
        "12 replicas × 63 connections are 756; db.m7g.large allows 828, of which a tenth stays free",
        pattern=DATA,
    ),
    Case(
        "SM2401",
        "database: {parameters: {max_connections: '133'}}",
        "database: {parameters: {max_connections: '134'}}",
        "overrides.database.parameters.max_connections",
        "12 replicas × 10 connections are 120; max_connections allows 133, of which a tenth stays free",
        pattern=DATA,
    ),
    Case(
        "SM2401",
        "pool: {kind: none}\ndatabase: {runtime: cluster, parameters: {max_connections: '133'}}",
        "pool: {kind: none}\ndatabase: {runtime: cluster}",
        "overrides.database.parameters.max_connections",
        "12 replicas × 10 connections are 120; max_connections allows 133, of which a tenth stays free",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2416",
        "database: {parameters: {max_connections: '902'}}",
        "database: {parameters: {max_connections: '901'}}",
        "overrides.database.parameters.max_connections",
        "max_connections is 902, the 8 GiB of db.m7g.large hold about 901",
        pattern=DATA,
        severity="warning",
    ),
    Case(
        "SM2401",
        "database: {instance_class: db.t4g.micro}",
        "database: {instance_class: db.t4g.small}",
        "overrides.database.instance_class",
        "12 replicas × 10 connections are 120; db.t4g.micro allows 78, of which a tenth stays free",
        pattern=DATA,
    ),
    Case(
        "SM2402",
        "database:\n  extensions: [pgcrypto, timescaledb]",
        CLUSTER,
        "overrides.database.extensions.1",
        "RDS does not have timescaledb",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2403",
        "database: {extensions: [citus]}",
        "database: {extensions: [pg_partman]}",
        "overrides.database.extensions.0",
        "the cloud's PostgreSQL does not have 'citus'",
        pattern=DATA,
    ),
    Case(
        "SM2404",
        "database: {instance_class: db.m99.huge}",
        "database: {instance_class: db.r7g.xlarge}",
        "overrides.database.instance_class",
        "'db.m99.huge' is not in the table of instance classes",
        pattern=DATA,
        severity="warning",
    ),
    Case(
        "SM2405",
        "database: {multi_az: false}",
        "database: {multi_az: true}",
        "overrides.database.multi_az",
        "a critical service has its database in one zone",
        pattern=DATA,
        identity="tier: critical",
    ),
    Case(
        "SM2406",
        "pool: {session_features: [prepared_statements]}",
        "pool: {session_features: [prepared_statements], kind: pgbouncer}",
        "overrides.pool.session_features",
        "rds_proxy in transaction mode pins connections for prepared_statements",
        pattern=DATA,
    ),
    Case(
        "SM2406",
        "pool: {session_features: [listen_notify, advisory_locks], kind: pgbouncer}",
        "pool: {session_features: [listen_notify, advisory_locks], kind: pgbouncer, mode: session}",
        "overrides.pool.session_features",
        "pgbouncer in transaction mode breaks listen_notify, advisory_locks",
        pattern=DATA,
    ),
    Case(
        "SM2407",
        "database: {storage_gb: 100, max_storage_gb: 109}",
        "database: {storage_gb: 100, max_storage_gb: 110}",
        "overrides.database.max_storage_gb",
        "max_storage_gb 109 is less than 10 % above storage_gb 100",
        pattern=DATA,
    ),
    Case(
        "SM2408",
        "database: {monitoring_seconds: 20}",
        "database: {monitoring_seconds: 15}",
        "overrides.database.monitoring_seconds",
        "monitoring_seconds cannot be 20",
        pattern=DATA,
    ),
    Case(
        "SM2408",
        "database: {performance_insights_days: 30}",
        "database: {performance_insights_days: 31}",
        "overrides.database.performance_insights_days",
        "performance_insights_days cannot be 30",
        pattern=DATA,
    ),
    Case(
        "SM2409",
        "migrations: {down_command: []}",
        "migrations: {down_command: [], enabled: false}",
        "overrides.migrations.down_command",
        "migrations are on, but migrations.down_command is empty",
        pattern=DATA,
    ),
    Case(
        "SM2410",
        "pool: {kind: rds_proxy}",
        "pool: {kind: pgbouncer}",
        "overrides.pool.kind",
        "there is no RDS Proxy on azure",
        pattern=DATA,
        cloud="azure",
    ),
    Case(
        "SM2411",
        "database: {backup_days: 6}",
        "database: {backup_days: 7}",
        "overrides.database.backup_days",
        "backups are kept for 6 days",
        pattern=DATA,
    ),
    Case(
        "SM2412",
        "database: {instance_class: db.t4g.large}",
        "database: {instance_class: db.m7g.large}",
        "overrides.database.instance_class",
        "db.t4g.large is burstable",
        pattern=DATA,
        identity="tier: critical",
        severity="warning",
    ),
    Case(
        "SM2413",
        'database: {backup_window: "03:00-04:00"}',
        'database: {backup_window: "02:30-03:30"}',
        "overrides.database.backup_window",
        "backups run 03:00-04:00, maintenance sun:03:30-sun:04:30",
        pattern=DATA,
    ),
    Case(
        "SM2413",
        'database: {maintenance_window: "sat:23:30-sun:02:30"}',
        'database: {maintenance_window: "sat:23:30-sun:02:00"}',
        "overrides.database.maintenance_window",
        "backups run 02:00-03:00, maintenance sat:23:30-sun:02:30",
        pattern=DATA,
    ),
    Case(
        "SM2414",
        "migrations: {lock_timeout_seconds: 901}",
        "migrations: {lock_timeout_seconds: 900}",
        "overrides.migrations.lock_timeout_seconds",
        "a migration may wait 901 s for another one, but is killed after 900 s",
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "database: {runtime: cluster}",
        "database: {runtime: cluster}\npool: {kind: none}",
        "overrides.database.runtime",
        "rds_proxy cannot stand before a database on the cluster: it serves RDS only",
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "database: {runtime: cluster, snapshot: rds-orders}\npool: {kind: none}",
        "database: {runtime: managed, snapshot: rds-orders}\npool: {kind: none}",
        "overrides.database.runtime",
        "a database on the cluster cannot start from a snapshot of the cloud's service",
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "pool: {kind: none}\ndatabase: {runtime: cluster, read_replicas: 1}",
        "pool: {kind: none}\ndatabase: {runtime: cluster, read_replicas: 0}",
        "overrides.database.runtime",
        "a database on the cluster has no read replicas",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "pool: {kind: none}\ndatabase: {runtime: cluster, backup_region: eu-west-1}",
        "pool: {kind: none}\ndatabase: {runtime: managed, backup_region: eu-west-1}",
        "overrides.database.runtime",
        "backups of a database on the cluster stay in its region",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "pool: {kind: none}\ndatabase: {runtime: cluster, existing: {resource_id: db-A1, host: db}}",
        "pool: {kind: none}\ndatabase: {runtime: managed, existing: {resource_id: db-A1, host: db}}",
        "overrides.database.runtime",
        "a database cannot be there already and run on this service's part of the cluster",
        line=6,
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "database: {blue_green: true, read_replicas: 2}",
        "database: {blue_green: false, read_replicas: 2}",
        "overrides.database.blue_green",
        "blue_green would leave the read replicas behind: they are resources of their own",
        pattern=DATA,
    ),
    Case(
        "SM2110",
        "cache: {replicas: 0}",
        "cache: {replicas: 0, enabled: false}",
        "overrides.cache.replicas",
        "a cache over several zones needs a replica to fail over to",
        pattern=DATA,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trips(case: Case) -> None:
    case.assert_trips()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_near_miss(case: Case) -> None:
    case.assert_near_miss()


@pytest.mark.parametrize("cloud", ["aws", "azure"])
@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_defaults_fit_together(cloud: str, environment: str) -> None:
    Case("", "", "{}", "", "", pattern=DATA, cloud=cloud, environment=environment).assert_near_miss()
