"""Tells people who wait for Webex's rate limit, once in each space, how long it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.chat.progress import Progress
from bot.core.models.people import Place
from bot.domain.error_messages import approximate_wait
from bot.webex.rate_limiter import Waits, observed_waits

CHECK_INTERVAL = 2.0  # seconds; shorter waits need no notice
MIN_WAIT = 5.0  # seconds that a call must wait in all before people are told
LIMITED = (
    "⏳ Webex limits how fast I may work. I will continue in {about}. Nothing is lost; please wait."
)


@dataclass
class _Room:
    """What the people in a space wait for, and whether all of them are done."""

    waits: list[Waits] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class RateLimitNotice:
    """Shows one notice in each space, however many wait there; removes it after the last one."""

    progress: Progress
    _rooms: dict[str, _Room] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def watch(self, place: Place) -> AsyncIterator[None]:
        """Show the notice if calls of the body have to wait, and only then."""
        room = self._rooms.get(place.room_id)
        if room is None:
            room = self._rooms[place.room_id] = _Room()
            # In its own task: the answer must not wait for the notice.
            task = asyncio.create_task(self._show(place, room))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        with observed_waits() as waits:
            room.waits.append(waits)
            try:
                yield
            finally:
                room.waits.remove(waits)
                if not room.waits:
                    del self._rooms[place.room_id]
                    room.done.set()

    async def finish(self) -> None:
        """Wait until all notices are removed."""
        await asyncio.gather(*self._tasks)

    async def _show(self, place: Place, room: _Room) -> None:
        while not await _is_set_within(room.done, CHECK_INTERVAL):
            seconds = max((waits.seconds_left(MIN_WAIT) for waits in room.waits), default=0.0)
            if not seconds:
                continue
            posting = self.progress.post(place, LIMITED.format(about=approximate_wait(seconds)))
            await room.done.wait()
            await self.progress.remove(posting)
            return


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
