"""The newest refresh token: in memory at once, and in the store as soon as it can be written.

Webex may return a new refresh token with each exchange and then stops accepting the old one. If the
newest is lost, somebody must authorize the service app again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from bot.core import logs

log = logs.get_logger("tokens")

SAVE_TIMEOUT = 1.0  # seconds that a caller waits until it is saved; saving continues afterwards
LOAD_TIMEOUT = 1.0  # seconds to look for a newer one
SAVE_INTERVAL = 5.0  # seconds between two attempts
CLOSE_TIMEOUT = 2.0  # seconds for the last attempt when the process ends
NOT_SAVED = "The newest refresh token is not saved yet: the database cannot be written."


class RefreshTokenStore(Protocol):
    """Where the newest refresh token survives a restart."""

    async def load(self) -> str | None:
        """The newest one; None if none was ever stored."""
        ...

    async def save(self, refresh_token: str) -> None:
        """Store it. Any error means that it is not stored."""
        ...


class RefreshToken:
    """The token to exchange next; `configured` if the store has none."""

    def __init__(
        self,
        store: RefreshTokenStore,
        configured: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._configured, self._sleep = store, configured, sleep
        self._newest = ""
        self._saved = True
        self._is_late = False  # whether the last one was not saved in time
        self._saving: asyncio.Task[None] | None = None

    async def newest(self) -> str:
        """Read from the store each time: `provbot doctor` may have put a newer one there.

        If the store does not answer, use the one in memory.
        """
        if not self._newest:
            self._newest = await self._store.load() or self._configured
        elif self._saved:
            self._newest = await self._stored() or self._newest
        return self._newest

    async def _stored(self) -> str | None:
        try:
            async with asyncio.timeout(LOAD_TIMEOUT):
                return await self._store.load()
        except Exception as problem:  # noqa: BLE001 - there is one in memory
            log.warning("refresh_token_load_failed", reason=type(problem).__name__)
            return None

    async def replace(self, newest: str) -> None:
        """Use this one from now on, and save it, however long that takes."""
        self._newest, self._saved = newest, False
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save_until_saved())
        await asyncio.wait({self._saving}, timeout=SAVE_TIMEOUT)
        self._is_late = not self._saved

    def problem(self) -> str:
        """A sentence while the newest one is only in memory, once it should have been saved."""
        return NOT_SAVED if self._is_late and not self._saved else ""

    async def close(self) -> None:
        """Try once more before the process ends."""
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.wait({self._saving})
        if not self._saved:
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._save()
        if not self._saved:
            log.error("refresh_token_lost")

    async def _save_until_saved(self) -> None:
        await self._save()
        while not self._saved:
            await self._sleep(SAVE_INTERVAL)
            await self._save()

    async def _save(self) -> None:
        newest = self._newest
        try:
            await self._store.save(newest)
        except Exception as problem:  # noqa: BLE001 - any error is retried
            log.warning("refresh_token_save_failed", reason=type(problem).__name__)
        else:
            self._saved = newest == self._newest  # False if it was replaced meanwhile
