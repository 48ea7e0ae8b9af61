"""The token of the service app, and its refresh token in the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from bot.core import logs
from bot.core.config import Config
from bot.core.errors import ConfigError, DatabaseError, Unavailable
from bot.store import tokens
from bot.store.database import Store
from bot.store.encryption import Cipher, DecryptionError
from bot.webex.client import FixedToken, TokenSource
from bot.webex.tokens import Credentials, ServiceAppToken

log = logs.get_logger("service_app")

KEY_LOST = (
    "Set PROVBOT_KEY to the key that encrypted it. If that key is lost, generate new tokens for the"
    " service app on {portal}, and set the new WEBEX_SERVICE_APP_REFRESH_TOKEN."
)


@dataclass(frozen=True)
class RefreshTokens:
    """Keeps the newest refresh token in the database, for `bot.webex.tokens`."""

    store: Store
    configured: str = field(repr=False)
    cipher: Cipher = tokens.PLAIN

    async def load(self) -> str | None:
        """Return the newest token, if there is one. Raises Unavailable if the database fails."""
        try:
            return await self.store.call(tokens.load, self.configured, self.cipher)
        except DatabaseError as error:
            raise Unavailable(503, "The refresh token cannot be read at the moment.") from error

    async def save(self, refresh_token: str) -> None:
        """Store the newest token."""
        await self.store.call(tokens.save, self.configured, refresh_token, self.cipher)


async def readable(config: Config, store: Store) -> Cipher:
    """Return the cipher of the database, and change nothing there.

    Raises ConfigError if no key decrypts the refresh token that is needed.
    """
    cipher = Cipher(config.keys)
    if config.refresh_token:
        with _explained(config):
            await store.call(tokens.load, config.refresh_token.get_secret_value(), cipher)
    return cipher


async def unlocked(config: Config, store: Store) -> Cipher:
    """Return the cipher of the database, after it has encrypted everything with the first key.

    Raises ConfigError if no key decrypts the refresh token that is needed.
    """
    cipher = Cipher(config.keys)
    configured = config.refresh_token.get_secret_value() if config.refresh_token else None
    with _explained(config):
        written = await store.call(tokens.reencrypt, configured, cipher)
    if cipher.has_key and not await store.truncate_wal():
        log.warning("wal_truncate_failed")
    if written:
        log.info("secrets_reencrypted", written=written)
    return cipher


@contextmanager
def _explained(config: Config) -> Iterator[None]:
    try:
        yield
    except DecryptionError as error:
        advice = KEY_LOST.format(portal=config.cloud.portal)
        raise ConfigError(f"{error} {advice}") from error


def service_app(
    config: Config, http: httpx.AsyncClient, store: Store, cipher: Cipher = tokens.PLAIN
) -> TokenSource:
    """Return the token source of the admin APIs: a refresh grant, or a fixed token for a trial."""
    if config.access_token is not None:
        return FixedToken(config.access_token.get_secret_value())
    # Config checks that these are set.
    assert config.client_id  # noqa: S101
    assert config.client_secret  # noqa: S101
    assert config.refresh_token  # noqa: S101
    configured = config.refresh_token.get_secret_value()
    credentials = Credentials(config.client_id, config.client_secret.get_secret_value(), configured)
    return ServiceAppToken(
        http, config.api_url, credentials, RefreshTokens(store, configured, cipher), time.time
    )
