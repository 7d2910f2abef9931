"""A data API's database, connections, cache and migrations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from skymason.diagnostics import Diagnostic, Severity, define
from skymason.patterns.checks.subject import Subject, check
from skymason.patterns.instance_classes import max_connections
from skymason.patterns.models.common import Tier
from skymason.patterns.models.data_api import DataApi, DatabaseRuntime, PoolKind, PoolMode, SessionFeature

TOO_MANY_CONNECTIONS = define(
    "SM2401",
    "Replicas may open more connections than the database has",
    "At full scale new replicas are then refused, just when they are needed.",
)
NO_TIMESCALE = define(
    "SM2402",
    "TimescaleDB is not available on RDS",
    "RDS has a fixed list of extensions, and TimescaleDB's licence keeps it off the clouds' own services.",
)
NO_EXTENSION = define(
    "SM2403", "Extension is not available here", "The cloud's service has a fixed list of extensions."
)
UNKNOWN_CLASS = define(
    "SM2404", "Instance class is unknown", "Its connections cannot be checked, and the cloud may refuse it."
)
SINGLE_ZONE = define(
    "SM2405",
    "Critical database in a single zone",
    "The loss of the zone is then an outage until the database is restored from a backup.",
)
PINNED = define(
    "SM2406",
    "Session features defeat pooling by transaction",
    "What belongs to a session gets lost between transactions, or pins the connection to one client.",
)
STORAGE_SHRINKS = define(
    "SM2407", "Storage may not grow", "Autoscaling needs room of at least 10 % above what is allocated."
)
BAD_INTERVAL = define(
    "SM2408", "Interval or retention that RDS does not offer", "RDS takes certain values only."
)
NO_WAY_BACK = define(
    "SM2409",
    "Migration without a way back",
    "A rollout that fails after its migration leaves the old version with a new schema.",
)
WRONG_POOL = define(
    "SM2410", "Pool is not available on this cloud", "RDS Proxy serves RDS; elsewhere PgBouncer is there."
)
SHORT_BACKUPS = define(
    "SM2411",
    "Backups are kept too short",
    "A mistake that is found after a week must still be possible to undo.",
)
BURSTABLE = define(
    "SM2412",
    "Critical database on a burstable class",
    "It slows to a fraction of its speed when its credits are used up: under load, when it matters.",
)
WINDOWS_OVERLAP = define("SM2413", "Backup and maintenance overlap", "RDS refuses windows that overlap.")
MIGRATION_LOCK = define(
    "SM2414",
    "Migration gives up before another one can end",
    "Two rollouts in a row then fail the second one although nothing is wrong.",
)

PARAMETER = "database.parameters.max_connections"

ROOM = 0.9
"""Part of the connections that replicas may take: the rest is for migrations, monitoring and people."""

MONITORING_SECONDS = (0, 1, 5, 10, 15, 30, 60)
INSIGHT_DAYS = (0, 7, *(31 * months for months in range(1, 24)), 731)
"""Source: RDS API reference, ModifyDBInstance, MonitoringInterval and PerformanceInsightsRetentionPeriod."""

BACKUP_DAYS = 7

NOT_ON: Mapping[str, Mapping[str, str]] = {
    "aws": {
        "citus": "database.runtime: cluster, or partition tables with pg_partman",
        "age": "database.runtime: cluster",
        "pg_search": "database.runtime: cluster, or PostgreSQL's own full-text search",
    },
    "azure": {"pg_tle": "database.runtime: cluster"},
}
"""Cloud → extension that its service does not have → what to do instead. Sources: Amazon RDS for PostgreSQL
release notes, 'Extension versions'; Azure Database for PostgreSQL, 'Extensions'."""

_BY_SESSION = (
    SessionFeature.ADVISORY_LOCKS,
    SessionFeature.TEMPORARY_TABLES,
    SessionFeature.SESSION_SETTINGS,
    SessionFeature.LISTEN_NOTIFY,
)


@check(DataApi)
def connections(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    config = subject.config
    known, limit = _allowed(config)
    if config.database.runtime is DatabaseRuntime.CLUSTER and limit == config.database.instance_class:
        return  # there, the server is given as many as are wanted
    if known is None:
        yield subject.finding(
            UNKNOWN_CLASS,
            f"'{config.database.instance_class}' is not in the table of instance classes",
            "use a class of a current family, such as db.m7g.large or Standard_D2ds_v5",
            "database.instance_class",
            severity=Severity.WARNING,
        )
        return
    available, wanted = int(known * ROOM), config.scaling.max * config.pool.size
    if wanted > available:
        yield subject.finding(
            TOO_MANY_CONNECTIONS,
            f"{config.scaling.max} replicas × {config.pool.size} connections are {wanted}; "
            f"{limit} allows {known}, of which a tenth stays free",
            f"set pool.size to at most {max(available // config.scaling.max, 1)}, lower scaling.max, or "
            + (
                "take a larger database.instance_class"
                if limit == config.database.instance_class
                else f"raise {PARAMETER}"
            ),
            "pool.size",
            "scaling.max",
            "database.instance_class" if limit == config.database.instance_class else PARAMETER,
        )


def _allowed(config: DataApi) -> tuple[int | None, str]:
    """Connections that the database allows, and what says so: a parameter, else the class."""
    written = config.database.parameters.get("max_connections", "")
    if written.isdigit():
        return int(written), "max_connections"
    return max_connections(config.database.instance_class), config.database.instance_class


@check(DataApi)
def extensions(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    if database.runtime is not DatabaseRuntime.MANAGED:
        return
    for index, name in enumerate(database.extensions):
        key = f"database.extensions.{index}"
        if name == "timescaledb" and subject.cloud == "aws":
            yield subject.finding(
                NO_TIMESCALE,
                "RDS does not have timescaledb",
                "set database.runtime: cluster to run it on the cluster, use pg_partman with pg_cron on RDS, "
                "or write to Timestream",
                key,
                "database.runtime",
            )
        elif name in NOT_ON[subject.cloud]:
            yield subject.finding(
                NO_EXTENSION,
                f"the cloud's PostgreSQL does not have '{name}'",
                f"use {NOT_ON[subject.cloud][name]}",
                key,
                "database.runtime",
            )


@check(DataApi)
def pooling(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    pool = subject.config.pool
    if pool.kind is PoolKind.RDS_PROXY and subject.cloud != "aws":
        yield subject.finding(
            WRONG_POOL, f"there is no RDS Proxy on {subject.cloud}", "set pool.kind: pgbouncer", "pool.kind"
        )
    if pool.kind is PoolKind.NONE or pool.mode is not PoolMode.TRANSACTION:
        return
    # PgBouncer keeps track of prepared statements since 1.21; RDS Proxy pins the connection for them.
    harmful = set(_BY_SESSION)
    if pool.kind is PoolKind.RDS_PROXY:
        harmful.add(SessionFeature.PREPARED_STATEMENTS)
    used = [str(feature) for feature in pool.session_features if feature in harmful]
    if used:
        effect = "pins connections for" if pool.kind is PoolKind.RDS_PROXY else "breaks"
        yield subject.finding(
            PINNED,
            f"{pool.kind} in transaction mode {effect} {', '.join(used)}",
            "set pool.mode: session and lower pool.size, or stop using them in the application",
            "pool.session_features",
            "pool.mode",
            "pool.kind",
        )


@check(DataApi)
def storage(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    if database.max_storage_gb * 10 < database.storage_gb * 11:
        yield subject.finding(
            STORAGE_SHRINKS,
            f"max_storage_gb {database.max_storage_gb} is less than 10 % above storage_gb "
            f"{database.storage_gb}",
            f"set database.max_storage_gb to at least {-(-database.storage_gb * 11 // 10)}",
            "database.max_storage_gb",
            "database.storage_gb",
        )


@check(DataApi)
def resilience(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database, facts = subject.config.database, subject.facts
    if facts.relaxed:
        return
    if database.backup_days < BACKUP_DAYS:
        yield subject.finding(
            SHORT_BACKUPS,
            f"backups are kept for {database.backup_days} days",
            f"set database.backup_days to at least {BACKUP_DAYS}",
            "database.backup_days",
        )
    if subject.document.service.tier is not Tier.CRITICAL:
        return
    if not database.multi_az:
        yield subject.finding(
            SINGLE_ZONE,
            "a critical service has its database in one zone",
            "set database.multi_az: true",
            "database.multi_az",
        )
    if database.instance_class.startswith(("db.t", "Standard_B")):
        yield subject.finding(
            BURSTABLE,
            f"{database.instance_class} is burstable",
            "take a class of the m or r family, or of D or E on Azure",
            "database.instance_class",
            severity=Severity.WARNING,
        )


@check(DataApi)
def offered(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    database = subject.config.database
    if subject.cloud != "aws" or database.runtime is not DatabaseRuntime.MANAGED:
        return
    for key, allowed in (
        ("monitoring_seconds", MONITORING_SECONDS),
        ("performance_insights_days", INSIGHT_DAYS),
    ):
        value = getattr(database, key)
        if value not in allowed:
            near = min(allowed, key=lambda item: abs(item - value))
            yield subject.finding(
                BAD_INTERVAL,
                f"{key} cannot be {value}",
                f"set database.{key} to {near}; allowed: {', '.join(map(str, allowed))}",
                f"database.{key}",
            )
    if _overlap(database.backup_window, database.maintenance_window):
        yield subject.finding(
            WINDOWS_OVERLAP,
            f"backups run {database.backup_window}, maintenance {database.maintenance_window}",
            "move one of the two windows",
            "database.maintenance_window",
            "database.backup_window",
        )


@check(DataApi)
def migrations(subject: Subject[DataApi]) -> Iterator[Diagnostic]:
    migrations = subject.config.migrations
    if not migrations.enabled:
        return
    missing = [name for name in ("command", "down_command") if not getattr(migrations, name)]
    for name in missing:
        yield subject.finding(
            NO_WAY_BACK,
            f"migrations are on, but migrations.{name} is empty",
            f"set migrations.{name}, or migrations.enabled: false",
            f"migrations.{name}",
            "migrations.enabled",
        )
    if migrations.lock_timeout_seconds > migrations.timeout_seconds:
        yield subject.finding(
            MIGRATION_LOCK,
            f"a migration may wait {migrations.lock_timeout_seconds} s for another one, but is killed after "
            f"{migrations.timeout_seconds} s",
            f"set migrations.timeout_seconds above {migrations.lock_timeout_seconds}",
            "migrations.timeout_seconds",
            "migrations.lock_timeout_seconds",
        )


def _overlap(daily: str, weekly: str) -> bool:
    """Whether a daily window (`02:00-03:00`) and a weekly one (`sun:03:30-sun:04:30`) share a minute."""
    first, last = (_minutes(time) for time in daily.split("-"))
    begin, _, end = weekly.partition("-")
    start, stop = _minutes(begin[4:]), _minutes(end[4:])
    return bool(_span(first, last) & _span(start, stop))


def _span(first: int, last: int) -> set[int]:
    return set(range(first, last)) if first < last else {*range(first, 1440), *range(last)}


def _minutes(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
