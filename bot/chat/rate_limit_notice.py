"""Tells people who wait for Webex's rate limit, once in each space, how long it takes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.chat.progress import Progress
from bot.core.models.people import Place
from bot.domain.error_messages import approximate_wait

CHECK_INTERVAL = 2.0  # seconds; shorter waits need no notice
MIN_WAIT = 5.0  # seconds that the next call must wait before people are told
LIMITED = (
    "⏳ Webex limits how fast I may work. I continue in {about}. Nothing is lost; please wait."
)


@dataclass
class _Room:
    """How many people wait in a space, and whether all of them are done."""

    waiting: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class RateLimitNotice:
    """Shows one notice in each space, however many wait there; removes it after the last one."""

    progress: Progress
    expected_wait: Callable[[], float]  # seconds until the next call may be sent
    _rooms: dict[str, _Room] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def watch(self, place: Place) -> AsyncIterator[None]:
        """Show the notice if the calls in the body have to wait."""
        room = self._rooms.get(place.room_id)
        if room is None:
            room = self._rooms[place.room_id] = _Room()
            # In its own task: the answer must not wait for the notice.
            task = asyncio.create_task(self._show(place, room.done))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        room.waiting += 1
        try:
            yield
        finally:
            room.waiting -= 1
            if not room.waiting:
                del self._rooms[place.room_id]
                room.done.set()

    async def finish(self) -> None:
        """Wait until all notices are removed."""
        await asyncio.gather(*self._tasks)

    async def _show(self, place: Place, done: asyncio.Event) -> None:
        while not await _is_set_within(done, CHECK_INTERVAL):
            seconds = self.expected_wait()
            if seconds < MIN_WAIT:
                continue
            posting = self.progress.post(place, LIMITED.format(about=approximate_wait(seconds)))
            await done.wait()
            await self.progress.remove(posting)
            return


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
