"""Sign-in on Azure: tokens of the service's own identity, asked for with every new connection."""

import asyncio
from collections.abc import Awaitable, Callable

from azure.core.credentials import TokenCredential
from redis.credentials import CredentialProvider

from .azure_identity import credential
from .settings import DatabaseSettings, Settings, SignIn

DATABASE = "https://ossrdbms-aad.database.windows.net/.default"
"""What a token for PostgreSQL is for. Source: Azure Database for PostgreSQL, "Microsoft Entra
authentication"."""
CACHE = "https://redis.azure.com/.default"
"""What a token for a cache is for. Source: Azure Managed Redis, "Use Microsoft Entra ID"."""


def password_source(settings: DatabaseSettings, auth: SignIn) -> Callable[[str], Awaitable[str | None]]:
    """What gives the password for each new connection, by host."""
    if auth == "none":
        return _nothing
    tokens = credential()

    async def made(_: str) -> str:
        return await asyncio.to_thread(_token, tokens, DATABASE)

    return made


def cache_credentials(settings: Settings) -> CredentialProvider | None:
    """What signs in each new connection to the cache; None where nothing is asked for."""
    return None if settings.cache_auth == "none" else CacheTokens(settings.cache_user or "", credential())


class CacheTokens(CredentialProvider):
    """A token for the cache, as the identity with the object id `user`. The server ends connections whose
    token has ended; new ones come with a new token."""

    def __init__(self, user: str, tokens: TokenCredential) -> None:
        self._user, self._tokens = user, tokens

    def get_credentials(self) -> tuple[str, str]:
        return self._user, _token(self._tokens, CACHE)

    async def get_credentials_async(self) -> tuple[str, str]:
        return await asyncio.to_thread(self.get_credentials)


async def _nothing(_: str) -> None:
    return None


def _token(tokens: TokenCredential, scope: str) -> str:
    # It is kept until shortly before its end, and then fetched anew.
    return tokens.get_token(scope).token
