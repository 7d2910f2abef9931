"""Changes of the database's schema: `up` brings it to this version's, `down` takes the last step back.

A step is a file in `migrations`, and one beside it that takes it back: `0001.name.sql` and
`0001.name.rollback.sql`. Steps are applied in the order of their names, each in a transaction unless its
first line is `-- transactional: false`. Every version must work with the schema of the one before, since
the replicas of both run side by side during a rollout: add first, remove in a later version.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import default_migration_table

from . import logs
from .database import endpoint_of
from .service_settings import load
from .settings import MigrationSettings
from .sign_in import password_source

FOLDER = Path(__file__).parents[1] / "migrations"
EX_TEMPFAIL = 75
"""Exit code of a run that another run kept waiting for too long, or that did not reach the database."""
POLL_SECONDS = 0.2
OF_PYTHON = ("row_factory", "prepare_threshold", "autocommit")
"""Parameters that are not libpq's."""

logger = logging.getLogger(__name__)


class LockedError(Exception):
    """Another run holds the lock, and does not end."""


def up(settings: MigrationSettings, folder: Path = FOLDER) -> list[str]:
    """Apply what is not yet applied. Returns the names of the steps."""
    with _locked(settings) as backend:
        steps = backend.to_apply(read_migrations(str(folder)))
        backend.apply_migrations(steps)
        return [step.id for step in steps]


def down(settings: MigrationSettings, folder: Path = FOLDER) -> list[str]:
    """Take the last step back. Returns its name, or nothing where there is none."""
    with _locked(settings) as backend:
        steps = backend.to_rollback(read_migrations(str(folder)))[:1]
        backend.rollback_migrations(steps)
        return [step.id for step in steps]


@contextmanager
def _locked(settings: MigrationSettings) -> Iterator[Any]:
    """The database, while no other run changes it.

    The lock belongs to a session of its own, outside of any transaction: it goes with the process that holds
    it, however that ends, and it blocks no step that must run outside of a transaction itself.
    """
    parameters = asyncio.run(
        endpoint_of(settings).parameters(password_source(settings, settings.database_auth))
    )
    for key in OF_PYTHON:
        parameters.pop(key)
    with psycopg.connect(**parameters, autocommit=True) as session:
        _lock(session, settings.migration_lock_id, settings.migration_lock_timeout_seconds)
        yield _backend(parameters)


def _lock(session: psycopg.Connection[Any], id: int, seconds: float) -> None:
    """Ask for the lock until it is free. A statement that waits in the database would itself hold up a step
    of the other run: CREATE INDEX CONCURRENTLY waits for every statement that began before it."""
    end = time.monotonic() + seconds
    while session.execute("SELECT pg_try_advisory_lock(%s)", (id,)).fetchone() != (True,):
        if time.monotonic() > end:
            raise LockedError(f"another run has held the lock for {seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def _backend(parameters: dict[str, Any]) -> Any:
    given = {key: value for key, value in parameters.items() if value is not None}
    named = {key: given.pop(key, None) for key in ("user", "password", "host", "port", "dbname")}
    address = DatabaseURI(
        scheme="postgresql+psycopg",
        username=named["user"],
        password=named["password"],
        hostname=named["host"],
        port=named["port"],
        database=named["dbname"],
        args=given,
    )
    backend = PostgresqlPsycopgBackend(address, default_migration_table)
    backend.init_database()
    return backend


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as `migrate up` or `migrate down`. Returns the process's exit code."""
    parser = argparse.ArgumentParser(prog="migrate", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("direction", choices=["up", "down"])
    direction = parser.parse_args(arguments).direction
    settings = load(MigrationSettings)
    logs.configure(settings.service_name, settings.environment, settings.log_level)
    try:
        steps = up(settings) if direction == "up" else down(settings)
    except (LockedError, psycopg.errors.LockNotAvailable) as error:
        logger.error("a lock is held too long: %s", error)
        return EX_TEMPFAIL
    except psycopg.OperationalError:
        logger.exception("the database is away")
        return EX_TEMPFAIL
    except Exception:
        logger.exception("a step failed; those before it are applied")
        return 1
    logger.info("migrated %s", direction, extra={"steps": steps})
    return 0


if __name__ == "__main__":
    sys.exit(main())
