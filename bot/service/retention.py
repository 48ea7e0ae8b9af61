"""Delete old data once a day, in small transactions, so that nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core import logs
from bot.requests.form_secrets import FormSecrets
from bot.store import access_asks, events, retention, secrets
from bot.store.database import Store

log = logs.get_logger("retention")

DAY = 24 * 3600.0  # seconds
FIRST_SWEEP = 600.0  # seconds after the start, when the bot is less busy
BATCH, PAUSE = 50, 0.2  # requests in one transaction; seconds between two transactions


@dataclass(frozen=True)
class Retention:
    """Deletes old data. `keep` is how many seconds ended requests are kept; None: without limit."""

    store: Store
    keep: float | None
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    form_secrets: FormSecrets | None = None

    async def daily(self) -> None:
        """Delete old data every day, until cancelled."""
        await self.sleep(FIRST_SWEEP)
        while True:
            try:
                await self.sweep()
            except Exception:  # for example a full disk; try again tomorrow
                log.exception("retention_failed")
            await self.sleep(DAY)

    async def sweep(self) -> int:
        """Delete old data; return the number of deleted requests."""
        now, removed = self.clock(), 0
        await self.store.call(events.forget, now)
        await self._forget_secrets(now)
        if self.keep is None:
            return 0
        before = now - self.keep
        while deleted := await self.store.call(retention.sweep, before, BATCH):
            removed += deleted
            await self.sleep(PAUSE)
        people = await self.store.call(retention.forget_people, before)
        await self.store.call(access_asks.forget, before)
        log.info("retention_completed", requests=removed, people=people)
        return removed

    async def _forget_secrets(self, now: float) -> None:
        """Delete secrets of abandoned plans, which nothing else deletes."""
        if self.form_secrets is not None:
            self.form_secrets.forget_old()
        await self.store.call(secrets.forget_old, now)
