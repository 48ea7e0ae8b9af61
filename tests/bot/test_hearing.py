"""Socket and catching up, joined: neither ends because the database fails for a moment."""

import asyncio
from dataclasses import dataclass, field
from sqlite3 import OperationalError
from typing import Any, cast

import pytest

from bot.chat.catchup import CatchUp
from bot.chat.listener import Ears, Listener
from bot.errors import TokenRefused
from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.requests.away import Away
from bot.webex.messages import MessagesApi


class Full:
    """In place of the catching up: the disk is full."""

    async def keep(self) -> None:
        """The mark."""
        raise OperationalError("database or disk is full")

    def alive(self) -> None:
        """A frame came."""


@dataclass
class Socket:
    """In place of the listener."""

    end: Exception | None = None
    hears: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, _ears: Ears) -> None:
        """Until it ends, or is cancelled."""
        self.hears.set()
        if self.end:
            raise self.end
        await asyncio.Event().wait()


def hearing(listener: Socket, catch_up: Any, away: Any = None) -> Hearing:
    """Of them."""
    return Hearing(
        "me", cast(Listener, listener), Inbox(cast(Any, None), cast(Any, None)),
        cast(CatchUp, catch_up), cast(Away, away), cast(MessagesApi, None),
    )  # fmt: skip


async def test_a_stop_is_a_stop_though_the_disk_is_full():
    socket = Socket()
    listening = asyncio.create_task(hearing(socket, Full()).listen())
    await socket.hears.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def test_a_dead_token_is_told_though_the_disk_is_full():
    with pytest.raises(TokenRefused):
        await hearing(Socket(end=TokenRefused("x")), Full()).listen()
