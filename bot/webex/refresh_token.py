"""The newest refresh token: in memory at once, and in the store as soon as it can be written.

Webex may give another one with each exchange, and then accepts the one before no more: a newest one that
is lost can only be replaced by a person.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from bot.core import logs

log = logs.get_logger("tokens")

SAVED_WITHIN = 1.0  # seconds that a person waits for it to be saved; it goes on without them
SAVE_EVERY = 5.0  # seconds between two tries
LAST_TRY = 2.0  # seconds of the last try, when the process ends
NOT_KEPT = "The newest refresh token is not saved yet: the database cannot be written."


class RefreshTokenStore(Protocol):
    """Where the newest refresh token survives a restart."""

    async def load(self) -> str | None:
        """The newest one, if one was ever kept."""
        ...

    async def save(self, refresh_token: str) -> None:
        """Keep it. Any error means that it is not kept."""
        ...


class RefreshToken:
    """The one to exchange next; `configured` where the store has none."""

    def __init__(
        self,
        store: RefreshTokenStore,
        configured: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._configured, self._sleep = store, configured, sleep
        self._newest = ""
        self._saved = True
        self._saving: asyncio.Task[None] | None = None

    async def newest(self) -> str:
        """Read from the store once; nobody else writes there while this process runs."""
        if not self._newest:
            self._newest = await self._store.load() or self._configured
        return self._newest

    async def replace(self, newest: str) -> None:
        """Use this one from now on, and save it, for as long as that takes."""
        self._newest, self._saved = newest, False
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save_until_kept())
        await asyncio.wait({self._saving}, timeout=SAVED_WITHIN)

    def trouble(self) -> str:
        """A sentence while the newest one is only in memory."""
        return "" if self._saved else NOT_KEPT

    async def close(self) -> None:
        """Try once more before the process ends."""
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.wait({self._saving})
        if not self._saved:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_TRY):
                    await self._save()
        if not self._saved:
            log.error("refresh_token_lost")

    async def _save_until_kept(self) -> None:
        await self._save()
        while not self._saved:
            await self._sleep(SAVE_EVERY)
            await self._save()

    async def _save(self) -> None:
        newest = self._newest
        try:
            await self._store.save(newest)
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is tried again
            log.warning("refresh_token_save_failed", reason=type(problem).__name__)
        else:
            self._saved = newest == self._newest  # another one may have come meanwhile
