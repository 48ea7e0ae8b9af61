"""Answers kept for a while."""

import asyncio
import gc

import pytest

from bot.webex.cache import MAX_ENTRIES, Cache


class Source:
    """Answers 1, 2, 3, …; waits for the gate, and fails when told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.trouble: Exception | None = None

    async def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.trouble:
            raise self.trouble
        return number


class Clock:
    """Moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At 100 seconds."""
    return Clock()


@pytest.fixture
def cache(clock) -> Cache:
    """Empty."""
    return Cache(clock)


async def test_an_answer_is_kept_for_its_lifetime_and_no_longer(cache, clock):
    source = Source()
    assert await cache.get("a", source, 10) == 1
    clock.now += 9.9
    assert await cache.get("a", source, 10) == 1
    clock.now += 0.1
    assert await cache.get("a", source, 10) == 2


async def test_each_key_has_its_own_answer(cache):
    source = Source()
    assert [await cache.get(key, source, 10) for key in ("a", "b", "a")] == [1, 2, 1]


async def test_concurrent_callers_share_one_call(cache):
    source = Source()
    source.gate.clear()
    asking = [asyncio.create_task(cache.get("a", source, 10)) for _ in range(20)]
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*asking) == [1] * 20
    assert source.asked == 1


async def test_a_failure_is_not_cached(cache):
    source = Source()
    source.trouble = OSError("no")
    with pytest.raises(OSError, match="no"):
        await cache.get("a", source, 10)
    source.trouble = None
    assert await cache.get("a", source, 10) == 2


async def test_all_waiting_callers_get_the_failure(cache):
    source = Source()
    source.trouble = OSError("no")
    answers = await asyncio.gather(
        *(cache.get("a", source, 10) for _ in range(3)), return_exceptions=True
    )
    assert [str(answer) for answer in answers] == ["no"] * 3
    assert source.asked == 1


async def test_a_cancelled_caller_does_not_cancel_the_others(cache):
    source = Source()
    source.gate.clear()
    first = asyncio.create_task(cache.get("a", source, 10))
    second = asyncio.create_task(cache.get("a", source, 10))
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_refresh_replaces_a_cached_answer(cache):
    source = Source()
    await cache.get("a", source, 10)
    assert await cache.refresh("a", source, 10) == 2
    assert await cache.get("a", source, 10) == 2


async def test_none_is_cached_as_well(cache):
    asked = []

    async def nothing() -> None:
        asked.append(1)

    assert await cache.get("a", nothing, 10) is None
    assert await cache.get("a", nothing, 10) is None
    assert len(asked) == 1


async def test_memory_stays_bounded_and_the_oldest_goes_first(cache):
    source = Source()
    for key in range(MAX_ENTRIES + 1):
        await cache.get(key, source, 10)
    assert await cache.get(MAX_ENTRIES, source, 10) == MAX_ENTRIES + 1
    assert await cache.get(0, source, 10) == MAX_ENTRIES + 2


async def test_a_failure_for_which_every_caller_gave_up_is_not_reported_as_lost(clock):
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    source, cache = Source(), Cache(clock=clock)
    source.gate.clear()
    source.trouble = ValueError("no")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await cache.refresh("key", source, 10)
    source.gate.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
    assert (source.asked, reported) == (1, [])
