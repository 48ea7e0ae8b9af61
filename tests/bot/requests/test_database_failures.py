"""Another process locks the database in the middle of a run; each request still ends once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.core import retry
from bot.core.errors import DatabaseUnavailable, LeadershipUnknown
from bot.core.models.requests import ProgressMessage, Request
from bot.store import progress_messages
from bot.store.sql import Database
from tests.bot.requests.fixtures import NETWORK, PHONE, RequestFixture
from tests.bot.requests.strategies import ANA
from tests.database import another_process, impatient

pytestmark = pytest.mark.usefixtures("engine")


class Lock:
    """Held by another process."""

    def __init__(self, other: Database, world: RequestFixture) -> None:
        self._other, self._world = other, world

    def take(self, sleeps: int | None) -> None:
        """Fail until the runner has slept that often, or forever."""
        self._other.begin_immediate()
        if sleeps is not None:
            self._world.clock.events[len(self._world.clock.slept) + sleeps] = self.let_go

    def let_go(self) -> None:
        """The database can be written again."""
        self._other.commit()


@contextmanager
def locking(world: RequestFixture) -> Iterator[Lock]:
    """On the database of that world."""
    with another_process(world.path) as other:
        yield Lock(other, world)


@pytest.fixture
def lock(world: RequestFixture) -> Iterator[Lock]:
    """On the database of this world."""
    with locking(world) as made:
        yield made


async def standing(world: RequestFixture) -> list[ProgressMessage]:
    """What says that something runs."""
    return await world.store.call(progress_messages.posted)


async def on_its_way(world: RequestFixture) -> Request:
    """A request whose change hangs, after its line was posted."""
    await world.store.call(impatient)
    world.calling.gate.clear()
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    await world.press(shown, "confirm")
    while not (world.calling.changes and await standing(world)):  # noqa: ASYNC110 - sent
        await asyncio.sleep(0)
    return shown.request


async def assert_done_once(world: RequestFixture, code: str, messages: int = 1) -> None:
    """And nothing says any more that it runs."""
    row = await world.row(code)
    assert (row.state, row.told, world.calling.changes) == ("done", True, 1)
    assert [message.text[0] for message in world.messenger.standing] == ["✓"] * messages
    assert await standing(world) == []


async def test_a_sent_change_is_looked_up_and_not_sent_again(world: RequestFixture, lock: Lock):
    request = await on_its_way(world)
    lock.take(sleeps=3)
    world.calling.gate.set()
    await world.rest()
    await assert_done_once(world, request.code)
    assert world.clock.slept == [1.0, 2.0, 4.0, 0.0]  # three pauses, and the first look


async def test_an_unsent_change_is_sent_once(world: RequestFixture, lock: Lock):
    await world.store.call(impatient)
    approved = await world.put(await world.ask("add phone", PHONE), "approved")
    lock.take(sleeps=3)
    world.runner.start(approved)
    await world.rest()
    await assert_done_once(world, approved.code)


async def test_a_change_held_back_because_nobody_knows_who_leads_is_sent_later(
    world: RequestFixture,
):
    approved = await world.put(await world.ask("add phone", PHONE), "approved")
    world.calling.troubles = [LeadershipUnknown(503, "The database does not answer.")]
    world.runner.start(approved)
    await world.rest()
    row = await world.row(approved.code)
    assert (row.state, row.told, world.calling.changes) == ("done", True, 2)
    assert [held.mac for held in world.calling.held].count(world.calling.held[-1].mac) == 1


async def test_a_result_is_told_once_although_that_is_recorded_late(
    world: RequestFixture, lock: Lock
):
    request = await on_its_way(world)
    world.messenger.gate.clear()
    world.calling.gate.set()
    while await world.state(request.code) != "done":  # noqa: ASYNC110 - telling
        await asyncio.sleep(0)
    lock.take(sleeps=3)
    world.messenger.gate.set()
    await world.rest()
    await assert_done_once(world, request.code, messages=1)


async def test_after_an_hour_it_is_left_to_the_next_start(world: RequestFixture, lock: Lock):
    request = await on_its_way(world)
    lock.take(sleeps=None)
    world.calling.gate.set()
    await world.rest()
    assert (len(world.clock.slept), max(world.clock.slept)) == (
        retry.RESUME.attempts,
        retry.RESUME.max_wait,
    )
    lock.let_go()
    assert await world.state(request.code) == "running"
    world.restart()
    await world.runner.recover()
    await world.rest()
    await assert_done_once(world, request.code)


async def test_a_late_start_is_told_once_and_its_progress_message_deleted(
    world: RequestFixture, lock: Lock
):
    await world.store.call(impatient)
    approved = await world.put(await world.ask("add phone", PHONE), "approved")
    world.clock.now += 1e6
    world.messenger.gate.clear()
    world.runner.start(approved)
    while await world.state(approved.code) != "expired":  # noqa: ASYNC110 - telling
        await asyncio.sleep(0)
    lock.take(sleeps=3)
    world.messenger.gate.set()
    await world.rest()
    row = await world.row(approved.code)
    assert (row.state, row.told, world.calling.changes) == ("expired", True, 0)
    assert [message.text[:8] for message in world.messenger.standing] == ["Not done"]


async def test_an_approved_request_runs_after_a_database_failure(approving: RequestFixture):
    asked = await approving.asked("create dect network", NETWORK)
    await approving.store.call(impatient)
    approving.messenger.gate.clear()
    deciding = asyncio.create_task(approving.decide(asked.code, "approve", ANA))
    while await approving.state(asked.code) != "approved":  # noqa: ASYNC110 - telling
        await asyncio.sleep(0)
    with locking(approving) as lock:
        lock.take(sleeps=3)
        approving.messenger.gate.set()
        with pytest.raises(DatabaseUnavailable):
            await deciding
        await approving.rest()
    assert (await approving.state(asked.code), approving.calling.changes) == ("done", 1)
