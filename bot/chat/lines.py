"""Lines that say that something is on its way, and go when it is over, also after a power cut."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from bot import telemetry
from bot.chat.messenger import Messenger
from bot.errors import WebexError
from bot.models import Place
from bot.store import lines as rows
from bot.store.database import Store
from bot.store.lines import Line

log = telemetry.get_logger("lines")

T = TypeVar("T")
Posting: TypeAlias = asyncio.Task[str | None]  # posts a line; its message id


@dataclass(frozen=True)
class Lines:
    """Posted beside the work, never before it: nobody waits for a line.

    Each is noted once Webex tells its id, and forgotten when it was taken away. Only a crash between
    the two ends of that one call leaves a line of which nothing is known.
    """

    store: Store
    messenger: Messenger
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def say(
        self, place: Place, words: str, *, request: str = "", perhaps_said: bool = False
    ) -> Posting:
        """Post one; `request`: it stands for as long as that one runs, also over a restart.

        `perhaps_said`: the process may have died before it was noted.
        """
        return self._in_a_task(self._say(place, words, request, perhaps_said=perhaps_said))

    @contextmanager
    def during(self, place: Place, words: str) -> Iterator[None]:
        """One that stands while something is looked up."""
        line = self.say(place, words)
        try:
            yield
        finally:
            self.over(line)

    def over(self, posting: Posting) -> None:
        """Take it away, in a task: the answer must not wait for that."""
        self._in_a_task(self.take_away(posting))

    async def take_away(self, posting: Posting) -> None:
        """Once it is there. Where that fails the next start does it."""
        message = await self.posted(posting)
        if message is not None:
            await self._remove([message])

    @staticmethod
    async def posted(posting: Posting) -> str | None:
        """Its message id. One who stops waiting for it does not stop it: it would not be noted."""
        return await asyncio.shield(posting)

    def clear(self, message_ids: list[str]) -> None:
        """What an earlier process left behind, in a task: the start must not wait for that."""
        if message_ids:
            self._in_a_task(self._remove(message_ids))

    async def withdraw(self, message_ids: Iterable[str | None]) -> None:
        """Take these away, and forget them."""
        await self._remove([one for one in message_ids if one])

    async def gone(self, message_ids: Iterable[str | None]) -> list[str]:
        """Take these messages away, side by side; answers those that are gone and may be forgotten."""
        ids = list(dict.fromkeys(one for one in message_ids if one))
        done = await asyncio.gather(*(self.messenger.remove(one) for one in ids))
        return [one for one, is_gone in zip(ids, done, strict=True) if is_gone]

    async def finish(self) -> None:
        """Until nothing is posted or taken away any more."""
        while self.tasks:
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _say(
        self, place: Place, words: str, request: str, *, perhaps_said: bool
    ) -> str | None:
        message = None
        try:
            message = await self.messenger.mark(place, words, perhaps_said=perhaps_said)
            if message is not None:
                await self.store.lightly(rows.add, Line(message_id=message, request=request))
        except WebexError as problem:
            log.warning("not told", status=problem.status, tracking_id=problem.tracking_id)
        except Exception:  # a line is no reason for the work to break; posted it is taken away
            log.exception("not told, or not noted")
        return message

    async def _remove(self, message_ids: list[str]) -> None:
        await self.store.lightly(rows.drop, *await self.gone(message_ids))

    def _in_a_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task
