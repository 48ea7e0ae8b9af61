"""The database is locked by somebody else, in the middle of it: each request comes to its end all the same, once."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlite_utils import Database

from bot.requests.afresh import LONGEST_PAUSE, TRIES
from bot.store import lines
from bot.store.lines import Line
from bot.store.requests import Request
from tests.bot.requests.script import ANA
from tests.bot.requests.world import NETWORK, PHONE, World


class Lock:
    """Held by another process."""

    def __init__(self, other: sqlite3.Connection, world: World) -> None:
        self._other, self._world = other, world

    def take(self, sleeps: int | None) -> None:
        """Until the runner has slept so often, or for good."""
        self._other.execute("BEGIN IMMEDIATE")
        if sleeps is not None:
            self._world.clock.events[len(self._world.clock.slept) + sleeps] = self.let_go

    def let_go(self) -> None:
        """It can be written again."""
        self._other.execute("COMMIT")


def impatient(db: Database) -> None:
    """Fail at once, not after seconds."""
    db.execute("pragma busy_timeout = 0")


@contextmanager
def locking(world: World) -> Iterator[Lock]:
    """On the file of that world."""
    with closing(sqlite3.connect(world.path, isolation_level=None)) as other:
        yield Lock(other, world)


@pytest.fixture
def lock(world: World) -> Iterator[Lock]:
    """On the file of this world."""
    with locking(world) as made:
        yield made


async def standing(world: World) -> list[Line]:
    """What says that something runs."""
    return await world.store.call(lines.standing)


async def on_its_way(world: World) -> Request:
    """A request whose change hangs, after its line was posted."""
    await world.store.call(impatient)
    world.calling.gate.clear()
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    await world.press(shown, "confirm")
    while not (world.calling.changes and await standing(world)):  # noqa: ASYNC110 - until it was sent
        await asyncio.sleep(0)
    return shown.request


async def assert_done_once(world: World, code: str, told: int = 1) -> None:
    """And nothing says any more that it runs."""
    row = await world.row(code)
    assert (row.state, row.told, world.calling.changes) == ("done", True, 1)
    assert [said.words[0] for said in world.messenger.standing] == ["✓"] * told
    assert await standing(world) == []


async def test_what_was_sent_is_looked_up_and_not_sent_again(world: World, lock: Lock):
    request = await on_its_way(world)
    lock.take(sleeps=3)
    world.calling.gate.set()
    await world.rest()
    await assert_done_once(world, request.code)
    assert world.clock.slept == [1.0, 2.0, 4.0, 0.0]  # three pauses, and the first look


async def test_what_was_not_sent_yet_is_sent_once(world: World, lock: Lock):
    await world.store.call(impatient)
    approved = await world.put(await world.ask("add phone", PHONE), "approved")
    lock.take(sleeps=3)
    world.runner.start(approved)
    await world.rest()
    await assert_done_once(world, approved.code)


async def test_what_was_told_and_could_not_be_noted_is_told_once_more(world: World, lock: Lock):
    request = await on_its_way(world)
    world.messenger.gate.clear()
    world.calling.gate.set()
    while await world.state(request.code) != "done":  # noqa: ASYNC110 - until only telling is left
        await asyncio.sleep(0)
    lock.take(sleeps=3)
    world.messenger.gate.set()
    await world.rest()
    await assert_done_once(world, request.code, told=2)


async def test_after_an_hour_it_is_left_to_the_next_start(world: World, lock: Lock):
    request = await on_its_way(world)
    lock.take(sleeps=None)
    world.calling.gate.set()
    await world.rest()
    assert (len(world.clock.slept), max(world.clock.slept)) == (TRIES, LONGEST_PAUSE)
    lock.let_go()
    assert await world.state(request.code) == "running"
    world.restart()
    await world.runner.recover()
    await world.rest()
    await assert_done_once(world, request.code)


async def test_what_came_too_late_is_told_once_and_its_line_goes(world: World, lock: Lock):
    await world.store.call(impatient)
    approved = await world.put(await world.ask("add phone", PHONE), "approved")
    world.clock.now += 1e6
    world.messenger.gate.clear()
    world.runner.start(approved)
    while await world.state(approved.code) != "expired":  # noqa: ASYNC110 - until only telling is left
        await asyncio.sleep(0)
    lock.take(sleeps=3)
    world.messenger.gate.set()
    await world.rest()
    row = await world.row(approved.code)
    assert (row.state, row.told, world.calling.changes) == ("expired", True, 0)
    assert [said.words[:8] for said in world.messenger.standing] == ["Not done"]


async def test_what_was_approved_runs_though_not_all_could_be_noted(approving: World):
    asked = await approving.asked("create dect network", NETWORK)
    await approving.store.call(impatient)
    approving.messenger.gate.clear()
    deciding = asyncio.create_task(approving.decide(asked.code, "approve", ANA))
    while await approving.state(asked.code) != "approved":  # noqa: ASYNC110 - until all are being told
        await asyncio.sleep(0)
    with locking(approving) as lock:
        lock.take(sleeps=3)
        approving.messenger.gate.set()
        with pytest.raises(sqlite3.OperationalError):
            await deciding
        await approving.rest()
    assert (await approving.state(asked.code), approving.calling.changes) == ("done", 1)
