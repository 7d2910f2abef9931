"""The database: a pool for writes and one for reads, with a new sign-in for every new connection."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from .settings import DatabaseSettings, Settings
from .sign_in import password_source

CONNECT_SECONDS = 5
QUERY_SECONDS = 10.0
"""Longest time that one use of a connection may take, waiting for it included."""
LIFETIME_SECONDS = 1800.0
"""After this a connection is replaced: replicas that came are used, and failovers are noticed."""
IN_IMAGE = Path("/app/authorities.pem")

Connection = AsyncConnection[DictRow]
Password = Callable[[str], Awaitable[str | None]]
"""Host → password for it, made or read anew; None where none is asked for."""
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, TimeoutError)
"""What is raised where the database cannot be reached, or does not answer in time."""


@dataclass(frozen=True)
class Endpoint:
    """Where to connect, and as whom. hosts: any of them will do."""

    hosts: Sequence[str]
    port: int
    database: str
    user: str
    ssl_mode: str
    authorities: str | None

    async def parameters(self, password: Password) -> dict[str, Any]:
        """Of one new connection: as libpq and psycopg take them."""
        host = random.choice(self.hosts)  # noqa: S311 - no secret
        return {
            "host": host,
            "port": self.port,
            "dbname": self.database,
            "user": self.user,
            "password": await password(host),
            "sslmode": self.ssl_mode,
            "sslrootcert": self.authorities,
            "connect_timeout": CONNECT_SECONDS,
            # A connection whose other end is gone is noticed within a minute.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            # A pool in between hands each transaction to another server process.
            "prepare_threshold": None,
            "autocommit": True,
            "row_factory": dict_row,
        }


def endpoint_of(settings: DatabaseSettings) -> Endpoint:
    return Endpoint(
        (settings.database_host,),
        settings.database_port,
        settings.database_database,
        settings.database_user,
        settings.database_ssl_mode,
        authorities_file(settings),
    )


def read_endpoint_of(settings: Settings) -> Endpoint | None:
    """Where reads go; None where they go to where writes go."""
    if not settings.database_read_hosts or not settings.database_read_user:
        return None
    return Endpoint(
        tuple(host.strip() for host in settings.database_read_hosts.split(",") if host.strip()),
        settings.database_read_port,
        settings.database_database,
        settings.database_read_user,
        settings.database_read_ssl_mode,
        authorities_file(settings),
    )


def authorities_file(settings: DatabaseSettings) -> str | None:
    """File with the certificates that servers are checked against; None where nothing is encrypted."""
    if settings.database_authorities:
        with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
            file.write(settings.database_authorities)
        return file.name
    if settings.database_ssl_mode == "disable":
        return str(IN_IMAGE) if IN_IMAGE.exists() else None
    return str(IN_IMAGE) if IN_IMAGE.exists() else "system"


class Database:
    """Two pools, open for as long as the context is. They fill in the background: the service starts, and is
    not ready, while the database is away."""

    def __init__(self, write: AsyncConnectionPool[Connection], read: AsyncConnectionPool[Connection]) -> None:
        self._write, self._read = write, read
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for pool in {self._write, self._read}:
            await pool.open(wait=False)
            self._opened.push_async_callback(pool.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._opened.aclose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """A connection in a transaction: all of it is done, or nothing. Raises one of AWAY."""
        async with (
            asyncio.timeout(QUERY_SECONDS),
            self._write.connection() as connection,
            connection.transaction(),
        ):
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection to read from; it may be a moment behind. Raises one of AWAY."""
        async with asyncio.timeout(QUERY_SECONDS), self._read.connection() as connection:
            yield connection

    async def check(self) -> None:
        """Raises where the database does not answer."""
        async with self._write.connection(timeout=1) as connection:
            await connection.execute("SELECT 1")


def open_database(settings: Settings) -> Database:
    """The pools that the settings ask for. They open with the context."""
    size = settings.database_pool_size
    write = pool(endpoint_of(settings), password_source(settings, settings.database_auth), size)
    where = read_endpoint_of(settings)
    if where is None:
        return Database(write, write)
    # What reads signs in as a user that cannot write.
    read_settings = settings.model_copy(
        update={"database_user": where.user, "database_port": where.port},
    )
    return Database(write, pool(where, password_source(read_settings, settings.database_read_auth), size))


def pool(endpoint: Endpoint, password: Password, size: int) -> AsyncConnectionPool[Connection]:
    async def parameters() -> dict[str, Any]:
        return await endpoint.parameters(password)

    return AsyncConnectionPool(
        kwargs=parameters,
        connection_class=AsyncConnection[DictRow],
        min_size=min(2, size),
        max_size=size,
        max_lifetime=LIFETIME_SECONDS,
        timeout=CONNECT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
