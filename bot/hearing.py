"""Hearing everything: the socket, what was said while there was none, and who pressed in vain."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from bot import telemetry
from bot.chat.catchup import SWEEP_EVERY, CatchUp
from bot.chat.listener import Ears, Listener
from bot.errors import Unauthorized, WebexError
from bot.inbox import Inbox
from bot.requests.away import Away
from bot.webex.messages import MessagesApi, key_of

log = telemetry.get_logger("hearing")

T = TypeVar("T")

KEEP_EVERY = 10.0  # seconds between notes of until when everything was heard


@dataclass(frozen=True)
class Hearing:
    """Joins the socket and the catching up. `me` is the bot's REST id."""

    me: str
    listener: Listener
    inbox: Inbox
    catch_up: CatchUp
    away: Away
    messages: MessagesApi
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def listen(self) -> None:
        """Until cancelled. Raises TokenRefused once the bot's token is dead."""
        ears = Ears(
            key_of(self.me), self.inbox.take, self._connected, self.catch_up.alive,
            self._token_lives,
        )  # fmt: skip
        try:
            await self.listener.listen(ears)
        finally:
            self._stop_catching_up()
            await self._keep_at_last()

    async def _keep_at_last(self) -> None:
        """Where it fails more is fetched at the next start, and how the run ended is told all the same."""
        try:
            await self.catch_up.keep()
        except Exception:
            log.exception("until when was heard is not kept")

    def _connected(self) -> None:
        """A new socket: what was said while there was none is fetched beside what it brings."""
        self.catch_up.connected()
        self._stop_catching_up()
        task = asyncio.create_task(self._catch_up())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop_catching_up(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _catch_up(self) -> None:
        try:
            # Each by itself: what was missed is known, and told, once.
            missed = await _until_written(self.catch_up.run)
            await _until_written(partial(self.away.tell, missed.since, missed.until))
            await _until_written(partial(self.catch_up.filled, missed))
            while not await _until_written(self._is_deaf):
                pass
            log.warning("the socket is open, but brings nothing")
            self.listener.renew()
        except Exception:  # nobody awaits this task; the next connection tries again
            log.exception("catching up broke")

    async def _is_deaf(self) -> bool:
        """After some minutes: whether something was said that the open socket did not bring."""
        for _ in range(int(SWEEP_EVERY / KEEP_EVERY)):
            await asyncio.sleep(KEEP_EVERY)
            await self.catch_up.keep()
        return await self.catch_up.sweep()

    async def _token_lives(self) -> bool:
        try:
            await self.messages.me()
        except Unauthorized:
            return False
        except WebexError as problem:  # it cannot be told yet
            log.warning("token not verified", status=problem.status)
        return True


async def _until_written(work: Callable[[], Awaitable[T]]) -> T:
    """From its start again while the database is locked or full: nothing is taken twice."""
    while True:
        try:
            return await work()
        except sqlite3.OperationalError:
            log.exception("catching up stumbled")
        await asyncio.sleep(KEEP_EVERY)
