"""The inbox: claimed once, answered in order where it matters, tried until it is answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from sqlite3 import OperationalError
from typing import Concatenate, ParamSpec, TypeVar

import pytest
from sqlite_utils import Database

from bot.chat.event_reader import IncomingEvent
from bot.chat.events import MESSAGE, Event
from bot.chat.inbox import LANE_TIMEOUT, Inbox
from bot.core.errors import (
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthorized,
    Unavailable,
    Undecodable,
    Unreached,
    WebexError,
)
from bot.core.models.people import Place, Sender
from bot.requests.drafts import Reply
from bot.store import events
from bot.store.database import Store
from tests.bot.requests.harness import CrashTimer, InlineStore
from tests.virtual_clock import virtually

DONE = ["begin a", "answer a", "post a", "end a"]
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
    return Event(name, MESSAGE, room, actor, direct=True, host="")


@dataclass
class Answering:
    """In place of a dispatch: notes who is being answered, and fails where it is told to, stage by stage."""

    failing: dict[str, list[Exception]] = field(default_factory=dict)  # by id, while it is read
    answering: list[Exception] = field(default_factory=list)
    posting: list[Exception] = field(default_factory=list)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    async def read(self, event: Event) -> IncomingEvent:
        """One event."""
        self.order.append(f"begin {event.id}")
        if event.id in self.slow:
            await self.slow[event.id].wait()
        _fail(self.failing.get(event.id, []))
        return IncomingEvent(event.id, Sender("ann", "ann@example.com"), Place("room", direct=True))

    async def answer(self, incoming: IncomingEvent, _waited: float) -> Reply:
        """What to say."""
        self.order.append(f"answer {incoming.event_id}")
        _fail(self.answering)
        return Reply(incoming.event_id)

    async def post(self, incoming: IncomingEvent, _reply: Reply) -> None:
        """Say it."""
        self.order.append(f"post {incoming.event_id}")
        _fail(self.posting)
        self.order.append(f"end {incoming.event_id}")

    def notice_while_reading(self, _event: Event) -> AbstractContextManager[None]:
        """Says nothing."""
        return nullcontext()

    async def tell_unreadable(self, event: Event, _waited: float, why: WebexError) -> None:
        """That it was never given."""
        self.order.append(f"unread {event.id} {why.status}")


def answering_with(stage: str, problems: list[Exception]) -> Answering:
    """One that fails while it reads, or while it posts."""
    if stage == "reading":
        return Answering(failing={"a": problems})
    return Answering(posting=problems)


def _fail(problems: list[Exception]) -> None:
    if problems:
        raise problems.pop(0)


def inbox(store: Store, answering: Answering) -> Inbox[Reply]:
    """In front of it."""
    return Inbox(store, answering)


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
    return {str(one.event["id"]) for one in await store.call(events.unhandled)}


async def test_an_event_is_answered_once_however_often_it_comes(store):
    answering = Answering()
    box = inbox(store, answering)
    await asyncio.gather(*(box.take(event("a")) for _ in range(5)))
    await box.finish(10)
    assert answering.order == DONE
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
    assert again.order == DONE
    assert await unhandled(store) == set()


def hours(
    tmp_path: Path, answering: Answering, kind: type[InlineStore] = InlineStore
) -> tuple[set[str], float]:
    """What is left unhandled of one event, and after how many seconds."""

    async def work() -> set[str]:
        store = kind(tmp_path / "provbot.db", CrashTimer())  # a thread would not know of this time
        try:
            box = inbox(store, answering)
            await box.take(event("a"))
            await box.finish(1e6)
            return await unhandled(store)
        finally:
            store.close()

    return virtually(work)


OUTAGES = [
    Unavailable(503, "Down."), OutcomeUnknown(504, "?"), RateLimited(429, "Slow.", retry_after=9),
    OperationalError("database is locked"),
]  # fmt: skip
REFUSALS = [
    *(WebexError(status, "No.") for status in (400, 405, 409, 410, 415, 451)),
    Forbidden(403, "No."), NotFound(404, "No."), Conflict(409, "No."), Unreached(401, "For a moment."),
]  # fmt: skip


@pytest.mark.parametrize("problem", [*OUTAGES, *REFUSALS])
def test_what_cannot_be_read_is_asked_for_again(tmp_path, problem):
    answering = Answering(failing={"a": [problem] * 5})
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == [*["begin a"] * 6, "answer a", "post a", "end a"]
    assert 5 < seconds < 60


@pytest.mark.parametrize("problem", [*OUTAGES, *REFUSALS])
def test_what_cannot_be_posted_is_posted_again_and_not_worked_out_again(tmp_path, problem):
    answering = Answering(posting=[problem] * 5)
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == ["begin a", "answer a", *["post a"] * 6, "end a"]
    assert 5 < seconds < 60


def test_a_database_that_is_locked_in_the_middle_is_waited_for(tmp_path):
    answering = Answering(answering=[OperationalError("database is locked")] * 3)
    left, _ = hours(tmp_path, answering)
    assert left == set()
    assert answering.order == ["begin a", *["answer a"] * 4, "post a", "end a"]


@pytest.mark.parametrize("problem", [*OUTAGES, *REFUSALS])
@pytest.mark.parametrize("trouble", [60.0, 140.0])
@pytest.mark.parametrize("stage", ["reading", "posting"])
def test_whatever_the_trouble_the_answer_comes_within_a_minute_after_it_ends(
    tmp_path, problem, trouble, stage
):
    class Until(list[Exception]):
        """Fails until a moment."""

        def __bool__(self) -> bool:
            return bool(asyncio.get_running_loop().time() < self.end)

        def pop(self, _index: object = 0) -> Exception:
            return refusal

        @cached_property
        def end(self) -> float:
            return float(asyncio.get_running_loop().time() + trouble)

    refusal: Exception = problem
    answering = answering_with(stage, Until())
    left, seconds = hours(tmp_path, answering)
    assert (left, answering.order[-1]) == (set(), "end a")
    assert seconds < trouble + 60


class Full(InlineStore):
    """Nothing can be marked as answered, a few times."""

    left = 5

    async def call_without_fsync(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Unless the disk is full."""
        if function is events.handled and self.left:
            self.left -= 1
            raise OperationalError("database or disk is full")
        return await super().call_without_fsync(function, *args, **kwargs)


def test_what_was_answered_is_marked_once_it_can_be_and_not_answered_again(tmp_path):
    answering = Answering()
    left, seconds = hours(tmp_path, answering, Full)
    assert (left, answering.order) == (set(), DONE)
    assert seconds > 5


@pytest.mark.parametrize("problem", [Unavailable(503, "Down."), Forbidden(403, "No."), WebexError(400, "No.")])  # fmt: skip
def test_what_cannot_be_read_for_an_hour_is_over_and_told(tmp_path, problem):
    answering = Answering(failing={"a": [problem] * 999})
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert answering.order[-1] == f"unread a {problem.status}"
    assert 3500 < seconds < 3700
    assert len(answering.order) < 140


def test_what_is_not_there_is_looked_for_during_minutes(tmp_path):
    answering = Answering(failing={"a": [NotFound(404, "No.")] * 999})
    left, seconds = hours(tmp_path, answering)
    assert (left, answering.order[-1]) == (set(), "unread a 404")
    assert 120 < seconds < 200
    assert len(answering.order) < 20


def test_what_no_program_can_read_is_asked_for_once(tmp_path):
    answering = Answering(failing={"a": [Undecodable(200, "?")] * 999})
    left, seconds = hours(tmp_path, answering)
    assert (left, answering.order) == (set(), ["begin a", "unread a 200"])
    assert seconds < 1


@pytest.mark.parametrize("problem", [Forbidden(403, "x"), NotFound(404, "x")])
def test_where_we_may_not_speak_is_tried_again_for_minutes_only(tmp_path, problem):
    answering = Answering(posting=[problem] * 999)
    left, seconds = hours(tmp_path, answering)
    assert left == set()
    assert 60 < seconds < 200
    assert answering.order.count("answer a") == 1


@pytest.mark.parametrize("stage", ["reading", "posting"])
def test_with_a_dead_token_it_is_left_for_the_next_start(tmp_path, stage):
    dead: list[Exception] = [Unauthorized(401, "Dead.")]
    answering = answering_with(stage, dead)
    left, seconds = hours(tmp_path, answering)
    assert left == {"a"}
    assert seconds < 1


def test_an_outage_of_posting_for_hours_is_left_for_the_next_start(tmp_path):
    left, seconds = hours(tmp_path, Answering(posting=[Unavailable(503, "Down.")] * 999))
    assert left == {"a"}
    assert 3500 < seconds < 3700


def test_a_wait_that_webex_asks_for_is_kept(tmp_path):
    answering = Answering(failing={"a": [RateLimited(429, "Slow.", retry_after=600)]})
    left, seconds = hours(tmp_path, answering)
    assert (left, seconds > 600) == (set(), True)


async def test_nothing_is_kept_of_lanes_that_are_done(store):
    box = inbox(store, Answering())
    for number in range(20):
        await box.take(event(f"e{number}", actor=f"person {number}"))
    await box.finish(10)
    assert not box._lanes
    assert not box._claims


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


async def test_with_nothing_left_there_is_nothing_to_park(store):
    box = inbox(store, Answering())
    await box.take(event("a"))
    await box.finish(10)
    await box.cancel_pending()
    assert await unhandled(store) == set()


async def taken_halfway(box: Inbox[Reply], slow: Slow) -> asyncio.Task[bool]:
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
    assert (taker.cancelled(), answering.order) == (True, DONE)
    assert await unhandled(slow) == set()


async def test_finishing_waits_for_what_is_being_taken_and_its_answer(slow):
    answering = Answering()
    box = inbox(slow, answering)
    taker = await taken_halfway(box, slow)
    finishing = asyncio.create_task(box.finish(10))
    await asyncio.sleep(0)
    slow.gate.set()
    await finishing
    assert answering.order == DONE
    assert await taker


async def test_what_is_parked_while_it_is_taken_is_answered_at_the_next_start(slow):
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


def lanes(tmp_path: Path, poison: Exception) -> tuple[Answering, set[str], float]:
    """One event that Webex never gives, and the next one of the same person: until that is answered."""
    answering = Answering(failing={"a": [poison] * 9999})

    async def work() -> set[str]:
        store = InlineStore(tmp_path / "provbot.db", CrashTimer())
        box = inbox(store, answering)
        for name in ("a", "b"):
            await box.take(event(name))
        while "end b" not in answering.order:  # noqa: ASYNC110 - nothing to wait for but this
            await asyncio.sleep(1)
        apart = set(box.not_given)
        await box.cancel_pending()
        store.close()
        return apart

    apart, seconds = virtually(work)
    return answering, apart, seconds


@pytest.mark.parametrize("poison", [*OUTAGES[:3], *REFUSALS])
def test_one_event_that_webex_never_gives_mutes_its_author_for_half_a_minute_at_most(
    tmp_path, poison
):
    answering, apart, seconds = lanes(tmp_path, poison)
    assert "begin b" in answering.order
    soon = isinstance(poison, NotFound)  # late, or taken back
    assert seconds < 6 if soon else LANE_TIMEOUT <= seconds < LANE_TIMEOUT + 5
    assert apart == {"a"}  # and does not count against readiness
