"""Lines that stand for a while: noted while they stand, whatever happens, and forgotten when they went."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.lines import Lines
from bot.errors import Unavailable
from bot.models import Place
from bot.store import lines as rows
from bot.store.database import Store
from bot.store.lines import Line
from tests.fakes import FakeMessenger

ROOM = Place("room", direct=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(tmp_path / "provbot.db")
    yield made
    made.close()


@pytest.fixture
def messenger() -> FakeMessenger:
    """Who says it."""
    return FakeMessenger()


@pytest.fixture
def lines(store: Store, messenger: FakeMessenger) -> Lines:
    """What is tried."""
    return Lines(store, messenger)


async def noted(lines: Lines) -> list[tuple[str, str]]:
    """What a next process would find."""
    return [(one.message_id, one.request) for one in await lines.store.call(rows.standing)]


async def test_a_line_is_noted_while_it_stands(lines: Lines, messenger: FakeMessenger):
    line = lines.say(ROOM, "⏳", request="7K3F")
    assert await line == "msg-1"
    assert await noted(lines) == [("msg-1", "7K3F")]
    lines.over(line)
    await lines.finish()
    assert (messenger.removed, await noted(lines)) == (["msg-1"], [])


async def test_it_is_taken_away_once_it_is_there(lines: Lines, messenger: FakeMessenger):
    messenger.gate.clear()
    lines.over(lines.say(ROOM, "⏳"))
    await asyncio.sleep(0)
    assert messenger.removed == []
    messenger.gate.set()
    await lines.finish()
    assert messenger.standing == []
    assert await noted(lines) == []


async def test_one_that_could_not_be_taken_away_stays_noted(lines: Lines, messenger: FakeMessenger):
    messenger.sticky = {"msg-1"}
    await lines.take_away(lines.say(ROOM, "⏳"))
    assert await noted(lines) == [("msg-1", "")]


async def test_what_stays_and_what_goes_is_told_apart(lines: Lines, messenger: FakeMessenger):
    messenger.sticky = {"b"}
    assert await lines.gone(["a", "b", None, "a", ""]) == ["a"]
    assert messenger.removed == ["a", "b"]


async def test_where_nothing_can_be_said_there_is_nothing_to_take_away(
    lines: Lines, messenger: FakeMessenger
):
    messenger.troubles = [Unavailable(503, "Down.")]
    await lines.take_away(lines.say(ROOM, "⏳"))
    assert (messenger.removed, await noted(lines)) == ([], [])


async def test_one_that_cannot_be_noted_breaks_nothing(store: Store, messenger: FakeMessenger):
    await store.call(lambda db: db.execute("drop table lines"))
    line = await Lines(store, messenger).say(ROOM, "⏳")
    assert line == messenger.said[0].id  # this process knows it, and takes it away


async def test_who_gives_up_waiting_for_a_line_does_not_stop_it(
    lines: Lines, messenger: FakeMessenger
):
    messenger.gate.clear()
    line = lines.say(ROOM, "⏳")
    impatient = asyncio.create_task(lines.take_away(line))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    messenger.gate.set()
    await line
    assert await noted(lines) == [("msg-1", "")]


async def test_what_an_earlier_process_left_is_cleared(lines: Lines, messenger: FakeMessenger):
    for message in ("a", "b", "c"):
        await lines.store.call(rows.add, Line(message_id=message, request=""))
    messenger.sticky = {"b"}
    lines.clear(["a", "b"])
    await lines.finish()
    assert [message for message, _ in await noted(lines)] == ["b", "c"]
