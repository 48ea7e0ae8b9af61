"""While Webex limits how fast we may call, whoever waits for that is told, once, and how long it takes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.chat.lines import Lines
from bot.explain import about
from bot.models import Place

LOOK_EVERY = 2.0  # seconds; what takes less is not worth a word
WORTH_TELLING = 5.0  # seconds that the next call must wait
LIMITED = (
    "⏳ Webex is limiting us; I go on in {about}. Nothing is lost, and you need not ask again."
)


@dataclass
class _Room:
    """Who waits there, and the line that says so."""

    waiting: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Waiting:
    """One line for each space, however many wait there; taken away when the last one waits no more."""

    lines: Lines
    expected: Callable[[], float]  # seconds until the next call may be sent
    _rooms: dict[str, _Room] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def told(self, place: Place) -> AsyncIterator[None]:
        """What is done inside may have to wait."""
        room = self._rooms.get(place.room_id)
        if room is None:
            room = self._rooms[place.room_id] = _Room()
            task = asyncio.create_task(self._watch(place, room.over))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        room.waiting += 1
        try:
            yield
        finally:
            room.waiting -= 1
            if not room.waiting:
                del self._rooms[place.room_id]
                room.over.set()

    async def finish(self) -> None:
        """Nobody waits any more: the lines that still stand are taken away."""
        await asyncio.gather(*self._tasks)

    async def _watch(self, place: Place, over: asyncio.Event) -> None:
        """In a task of its own: the answer must not wait for this line."""
        while not await _happens(over, LOOK_EVERY):
            seconds = self.expected()
            if seconds < WORTH_TELLING:
                continue
            line = self.lines.say(place, LIMITED.format(about=about(seconds)))
            await over.wait()
            await self.lines.take_away(line)
            return


async def _happens(event: asyncio.Event, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False
