"""Progress messages are recorded while they are shown, and forgotten once they are removed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.progress import MAX_TICKS, Progress, UsedCard
from bot.core.errors import Unavailable
from bot.core.models.people import Place
from bot.core.models.requests import ProgressMessage
from bot.store import progress_messages as rows
from bot.store.database import Store
from bot.store.sql import transaction
from tests.database import another_process, impatient, migrated
from tests.fake_messenger import FakeMessenger

ROOM = Place("room", direct=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A real file."""
    made = Store(migrated(tmp_path / "provbot.db"))
    yield made
    made.close()


@pytest.fixture
def messenger() -> FakeMessenger:
    """A messenger that records what it posts."""
    return FakeMessenger()


@pytest.fixture
def progress(store: Store, messenger: FakeMessenger) -> Progress:
    """The object under test."""
    return Progress(store, messenger)


async def noted(progress: Progress) -> list[tuple[str, str]]:
    """The records that the next process would find."""
    return [(row.message_id, row.request) for row in await progress.store.call(rows.posted)]


async def test_a_message_is_recorded_while_it_is_shown(
    progress: Progress, messenger: FakeMessenger
):
    line = progress.post(ROOM, "⏳", request="7K3F")
    assert await line.message_id() == "msg-1"
    assert await noted(progress) == [("msg-1", "7K3F")]
    progress.remove_soon(line)
    await progress.finish()
    assert (messenger.removed, await noted(progress)) == (["msg-1"], [])


async def test_a_message_is_removed_once_it_is_posted(progress: Progress, messenger: FakeMessenger):
    messenger.gate.clear()
    progress.remove_soon(progress.post(ROOM, "⏳"))
    await asyncio.sleep(0)
    assert messenger.removed == []
    messenger.gate.set()
    await progress.finish()
    assert messenger.standing == []
    assert await noted(progress) == []


async def test_a_used_card_goes_once_a_message_stands_in_its_place(
    store: Store, messenger: FakeMessenger
):
    progress = Progress(store, messenger, used_card_stays=0.0, shown_after=0.0)
    card = UsedCard("card")
    messenger.gate.clear()
    with progress.while_running(ROOM, "⏳", card):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (messenger.removed, card.gone) == ([], False)  # the message is not posted yet
        messenger.gate.set()
        await progress.finish()
        assert (messenger.removed, card.gone) == (["card"], True)
    await progress.finish()
    assert messenger.removed == ["card", "msg-1"]


async def test_a_used_card_stays_if_the_work_is_fast_or_no_message_replaces_it(
    store: Store, messenger: FakeMessenger
):
    card, fast = UsedCard("card"), Progress(store, messenger)
    with fast.while_running(ROOM, "⏳", card):
        pass
    await fast.finish()
    progress = Progress(store, messenger, used_card_stays=0.0, shown_after=0.0)
    messenger.troubles = [Unavailable(503, "Down.")]
    with progress.while_running(ROOM, "⏳", card):
        await asyncio.sleep(0)
        await progress.finish()
    await progress.finish()
    assert "card" not in messenger.removed
    assert not card.gone


async def test_a_message_that_cannot_be_removed_stays_recorded(
    progress: Progress, messenger: FakeMessenger
):
    messenger.sticky = {"msg-1"}
    await progress.remove(progress.post(ROOM, "⏳"))
    assert await noted(progress) == [("msg-1", "")]


async def test_only_deleted_messages_are_returned(progress: Progress, messenger: FakeMessenger):
    messenger.sticky = {"b"}
    assert await progress.delete_messages(["a", "b", None, "a", ""]) == ["a"]
    assert messenger.removed == ["a", "b"]


async def test_a_message_that_was_not_posted_is_not_removed(
    progress: Progress, messenger: FakeMessenger
):
    messenger.troubles = [Unavailable(503, "Down.")]
    await progress.remove(progress.post(ROOM, "⏳"))
    assert (messenger.removed, await noted(progress)) == ([], [])


async def test_a_message_that_cannot_be_recorded_is_still_posted(
    store: Store, messenger: FakeMessenger
):
    await store.call(lambda db: db.execute("drop table progress_messages"))
    line = await Progress(store, messenger).post(ROOM, "⏳").message_id()
    assert line == messenger.posted[0].id  # this process knows it, and takes it away


async def test_cancelling_the_caller_does_not_cancel_the_posting(
    progress: Progress, messenger: FakeMessenger
):
    messenger.gate.clear()
    line = progress.post(ROOM, "⏳")
    impatient = asyncio.create_task(progress.remove(line))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    messenger.gate.set()
    await line.message_id()
    assert await noted(progress) == [("msg-1", "")]


async def test_messages_of_an_earlier_process_are_deleted(
    progress: Progress, messenger: FakeMessenger
):
    for message in ("a", "b", "c"):
        await progress.store.call(rows.add, ProgressMessage(message_id=message, request=""))
    messenger.sticky = {"b"}
    progress.delete_soon(["a", "b"])
    await progress.finish()
    assert [message for message, _ in await noted(progress)] == ["b", "c"]


async def test_a_failed_removal_is_retried(progress: Progress, messenger: FakeMessenger):
    messenger.sticky = {"msg-1"}
    await progress.remove(progress.post(ROOM, "⏳"))
    messenger.sticky = set()
    progress.tick()
    await progress.finish()
    assert (messenger.standing, await noted(progress)) == ([], [])
    progress.tick()
    assert not progress.tasks


async def test_retries_of_a_removal_become_rarer(progress: Progress, messenger: FakeMessenger):
    messenger.sticky = {"msg-1"}
    await progress.delete([await progress.post(ROOM, "⏳").message_id()])
    tried = []
    for number in range(1, 2 * MAX_TICKS):
        progress.tick()
        tried += [number] if progress.tasks else []
        await progress.finish()
    assert tried == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert await noted(progress) == [("msg-1", "")]  # for the next start


async def test_a_locked_database_forgets_a_message_later(
    progress: Progress, messenger: FakeMessenger, tmp_path: Path
):
    line = progress.post(ROOM, "⏳")
    await line.message_id()
    await progress.store.call(impatient)
    with another_process(tmp_path / "provbot.db") as other, transaction(other):
        await progress.remove(line)
        assert messenger.removed == ["msg-1"]
        assert await progress.post(ROOM, "⏳ not noted").message_id() == "msg-2"
    progress.tick()
    await progress.finish()
    assert await noted(progress) == []
