"""Follows what requests added, until it registers with Webex, and tells the requester.

The table `followed` has a row for each phone, code and base station, written with the step that
added it; so nothing is forgotten over a restart. `registration_looks` reads how they are,
`registration_news` tells it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.core import logs
from bot.requests.registration_looks import RegistrationLooks
from bot.requests.registration_news import RegistrationNews
from bot.store import followed
from bot.store.database import Store

log = logs.get_logger("following")

INTERVAL = 3.0  # seconds between looks into the table; calls to Webex are rarer


@dataclass(frozen=True)
class Following:
    """`window` is how many seconds are followed closely; 0: nothing is followed."""

    store: Store
    looks: RegistrationLooks
    news: RegistrationNews
    window: float
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        """Follow for as long as the process lives."""
        while self.window > 0:
            await self.sleep(INTERVAL)
            try:
                await self.tick()
            except Exception:  # a locked database, say: the next look goes on
                log.exception("following_failed")

    async def tick(self) -> None:
        """Look at what is due, note what has come of it, and tell what people do not know."""
        waiting = await self.store.call_without_fsync(followed.waiting)
        for sighting in await self.looks.look(waiting):
            await self.store.call(followed.settle, sighting.device, sighting.state, sighting.at)
        await self.news.tell()
