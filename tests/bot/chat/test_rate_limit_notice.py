"""Who waits for Webex's rate limit is told once, where they wait, and no longer than they wait."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.chat.progress import Progress
from bot.chat.rate_limit_notice import CHECK_INTERVAL, MIN_WAIT, RateLimitNotice
from bot.core.errors import Unavailable
from bot.core.models.people import Place
from bot.store.database import Store
from bot.store.progress_messages import posted
from tests.database import migrated
from tests.fake_messenger import FakeMessenger
from tests.virtual_clock import virtually

ROOM, OTHER = Place("room", direct=True), Place("other", direct=True)


Waits = tuple[Place, float]  # who waits there, and for how many seconds
Wait = Callable[..., list[str]]


@pytest.fixture
def wait(messenger: FakeMessenger, tmp_path: Path) -> Wait:
    """So many who wait at once; what stands in the end."""

    async def wait_once(notice: RateLimitNotice, place: Place, long: float) -> None:
        async with notice.watch(place):
            await asyncio.sleep(long)

    def wait(*waits: Waits, seconds: float = 40.0) -> list[str]:
        async def work() -> list[str]:
            store = Store(migrated(tmp_path / "provbot.db"))
            notice = RateLimitNotice(Progress(store, messenger), lambda: seconds)
            await asyncio.gather(*(wait_once(notice, place, long) for place, long in waits))
            await notice.finish()
            assert not notice._rooms
            assert not notice._tasks
            assert await store.call(posted) == []
            store.close()
            return [message.text for message in messenger.standing]

        return virtually(work)[0]

    return wait


@pytest.fixture
def messenger() -> FakeMessenger:
    """Who says it."""
    return FakeMessenger()


def test_a_long_wait_shows_its_duration_until_it_ends(wait: Wait, messenger: FakeMessenger):
    assert wait((ROOM, 30)) == []
    (line,) = messenger.posted
    assert "Webex limits how fast I may work. I continue in about 40 s" in line.text
    assert line.place == ROOM


def test_many_waits_in_a_space_show_one_notice(wait: Wait, messenger: FakeMessenger):
    assert wait((ROOM, 30), (ROOM, 35), (ROOM, 3), (OTHER, 30)) == []
    assert sorted(message.place.room_id for message in messenger.posted if message.place) == [
        "other",
        "room",
    ]


@pytest.mark.parametrize(
    ("long", "seconds"), [(CHECK_INTERVAL / 2, 40.0), (30, 0.0), (30, MIN_WAIT - 1)]
)
def test_short_waits_and_other_delays_show_no_notice(
    wait: Wait, messenger: FakeMessenger, long: float, seconds: float
):
    wait((ROOM, long), seconds=seconds)
    assert messenger.posted == []


def test_a_notice_that_cannot_be_posted_does_not_stop_the_work(
    wait: Wait, messenger: FakeMessenger
):
    messenger.troubles = [Unavailable(503, "Down.")]
    assert wait((ROOM, 30)) == []


def test_an_exception_ends_the_wait(messenger: FakeMessenger, tmp_path: Path):
    async def breaks(notice: RateLimitNotice) -> None:
        async with notice.watch(ROOM):
            await asyncio.sleep(10)
            raise KeyError

    async def work() -> None:
        store = Store(migrated(tmp_path / "provbot.db"))
        notice = RateLimitNotice(Progress(store, messenger), lambda: 60.0)
        with pytest.raises(KeyError):
            await breaks(notice)
        await notice.finish()
        store.close()

    virtually(work)
    assert len(messenger.posted) == 1
    assert messenger.standing == []
