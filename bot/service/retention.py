"""What is removed, and when: once a day, in small steps, so that nobody waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import telemetry
from bot.requests.vault import Vault
from bot.store import events, retention, secrets
from bot.store.database import Store

log = telemetry.get_logger("retention")

DAY = 24 * 3600.0  # seconds
FIRST = 600.0  # seconds after the start: it has better things to do
STEP, PAUSE = 50, 0.2  # requests in one transaction; seconds between two, in which others write


@dataclass(frozen=True)
class Retention:
    """`keep` is how many seconds ended requests are kept; None: for ever."""

    store: Store
    keep: float | None
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    vault: Vault | None = None

    async def daily(self) -> None:
        """Until cancelled."""
        await self.sleep(FIRST)
        while True:
            try:
                await self.sweep()
            except Exception:  # a disk that is full today may have room tomorrow
                log.exception("nothing was removed")
            await self.sleep(DAY)

    async def sweep(self) -> int:
        """Remove what is too old; how many requests."""
        now, removed = self.clock(), 0
        await self.store.call(events.forget, now)
        await self._forget_secrets(now)
        if self.keep is None:
            return 0
        before = now - self.keep
        while found := await self.store.call(retention.sweep, before, STEP):
            removed += found
            await self.sleep(PAUSE)
        people = await self.store.call(retention.forget_people, before)
        log.info("removed", requests=removed, people=people)
        return removed

    async def _forget_secrets(self, now: float) -> None:
        """What was typed for a plan that was left: nobody else comes by to drop it."""
        if self.vault is not None:
            self.vault.forget_old()
        await self.store.call(secrets.forget_old, now)
