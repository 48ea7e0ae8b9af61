"""An event that was received is stored even if the database is locked for long.

If the process ends before, the next process reports the event as lost.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pytest

from bot.chat.events import CARD_ACTION, Event
from bot.chat.inbox import Inbox
from bot.core.errors import DatabaseUnavailable
from bot.store import events
from bot.store.sql import Database, select
from bot.store.unclaimed import Unclaimed
from tests.bot.inbox_harness import Answering
from tests.bot.requests.inline_store import CrashTimer, InlineStore
from tests.virtual_clock import virtually

pytestmark = pytest.mark.usefixtures("engine")

P = ParamSpec("P")
T = TypeVar("T")
WHY = ["database is locked", "database or disk is full", "disk I/O error"]


class Failing(InlineStore):
    """Stores no event until a moment."""

    until = 0.0
    why = WHY[0]

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Unless it fails."""
        if function is events.claim and asyncio.get_running_loop().time() < self.until:
            raise DatabaseUnavailable(self.why)
        return await super().call(function, *args, **kwargs)


def press(name: str, actor: str = "ann") -> Event:
    """A button."""
    return Event(name, CARD_ACTION, "room", actor, direct=True, host="")


@pytest.mark.parametrize("why", WHY)
@pytest.mark.parametrize("seconds", [1.0, 8.0, 30.0, 300.0])
def test_events_during_a_database_failure_are_answered_in_order(tmp_path, seconds, why):
    answering, file = Answering(), tmp_path / "provbot.db.unclaimed"

    async def work() -> list[float]:
        store = Failing(tmp_path / "provbot.db", CrashTimer())
        loop = asyncio.get_running_loop()
        store.until, store.why = loop.time() + seconds, why
        box = Inbox(store, answering, unclaimed=Unclaimed(file))
        names = [f"p{number}" for number in range(20)]
        takings = [asyncio.create_task(box.take(press(name))) for name in names]
        await asyncio.sleep(seconds / 2)
        assert box.unclaimed.number == 1  # the others of the same person wait behind it
        assert file.exists()
        assert all(await asyncio.gather(*takings))
        stored = loop.time()
        await box.finish(1e6)
        assert [step for step in answering.order if step.startswith("end")] == [
            f"end {name}" for name in names
        ]
        rows = [*select(store.db, "select received_at from events")]
        store.close()
        return [stored - store.until, *(row["received_at"] for row in rows)]

    (late, *received), _ = virtually(work)
    assert late < 5
    assert len(received) == 20
    assert not file.exists()


def test_a_press_that_cannot_be_stored_does_not_block_others(tmp_path):
    async def work() -> None:
        store = Failing(tmp_path / "provbot.db", CrashTimer())
        store.until = asyncio.get_running_loop().time() + 8
        box = Inbox(store, Answering())
        first, second = (asyncio.create_task(box.take(press(name, name))) for name in "ab")
        await asyncio.sleep(1)
        assert box.unclaimed.number == 2
        assert all(await asyncio.gather(first, second))
        await box.finish(100)
        store.close()

    virtually(work)


def test_the_next_process_knows_that_an_event_may_be_lost(tmp_path):
    file = tmp_path / "provbot.db.unclaimed"

    async def work() -> None:
        store = Failing(tmp_path / "provbot.db", CrashTimer())
        store.until = asyncio.get_running_loop().time() + 1e6
        box = Inbox(store, Answering(), unclaimed=Unclaimed(file))
        taking = asyncio.create_task(box.take(press("a")))
        await asyncio.sleep(1)
        await box.finish(14)
        await box.cancel_pending()
        await asyncio.wait([taking])
        store.close()

    virtually(work)
    later = Unclaimed(file)
    assert later.to_tell
    later.people_told()
    assert not Unclaimed(file).to_tell


class Silent(Failing):
    """Its database does not answer at all."""

    async def call(
        self, function: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Never."""
        await asyncio.Event().wait()
        raise AssertionError


def test_the_next_process_knows_of_an_event_whose_first_attempt_hung(tmp_path):
    file = tmp_path / "provbot.db.unclaimed"

    async def work() -> None:
        store = Silent(tmp_path / "provbot.db", CrashTimer())
        box = Inbox(store, Answering(), unclaimed=Unclaimed(file))
        taking = asyncio.create_task(box.take(press("a")))
        await asyncio.sleep(1)
        await box.finish(14)
        await box.cancel_pending()
        await asyncio.wait([taking])
        assert box.unclaimed.is_owed
        store.close()

    virtually(work)
    assert Unclaimed(file).to_tell


def test_a_disconnection_while_an_event_is_stored_is_reported():
    unclaimed, states = Unclaimed(), list[bool]()
    unclaimed.connection_lost()
    states.append(unclaimed.to_tell)
    with unclaimed.counted():
        unclaimed.connection_lost()
    states.append(unclaimed.to_tell)
    unclaimed.people_told()
    states.append(unclaimed.to_tell)
    assert states == [False, True, False]


def test_people_must_be_told_of_an_event_that_is_not_stored():
    unclaimed, owed = Unclaimed(), list[bool]()
    owed.append(unclaimed.is_owed)
    with unclaimed.counted():
        owed.append(unclaimed.is_owed)
    owed.append(unclaimed.is_owed)
    assert owed == [False, True, False]


def test_a_file_that_cannot_be_written_does_not_stop_the_bot(tmp_path: Path):
    unclaimed = Unclaimed(tmp_path / "no such folder" / "file")
    with unclaimed.counted():
        assert unclaimed.number == 1
    assert unclaimed.number == 0
