"""Progress messages on a virtual clock: what was posted, edited and removed, and when."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

from bot.chat.progress import Progress
from bot.core.models.people import Place
from bot.store import progress_messages
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.fake_messenger import FakeMessenger
from tests.virtual_clock import RepeatableLoop

Work: TypeAlias = Callable[[Progress], Coroutine[Any, Any, None]]
Shown: TypeAlias = list[tuple[str, float]]  # what was done, and at which second
Play: TypeAlias = Callable[[Work], Shown]


class TimedMessenger(FakeMessenger):
    """Remembers what it did, and when; `seconds` are what a call takes."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Shown = []
        self.seconds = 0.0

    async def answer(self, place: Place, answer: Any) -> str:
        """Note the time."""
        message_id: str = await self._noted(f"post {answer}", super().answer(place, answer))
        return message_id

    async def edit(self, message_id: str, place: Place, text: str) -> None:
        """Note the time."""
        await self._noted(f"edit {message_id} {text}", super().edit(message_id, place, text))

    async def remove(self, message_id: str | None) -> bool:
        """Note the time."""
        is_gone: bool = await self._noted(f"remove {message_id}", super().remove(message_id))
        return is_gone

    async def _noted(self, what: str, call: Coroutine[Any, Any, Any]) -> Any:
        self.times.append((what, round(asyncio.get_running_loop().time(), 3)))
        if self.seconds:
            await asyncio.sleep(self.seconds)
        return await call


def played(path: Path, work: Work) -> Shown:
    """Do something with a clock that begins at 0; nothing may be left on record at the end."""

    async def play() -> Shown:
        store, messenger = InlineStore(path, CrashTimer()), TimedMessenger()
        progress = Progress(store, messenger)
        await work(progress)
        await progress.finish()
        assert await store.call(progress_messages.posted) == []
        store.close()
        return messenger.times

    with asyncio.Runner(loop_factory=RepeatableLoop) as runner:
        return runner.run(play())
