"""The inbox: claimed once, answered in order where it matters, tried until it is answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import OperationalError
from typing import Concatenate, ParamSpec, TypeVar, cast

import pytest
from sqlite_utils import Database

from bot.chat.events import SAID, Event
from bot.dispatch import Dispatch
from bot.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from bot.inbox import TRIES, Inbox
from bot.store import events
from bot.store.database import Store
from tests.virtual import virtually

P = ParamSpec("P")
T = TypeVar("T")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(tmp_path / "provbot.db")
    yield made
    made.close()


def event(name: str, actor: str = "ann", room: str = "room") -> Event:
    """Something said."""
    return Event(name, SAID, room, actor, direct=True, host="")


@dataclass
class Answering:
    """In place of a dispatch: notes who is being answered, and fails where it is told to."""

    failing: dict[str, list[Exception]] = field(default_factory=dict)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    async def handle(self, heard: Event) -> None:
        """One event."""
        self.order.append(f"begin {heard.id}")
        if heard.id in self.slow:
            await self.slow[heard.id].wait()
        problems = self.failing.get(heard.id, [])
        if problems:
            raise problems.pop(0)
        self.order.append(f"end {heard.id}")


def inbox(store: Store, answering: Answering) -> Inbox:
    """In front of it."""
    return Inbox(store, cast(Dispatch, answering))


class Slow(Store):
    """What was claimed is on the disk, and told when the gate opens."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.claimed, self.gate = asyncio.Event(), asyncio.Event()

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As the other does, only that."""
        done = await super().call(function, *args, **kwargs)
        if function is events.claim:
            self.claimed.set()
            await self.gate.wait()
        return done


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[Slow]:
    """The same file."""
    made = Slow(tmp_path / "provbot.db")
    yield made
    made.close()


async def unhandled(store: Store) -> set[str]:
    """Ids."""
    return {str(one["id"]) for one in await store.call(events.unhandled)}


async def test_an_event_is_answered_once_however_often_it_comes(store):
    answering = Answering()
    box = inbox(store, answering)
    await asyncio.gather(*(box.take(event("a")) for _ in range(5)))
    await box.finish(10)
    assert answering.order == ["begin a", "end a"]
    assert await unhandled(store) == set()


async def test_what_broke_stays_for_the_next_start(store):
    box = inbox(store, Answering(failing={"a": [KeyError("id")]}))
    await box.take(event("a"))
    await box.take(event("b"))
    await box.finish(10)
    assert await unhandled(store) == {"a"}
    again = Answering()
    later = inbox(store, again)
    await later.recover()
    await later.finish(10)
    assert again.order == ["begin a", "end a"]
    assert await unhandled(store) == set()


def hours(
    tmp_path: Path, answering: Answering, kind: type[Store] = Store
) -> tuple[set[str], float]:
    """What is left unhandled of one event, and after how many seconds."""

    async def work() -> set[str]:
        store = kind(tmp_path / "provbot.db")
        try:
            box = inbox(store, answering)
            await box.take(event("a"))
            await box.finish(1e6)
            return await unhandled(store)
        finally:
            store.close()

    return virtually(work)


@pytest.mark.parametrize(
    "problem",
    [
        Unavailable(503, "Down."), OutcomeUnknown(504, "?"), RateLimited(429, "Slow.", retry_after=9),
        OperationalError("database is locked"),
    ],
)  # fmt: skip
def test_while_webex_or_the_database_is_unwell_it_is_tried_again(tmp_path, problem):
    answering = Answering(failing={"a": [problem] * 5})
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == ["begin a"] * 6 + ["end a"]
    assert seconds > 5


class Full(Store):
    """Nothing can be marked as answered, a few times."""

    left = 5

    async def lightly(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Unless the disk is full."""
        if function is events.handled and self.left:
            self.left -= 1
            raise OperationalError("database or disk is full")
        return await super().lightly(function, *args, **kwargs)


def test_what_was_answered_is_marked_once_it_can_be_and_not_answered_again(tmp_path):
    answering = Answering()
    left, seconds = hours(tmp_path, answering, Full)
    assert (left, answering.order) == (set(), ["begin a", "end a"])
    assert seconds > 5


def test_it_is_tried_for_an_hour_and_then_at_the_next_start(tmp_path):
    answering = Answering(failing={"a": [Unavailable(503, "Down.") for _ in range(999)]})
    left, seconds = hours(tmp_path, answering)
    assert left == {"a"}
    assert answering.order == ["begin a"] * TRIES
    assert 3000 < seconds < 4200


def test_a_wait_that_webex_asks_for_is_kept(tmp_path):
    answering = Answering(failing={"a": [RateLimited(429, "Slow.", retry_after=600)]})
    left, seconds = hours(tmp_path, answering)
    assert (left, seconds > 600) == (set(), True)


@pytest.mark.parametrize(
    ("problem", "left"),
    [(Forbidden(403, "x"), set()), (NotFound(404, "x"), set()), (Unauthorized(401, "x"), {"a"})],
)
async def test_where_we_may_not_speak_is_not_tried_again(store, problem, left):
    answering = Answering(failing={"a": [problem]})
    box = inbox(store, answering)
    await box.take(event("a"))
    await box.finish(10)
    assert (answering.order, await unhandled(store)) == (["begin a"], left)


async def test_nothing_is_kept_of_lanes_that_are_done(store):
    box = inbox(store, Answering())
    for number in range(20):
        await box.take(event(f"e{number}", actor=f"person {number}"))
    await box.finish(10)
    assert not box._lanes
    assert not box._waiting


async def test_one_person_in_one_space_is_answered_in_order_others_side_by_side(store):
    gate = asyncio.Event()
    answering = Answering(slow={"a": gate})
    box = inbox(store, answering)
    for one in (event("a"), event("b"), event("c", actor="bob"), event("d", room="other")):
        await box.take(one)
    async with asyncio.timeout(10):
        while "end d" not in answering.order:  # noqa: ASYNC110 - nothing to wait for but this
            await asyncio.sleep(0)
    assert "begin b" not in answering.order
    gate.set()
    await box.finish(10)
    assert answering.order.index("end a") < answering.order.index("begin b")


async def test_finishing_waits_no_longer_than_it_is_told(store):
    gate = asyncio.Event()
    box = inbox(store, Answering(slow={"a": gate}))
    await box.take(event("a"))
    await box.finish(0.01)
    assert await unhandled(store) == {"a"}
    gate.set()
    await box.finish(10)


async def test_what_is_parked_is_let_go_and_answered_at_the_next_start(store):
    answering = Answering(slow={"slow": asyncio.Event()})
    box = inbox(store, answering)
    for name in ("slow", "behind"):
        await box.take(event(name))
    await box.finish(0.01)
    async with asyncio.timeout(5):
        await box.park()
    assert not box._tasks
    assert answering.order == ["begin slow"]
    assert await unhandled(store) == {"slow", "behind"}

    answering.slow.clear()
    again = inbox(store, answering)
    await again.recover()
    await again.finish(10)
    assert answering.order[1:] == ["begin slow", "end slow", "begin behind", "end behind"]
    assert await unhandled(store) == set()


async def test_with_nothing_left_there_is_nothing_to_park(store):
    box = inbox(store, Answering())
    await box.take(event("a"))
    await box.finish(10)
    await box.park()
    assert await unhandled(store) == set()


async def taken_halfway(box: Inbox, slow: Slow) -> asyncio.Task[bool]:
    """Who takes an event that is claimed and not started."""
    taker = asyncio.create_task(box.take(event("a")))
    await slow.claimed.wait()
    return taker


async def test_who_stops_taking_halfway_leaves_nothing_unanswered(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    taker.cancel()
    await asyncio.wait([taker])
    slow.gate.set()
    await box.finish(10)
    assert (taker.cancelled(), answering.order) == (True, ["begin a", "end a"])
    assert await unhandled(slow) == set()


async def test_finishing_waits_for_what_is_being_taken_and_its_answer(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    finishing = asyncio.create_task(box.finish(10))
    await asyncio.sleep(0)
    slow.gate.set()
    await finishing
    assert answering.order == ["begin a", "end a"]
    assert await taker


async def test_what_is_parked_while_it_is_taken_is_answered_at_the_next_start(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    await box.finish(0.01)
    await box.park()
    await asyncio.wait([taker])
    assert (box._tasks, answering.order) == (set(), [])
    later = inbox(slow, answering)
    await later.recover()
    await later.finish(10)
    assert answering.order == ["begin a", "end a"]
