"""Socket and catching up, joined: neither ends because the database fails for a moment."""

import asyncio
from dataclasses import dataclass, field
from sqlite3 import OperationalError
from typing import Any, cast

import pytest

from bot.chat.catchup import CatchUp, Missed
from bot.chat.listener import Ears, Listener
from bot.errors import TokenRefused
from bot.hearing import Hearing
from bot.inbox import Inbox
from bot.requests.away import Away
from bot.webex.messages import MessagesApi
from tests.virtual import virtually


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
    renewed: asyncio.Event = field(default_factory=asyncio.Event)

    def renew(self) -> None:
        """It was found deaf."""
        self.renewed.set()

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


@dataclass
class Locked:
    """In place of catching up and telling: each step finds the database locked at first."""

    steps: list[str] = field(default_factory=list)

    async def run(self) -> Missed:
        """Fetch what was missed."""
        self._step("run")
        return Missed(100.0, 200.0, 1)

    async def tell(self, since: float, until: float) -> None:
        """Of presses."""
        self._step(f"tell {since:.0f} to {until:.0f}")

    async def filled(self, missed: Missed) -> None:
        """Until then the mark stays."""
        self._step(f"filled {missed.until:.0f}")

    async def keep(self) -> None:
        """The mark."""
        if "keep" not in self.steps:
            self._step("keep")

    async def sweep(self) -> bool:
        """The socket turns out to be deaf."""
        self._step("sweep")
        return True

    def connected(self) -> None:
        """A new socket."""

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if self.steps.count(name) == 1:
            raise OperationalError("database is locked")


def test_catching_up_goes_on_when_the_database_was_locked():
    socket, locked = Socket(), Locked()

    async def work() -> None:
        hears = hearing(socket, locked, locked)
        hears._connected()
        await socket.renewed.wait()
        hears._stop_catching_up()

    virtually(work)
    assert locked.steps == [
        "run", "run", "tell 100 to 200", "tell 100 to 200",
        "filled 200", "filled 200", "keep", "sweep", "sweep",
    ]  # fmt: skip
