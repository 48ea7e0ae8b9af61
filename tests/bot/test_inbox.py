"""The inbox: claims each event once, and answers each person in order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from bot.chat.inbox import TURN_TIMEOUT, Inbox
from bot.core.errors import NotFound
from bot.core.models.database_address import DatabaseAddress
from bot.requests.interaction import Reply
from bot.store import events
from bot.store.database import Store
from bot.store.sql import Database
from tests.bot.inbox_harness import DONE, OUTAGES, REFUSALS, Answering, event, inbox, unhandled
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.database import migrated
from tests.virtual_clock import virtually

pytestmark = pytest.mark.usefixtures("engine")

P = ParamSpec("P")
T = TypeVar("T")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A database in a file."""
    made = Store(migrated(tmp_path / "provbot.db"))
    yield made
    made.close()


class SlowStore(Store):
    """Claims an event at once, but returns only when the gate opens."""

    def __init__(self, address: DatabaseAddress) -> None:
        super().__init__(address)
        self.claimed, self.gate = asyncio.Event(), asyncio.Event()

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a function; wait for the gate after a claim."""
        done = await super().call(function, *args, **kwargs)
        if function is events.claim:
            self.claimed.set()
            await self.gate.wait()
        return done


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[SlowStore]:
    """A database in a file, in which claims take long."""
    made = SlowStore(migrated(tmp_path / "provbot.db"))
    yield made
    made.close()


async def test_an_event_that_is_delivered_often_is_answered_once(store):
    answering = Answering()
    box = inbox(store, answering)
    await asyncio.gather(*(box.take(event("a")) for _ in range(5)))
    await box.finish(10)
    assert answering.order == DONE
    assert await unhandled(store) == set()


async def test_a_failed_event_stays_for_the_next_start(store):
    box = inbox(store, Answering(failing={"a": [KeyError("id")]}))
    await box.take(event("a"))
    await box.take(event("b"))
    await box.finish(10)
    assert await unhandled(store) == {"a"}
    again = Answering()
    later = inbox(store, again)
    await later.recover()
    await later.finish(10)
    assert again.order == DONE
    assert await unhandled(store) == set()


async def test_unused_locks_are_removed(store):
    box = inbox(store, Answering())
    for number in range(20):
        await box.take(event(f"e{number}", actor=f"person {number}"))
    await box.finish(10)
    assert not box._senders
    assert not box._claims


async def test_a_person_in_a_space_is_answered_in_order_and_others_concurrently(store):
    gate = asyncio.Event()
    answering = Answering(slow={"a": gate})
    box = inbox(store, answering)
    for taken in (event("a"), event("b"), event("c", actor="bob"), event("d", room="other")):
        await box.take(taken)
    async with asyncio.timeout(10):
        while "end d" not in answering.order:  # noqa: ASYNC110 - nothing else to wait for
            await asyncio.sleep(0)
    assert "begin b" not in answering.order
    gate.set()
    await box.finish(10)
    assert answering.order.index("end a") < answering.order.index("begin b")


async def test_finishing_waits_no_longer_than_its_timeout(store):
    gate = asyncio.Event()
    box = inbox(store, Answering(slow={"a": gate}))
    await box.take(event("a"))
    await box.finish(0.01)
    assert await unhandled(store) == {"a"}
    gate.set()
    await box.finish(10)


async def test_cancelled_events_are_answered_at_the_next_start(store):
    answering = Answering(slow={"slow": asyncio.Event()})
    box = inbox(store, answering)
    for name in ("slow", "behind"):
        await box.take(event(name))
    await box.finish(0.01)
    async with asyncio.timeout(5):
        await box.cancel_pending()
    assert not box._tasks
    assert answering.order == ["begin slow"]
    assert await unhandled(store) == {"slow", "behind"}

    answering.slow.clear()
    again = inbox(store, answering)
    await again.recover()
    await again.finish(10)
    assert [step for step in answering.order[1:] if step[0] in "be"] == [
        "begin slow",
        "end slow",
        "begin behind",
        "end behind",
    ]
    assert await unhandled(store) == set()


async def test_without_pending_events_nothing_is_cancelled(store):
    box = inbox(store, Answering())
    await box.take(event("a"))
    await box.finish(10)
    await box.cancel_pending()
    assert await unhandled(store) == set()


async def taken_halfway(box: Inbox[Reply], slow: SlowStore) -> asyncio.Task[bool]:
    """A task that takes an event; it has claimed the event, and not started to answer it."""
    taker = asyncio.create_task(box.take(event("a")))
    await slow.claimed.wait()
    return taker


async def test_an_event_whose_taker_is_cancelled_is_answered(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    taker.cancel()
    await asyncio.wait([taker])
    slow.gate.set()
    await box.finish(10)
    assert (taker.cancelled(), answering.order) == (True, DONE)
    assert await unhandled(slow) == set()


async def test_finishing_waits_for_an_event_that_is_being_taken(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    finishing = asyncio.create_task(box.finish(10))
    await asyncio.sleep(0)
    slow.gate.set()
    await finishing
    assert answering.order == DONE
    assert await taker


async def test_an_event_cancelled_while_taken_is_answered_at_the_next_start(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    await box.finish(0.01)
    await box.cancel_pending()
    await asyncio.wait([taker])
    assert (box._tasks, answering.order) == (set(), [])
    later = inbox(slow, answering)
    await later.recover()
    await later.finish(10)
    assert answering.order == DONE


def behind_poison(tmp_path: Path, poison: Exception) -> tuple[Answering, set[str], float]:
    """Take an event that Webex never returns, then one of the same person until it is answered.

    Returns the stand-in, the events that were not given, and the seconds it took.
    """
    answering = Answering(failing={"a": [poison] * 9999})

    async def work() -> set[str]:
        store = InlineStore(tmp_path / "provbot.db", CrashTimer())
        box = inbox(store, answering)
        for name in ("a", "b"):
            await box.take(event(name))
        while "end b" not in answering.order:  # noqa: ASYNC110 - nothing else to wait for
            await asyncio.sleep(1)
        apart = set(box.not_given)
        await box.cancel_pending()
        store.close()
        return apart

    apart, seconds = virtually(work)
    return answering, apart, seconds


@pytest.mark.parametrize("poison", [*OUTAGES[:3], *REFUSALS])
def test_an_event_that_webex_never_returns_blocks_its_author_shortly(tmp_path, poison):
    answering, apart, seconds = behind_poison(tmp_path, poison)
    assert "begin b" in answering.order
    soon = isinstance(poison, NotFound)  # late, or taken back
    assert seconds < 6 if soon else TURN_TIMEOUT <= seconds < TURN_TIMEOUT + 5
    assert apart == {"a"}  # and does not count against readiness
