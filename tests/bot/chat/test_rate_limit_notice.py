"""Who waits for Webex's rate limit is told once, where they wait, and no longer than they wait."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from bot.chat.progress import Progress
from bot.chat.rate_limit_notice import CHECK_INTERVAL, MIN_WAIT, RateLimitNotice
from bot.core.errors import RateLimited, Unavailable
from bot.core.models.people import Place
from bot.store.database import Store
from bot.store.progress_messages import posted
from bot.webex.rate_limiter import RateLimiter
from tests.database import migrated
from tests.fake_messenger import FakeMessenger
from tests.virtual_clock import virtually

ROOM, OTHER = Place("room", direct=True), Place("other", direct=True)


Wait = Callable[..., list[str]]


async def held(limiter: RateLimiter, seconds: float) -> None:
    """A call that Webex refuses once."""
    refusals = iter([RateLimited(429, "Later.", retry_after=seconds)])

    async def call() -> None:
        for refusal in refusals:
            raise refusal

    await limiter.run("people", call)


@pytest.fixture
def wait(messenger: FakeMessenger, tmp_path: Path) -> Wait:
    """Calls in these spaces that are held for so many seconds; what stands in the end."""

    async def wait_once(notice: RateLimitNotice, place: Place, seconds: float) -> None:
        async with notice.watch(place):
            await held(RateLimiter(), seconds)

    def wait(*waits: tuple[Place, float]) -> list[str]:
        async def work() -> list[str]:
            store = Store(migrated(tmp_path / "provbot.db"))
            notice = RateLimitNotice(Progress(store, messenger))
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
    assert wait((ROOM, 42)) == []
    (line,) = messenger.posted
    assert "Webex limits how fast I may work. I will continue in about 40 s" in line.text
    assert line.place == ROOM


def test_many_waits_in_a_space_show_one_notice(wait: Wait, messenger: FakeMessenger):
    assert wait((ROOM, 30), (ROOM, 35), (ROOM, 3), (OTHER, 30)) == []
    assert sorted(message.place.room_id for message in messenger.posted if message.place) == [
        "other",
        "room",
    ]


@pytest.mark.parametrize("seconds", [CHECK_INTERVAL / 2, MIN_WAIT - 1])
def test_a_short_wait_shows_no_notice(wait: Wait, messenger: FakeMessenger, seconds: float):
    wait((ROOM, seconds))
    assert messenger.posted == []


def test_who_waits_for_something_else_is_not_told_of_a_limit(
    messenger: FakeMessenger, tmp_path: Path
):
    async def work() -> None:
        store = Store(migrated(tmp_path / "provbot.db"))
        notice = RateLimitNotice(Progress(store, messenger))
        limiter = RateLimiter()
        held_elsewhere = asyncio.create_task(held(limiter, 30))
        async with notice.watch(ROOM):
            await limiter.run("devices", partial(asyncio.sleep, 20))
        await held_elsewhere
        await notice.finish()
        store.close()

    virtually(work)
    assert messenger.posted == []


def test_a_notice_that_cannot_be_posted_does_not_stop_the_work(
    wait: Wait, messenger: FakeMessenger
):
    messenger.troubles = [Unavailable(503, "Down.")]
    assert wait((ROOM, 30)) == []


def test_an_exception_ends_the_wait(messenger: FakeMessenger, tmp_path: Path):
    async def breaks(notice: RateLimitNotice) -> None:
        async with notice.watch(ROOM):
            await held(RateLimiter(), 60)
            raise KeyError

    async def work() -> None:
        store = Store(migrated(tmp_path / "provbot.db"))
        notice = RateLimitNotice(Progress(store, messenger))
        with pytest.raises(KeyError):
            await breaks(notice)
        await notice.finish()
        store.close()

    virtually(work)
    assert len(messenger.posted) == 1
    assert messenger.standing == []
