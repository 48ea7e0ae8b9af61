"""Socket and catching up, joined: neither ends because the database fails for a moment."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from bot.chat.catchup import CatchUp, Gap
from bot.chat.listener import Listener, ListenerCallbacks
from bot.chat.receiver import Receiver
from bot.core.errors import DatabaseUnavailable, TokenRefused
from bot.store.unclaimed import Unclaimed
from bot.webex.bot_token import BotToken
from tests.virtual_clock import virtually


class FullDisk:
    """In place of the catching up: the disk is full."""

    async def save_checkpoint(self) -> None:
        """The mark."""
        raise DatabaseUnavailable("database or disk is full")

    def frame_received(self) -> None:
        """A frame came."""


@dataclass
class Socket:
    """In place of the listener."""

    end: Exception | None = None
    hears: asyncio.Event = field(default_factory=asyncio.Event)
    renewed: asyncio.Event = field(default_factory=asyncio.Event)
    looked: int = 0

    async def log_other_registrations(self) -> None:
        """Other processes with the same token."""
        self.looked += 1

    def reregister(self) -> None:
        """The connection was found to get no events."""
        self.renewed.set()

    async def listen(self, _callbacks: ListenerCallbacks) -> None:
        """Until it ends, or is cancelled."""
        self.hears.set()
        if self.end:
            raise self.end
        await asyncio.Event().wait()


async def nobody() -> object:
    """Nobody asks who we are."""
    raise AssertionError


def receiver(listener: Socket, catch_up: Any, away: Any = None) -> Receiver:
    """Of them."""
    return Receiver(
        "me", cast(Listener, listener), cast(Any, None), Unclaimed(),
        cast(CatchUp, catch_up), away and away.tell, BotToken("bot", nobody),
    )  # fmt: skip


async def test_it_stops_although_the_disk_is_full():
    socket = Socket()
    listening = asyncio.create_task(receiver(socket, FullDisk()).listen())
    await socket.hears.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening


async def test_an_invalid_token_is_reported_although_the_disk_is_full():
    with pytest.raises(TokenRefused):
        await receiver(Socket(end=TokenRefused("x")), FullDisk()).listen()


@dataclass
class Locked:
    """In place of catching up and telling: each step finds the database locked at first."""

    steps: list[str] = field(default_factory=list)

    async def run(self) -> Gap:
        """Fetch what was missed."""
        self._step("run")
        return Gap(100.0, 200.0, 1)

    async def tell(self, since: float, until: float, *, force: bool = False) -> None:
        """Of presses."""
        self._step(f"tell {since:.0f} to {until:.0f}")

    async def filled(self, missed: Gap) -> None:
        """Until then the mark stays."""
        self._step(f"filled {missed.until:.0f}")

    async def save_checkpoint(self) -> None:
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
            raise DatabaseUnavailable("database is locked")


def test_catching_up_continues_after_a_database_lock():
    socket, locked = Socket(), Locked()

    async def work() -> None:
        hears = receiver(socket, locked, locked)
        hears._connected()
        await socket.renewed.wait()
        hears._stop_catching_up()

    virtually(work)
    assert locked.steps == [
        "run", "run", "tell 100 to 200", "tell 100 to 200",
        "filled 200", "filled 200", "keep", "sweep", "sweep",
    ]  # fmt: skip


class Well(Locked):
    """Nothing is locked; the socket turns out to be deaf the third time."""

    def _step(self, name: str) -> None:
        self.steps.append(name)

    async def sweep(self) -> bool:
        """Every few minutes."""
        self._step("sweep")
        return self.steps.count("sweep") == 3


def test_other_processes_are_detected_at_connection_and_each_sweep():
    socket, well = Socket(), Well()

    async def work() -> None:
        hears = receiver(socket, well, well)
        hears._connected()
        await socket.renewed.wait()

    virtually(work)
    assert socket.looked == 3
