"""Follows what requests added, until it registers with Webex, and tells the requester.

The table `followed` has a row for each phone, code and base station, written with the step that
added it; so nothing is forgotten over a restart. `registration_polling` reads how they are,
`registration_news` tells it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.core import logs, metrics
from bot.core.errors import DatabaseUnavailable
from bot.core.models.followed import FollowedDevice, FollowKind, FollowState
from bot.core.outage import Outage
from bot.domain.registration import CLOCK_SKEW, Sighting, key_of
from bot.domain.registration_findings import Look
from bot.requests.registration_news import RegistrationNews
from bot.requests.registration_polling import RegistrationPolling
from bot.store import followed
from bot.store.database import Store
from bot.store.sql import Database

log = logs.get_logger("following")

INTERVAL = 3.0  # seconds between looks into the table; calls to Webex are rarer
EARLIER = 2 * CLOCK_SKEW

metrics.expect(metrics.REGISTERED, [kind.value for kind in FollowKind])


@dataclass(frozen=True)
class Following:
    """`window` is how many seconds are followed closely; 0: nothing is followed."""

    store: Store
    polling: RegistrationPolling
    news: RegistrationNews
    window: float
    clock: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _outage: Outage = field(default_factory=Outage)

    async def run(self) -> None:
        """Follow for as long as the process lives."""
        while True:
            await self.sleep(INTERVAL)
            is_well = [await self._guarded(work) for work in (self._look, self._tell)]
            if not all(is_well):
                continue
            self._outage.end()
            if not self.window:
                return

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do the work; whether it did not fail. The next round goes on after a failure."""
        try:
            await work()
        except DatabaseUnavailable as error:
            if self._outage.begins(error):
                log.warning("following_waits", reason=str(error))
            return False
        except Exception:
            log.exception("following_failed")
            return False
        return True

    async def tick(self) -> None:
        """Look at what is due, note what has come of it, and tell what people do not know."""
        await self._look()
        await self._tell()

    async def _look(self) -> None:
        if not self.window:  # what was followed before is told no more
            await self.store.call(followed.close_all, self.clock())
            return
        waiting = await self.store.call_without_fsync(followed.waiting)
        read = self.polling.next_read(waiting)
        if read is not None:
            # A phone that was added right before a code is not the one on which it was typed.
            since = min(device.since for device in waiting) - EARLIER
            settled = await self.store.call_without_fsync(followed.settled, since)
            began = self.clock()
            look = await self.polling.look(read, waiting, [*waiting, *settled])
            if look.sightings or look.known:
                news = await self.store.call(_note, look)
                self._count(news)
                # Phones of a request are plugged in together: one message tells of all.
                self.polling.want(_left_of(news, waiting), began)

    async def _tell(self) -> None:
        if self.window:
            await self.news.tell()

    @staticmethod
    def _count(settled: list[Sighting]) -> None:
        for sighting in settled:
            if sighting.state is not FollowState.REGISTERED:
                continue
            kind = sighting.device.target.kind
            metrics.REGISTERED.labels(kind.value).inc()
            seconds = round(sighting.at - sighting.device.since)
            log.info("device_registered", kind=kind.value, seconds=seconds)


def _note(db: Database, look: Look) -> list[Sighting]:
    """Write what a look has shown, and return the states that are new."""
    for (request, step), known in look.known.items():
        followed.set_known(db, request, step, known)
    return [
        sighting
        for sighting in look.sightings
        if followed.settle(db, sighting.device, sighting.state, sighting.at, sighting.target)
    ]


def _left_of(news: Sequence[Sighting], waiting: Sequence[FollowedDevice]) -> list[FollowedDevice]:
    """What still waits of the requests of which something has registered."""
    registered = {
        sighting.device.request for sighting in news if sighting.state is FollowState.REGISTERED
    }
    settled = {key_of(sighting.device) for sighting in news}
    return [
        device
        for device in waiting
        if device.request in registered and key_of(device) not in settled
    ]
