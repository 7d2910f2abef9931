"""Sign-in on AWS: tokens of the service's own role, or a secret. Nothing is kept longer than it is valid."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from botocore.model import ServiceId
from botocore.session import get_session
from botocore.signers import RequestSigner
from redis.credentials import CredentialProvider

from .aws import client, region_of
from .settings import DatabaseSettings, Settings, SignIn

SECRET_SECONDS = 30.0
"""How soon a password that was rotated is used."""
TOKEN_SECONDS = 900
"""How long a token is valid. A connection that was opened with it stays open."""


def password_source(settings: DatabaseSettings, auth: SignIn) -> Callable[[str], Awaitable[str | None]]:
    """What gives the password for each new connection, by host."""
    if auth == "iam":
        return _tokens(settings)
    if auth == "secret":
        return _Secret(settings.database_secret_arn or "").read
    return _nothing


def cache_credentials(settings: Settings) -> CredentialProvider | None:
    """What signs in each new connection to the cache; None where nothing is asked for."""
    if settings.cache_auth == "none":
        return None
    return CacheTokens(settings.cache_user or "", settings.cache_cache or "", settings.cache_region or "")


async def _nothing(_: str) -> None:
    return None


def _tokens(settings: DatabaseSettings) -> Callable[[str], Awaitable[str]]:
    rds = client("rds", region=settings.database_region)

    def token(host: str) -> str:
        made = rds.generate_db_auth_token(host, settings.database_port, settings.database_user)
        return str(made)

    async def made(host: str) -> str:
        # Signing is arithmetic, but the role's own credentials may have to be fetched first.
        return await asyncio.to_thread(token, host)

    return made


class _Secret:
    """A password in Secrets Manager, read again after a while."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._secrets = client("secretsmanager", region=region_of(arn))
        self._password, self._read_at = "", float("-inf")
        self._lock = asyncio.Lock()

    async def read(self, _: str) -> str:
        async with self._lock:
            if time.monotonic() - self._read_at > SECRET_SECONDS:
                answer = await asyncio.to_thread(self._secrets.get_secret_value, SecretId=self._arn)
                self._password, self._read_at = answer["SecretString"], time.monotonic()
            return self._password


class CacheTokens(CredentialProvider):
    """A token for ElastiCache: a signed request to connect, without its scheme. It is made anew for each
    connection. Source: Amazon ElastiCache User Guide, "Authenticating with IAM"."""

    def __init__(self, user: str, cache: str, region: str) -> None:
        self._user, self._cache, self._region = user, cache, region
        self._session = get_session()

    def get_credentials(self) -> tuple[str, str]:
        signer = RequestSigner(
            ServiceId("elasticache"),
            self._region,
            "elasticache",
            "v4",
            self._session.get_credentials(),
            self._session.get_component("event_emitter"),
        )
        request = {
            "method": "GET",
            "url": f"https://{self._cache}/?Action=connect&User={self._user}",
            "body": {},
            "headers": {},
            "context": {},
        }
        url = signer.generate_presigned_url(
            request, operation_name="connect", expires_in=TOKEN_SECONDS, region_name=self._region
        )
        return self._user, url.removeprefix("https://")

    async def get_credentials_async(self) -> tuple[str, str]:
        return await asyncio.to_thread(self.get_credentials)
