"""Server parameters of PostgreSQL on RDS: what every database gets, and when a change takes effect."""

from collections.abc import Mapping, Sequence

AUDITED = ("pg_stat_statements", "pgaudit")
# Read at start alone. Source: context 'postmaster' in pg_settings.
STATIC = frozenset(
    {
        "shared_preload_libraries",
        "max_connections",
        "shared_buffers",
        "huge_pages",
        "track_activity_query_size",
        "max_worker_processes",
        "max_wal_senders",
        "max_replication_slots",
        "max_prepared_transactions",
        "max_locks_per_transaction",
        "autovacuum_max_workers",
        "wal_buffers",
        "rds.logical_replication",
    }
)


def parameters(
    slow_query_ms: int, libraries: Sequence[str] = (), overrides: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """Parameters in order of name, as a parameter group takes them.

    libraries: preloaded beside those for audit and statistics. overrides: win, except for `rds.force_ssl`
    and the libraries. Static parameters wait for the next restart, which RDS wants said.
    """
    wanted = {
        "idle_in_transaction_session_timeout": "300000",
        "log_connections": "1",
        "log_disconnections": "1",
        "log_lock_waits": "1",
        "log_min_duration_statement": str(slow_query_ms),
        "log_temp_files": "10240",
        "pgaudit.log": "ddl,role",
        "ssl_min_protocol_version": "TLSv1.2",
        "track_io_timing": "1",
        **(overrides or {}),
        "rds.force_ssl": "1",
        "shared_preload_libraries": ",".join(dict.fromkeys([*AUDITED, *libraries])),
    }
    return [
        {
            "name": name,
            "value": value,
            "apply_method": "pending-reboot" if name in STATIC else "immediate",
        }
        for name, value in sorted(wanted.items())
    ]
