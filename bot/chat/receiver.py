"""Receives every event once: joins the socket, the catching up, and the note on missed presses."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from bot.chat.catchup import SWEEP_INTERVAL, CatchUp, Gap
from bot.chat.events import Event
from bot.chat.listener import Listener, ListenerCallbacks
from bot.core import logs, retry
from bot.store.unclaimed import Unclaimed
from bot.webex.bot_token import BotToken
from bot.webex.messaging import key_of

log = logs.get_logger("receiver")

CHECKPOINT_INTERVAL = 10.0  # seconds


class TellMissedPresses(Protocol):
    """Tells the people who may have pressed a button between two times; see `missed_presses`."""

    async def __call__(self, since: float, until: float, *, force: bool = False) -> None:
        """Tell them. `force`: even if the outage was short."""
        ...


@dataclass(frozen=True)
class Receiver:
    """Joins the socket and the catching up. `me` is the bot's REST id."""

    me: str
    listener: Listener
    take: Callable[[Event], Awaitable[Any]]
    unclaimed: Unclaimed
    catch_up: CatchUp
    tell_missed_presses: TellMissedPresses
    token: BotToken
    before_connecting: Callable[[], Awaitable[None]] | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def listen(self) -> None:
        """Receive until cancelled. Raises TokenRefused once the bot's token is dead."""
        callbacks = ListenerCallbacks(
            me=key_of(self.me),
            on_event=self.take,
            on_connected=self._connected,
            on_frame=self.catch_up.frame_received,
            is_token_alive=self.token.is_valid,
            before_connecting=self.before_connecting,
        )
        try:
            await self.listener.listen(callbacks)
        finally:
            self._stop_catching_up()
            try:
                await self.catch_up.save_checkpoint()
            except Exception:  # the next start fetches more; the error of `listen` must pass on
                log.exception("checkpoint_save_failed")

    def _connected(self) -> None:
        """Fetch what was missed before this socket, beside the events that it brings."""
        self.catch_up.connected()
        self.unclaimed.connection_lost()
        self._stop_catching_up()
        task = asyncio.create_task(self._catch_up())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stop_catching_up(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _catch_up(self) -> None:
        try:
            # Each step is retried alone, so that the gap is determined and told once.
            gap = await retry.run(retry.BACKGROUND, self.catch_up.run)
            await retry.run(retry.BACKGROUND, partial(self._tell_missed_presses, gap))
            await retry.run(retry.BACKGROUND, partial(self.catch_up.filled, gap))
            await self.listener.log_other_registrations()
            while not await retry.run(retry.BACKGROUND, self._socket_is_dead):
                await self.listener.log_other_registrations()
            log.warning("websocket_silent")
            self.listener.reregister()
        except Exception:  # nobody awaits this task; the next connection tries again
            log.exception("catch_up_failed")

    async def _tell_missed_presses(self, gap: Gap) -> None:
        await self.tell_missed_presses(gap.since, gap.until, force=self.unclaimed.to_tell)
        self.unclaimed.people_told()

    async def _socket_is_dead(self) -> bool:
        """After some minutes: whether the open socket failed to bring a message."""
        for _ in range(int(SWEEP_INTERVAL / CHECKPOINT_INTERVAL)):
            await asyncio.sleep(CHECKPOINT_INTERVAL)
            await self.catch_up.save_checkpoint()
        return await self.catch_up.sweep()
