"""The cache: what is read often, by id and version. Everything works without it, only slower."""

import logging
import time
from collections.abc import Awaitable
from typing import Any, Protocol, Self, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .settings import Settings
from .sign_in import cache_credentials

TIMEOUT_SECONDS = 0.25
"""A cache that is slower than this is slower than the database."""
REST_SECONDS = 5.0
"""It is left alone for so long after it has failed."""
GONE = ""
"""Stands for something that was deleted."""

# What is older never replaces what is newer: not a reader's copy from a replica that is behind, and not
# that of two writers that comes last by chance.
_PUT = """
local kept = redis.call('GET', KEYS[1])
if kept and tonumber(string.match(kept, '^(%d+):')) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'EX', ARGV[3])
return 1
"""

logger = logging.getLogger(__name__)


class Cache(Protocol):
    """Values by key, each with a version."""

    async def get(self, key: str) -> str | None:
        """The value; GONE where it was deleted, None where nothing is known."""

    async def put(self, key: str, value: str, version: int) -> None:
        """Keep the value, unless a version that is as new, or newer, is kept."""


class NoCache:
    """Where the service has none."""

    async def get(self, key: str) -> str | None:
        return None

    async def put(self, key: str, value: str, version: int) -> None:
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class RedisCache:
    """Valkey or Redis. An error is logged, and for a while it is not asked again: nothing is known then.

    prefix: of the keys, so that several services may share a cache.
    """

    def __init__(self, client: Redis, prefix: str, seconds: int) -> None:
        self._client, self._prefix, self._seconds = client, prefix, seconds
        self._put = client.register_script(_PUT)
        self._rests_until = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, key: str) -> str | None:
        kept = await self._asked(self._client.get(f"{self._prefix}:{key}"))
        return None if kept is None else str(kept).partition(":")[2]

    async def put(self, key: str, value: str, version: int) -> None:
        call = self._put(keys=[f"{self._prefix}:{key}"], args=[version, value, self._seconds])
        await self._asked(cast(Awaitable[Any], call))

    async def _asked(self, call: Awaitable[Any]) -> Any:
        if time.monotonic() < self._rests_until:
            cast(Any, call).close()
            return None
        try:
            return await call
        except (RedisError, OSError, TimeoutError) as error:
            self._rests_until = time.monotonic() + REST_SECONDS
            logger.warning("the cache is away", exc_info=error)
            return None


def open_cache(settings: Settings) -> RedisCache | NoCache:
    """The cache that the settings name."""
    if settings.cache_host is None:
        return NoCache()
    client = Redis(
        host=settings.cache_host,
        port=settings.cache_port,
        ssl=settings.cache_tls,
        credential_provider=cache_credentials(settings),
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=1,
        # What failed is asked of the database: that is faster than to try again.
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
        decode_responses=True,
    )
    return RedisCache(client, settings.service_name, settings.cache_seconds)
