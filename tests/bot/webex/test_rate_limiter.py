"""The rate limiter obeys Webex's limits, learns them, and shares them fairly."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.core.errors import NotFound, RateLimited
from bot.webex.rate_limiter import (
    LOW_PRIORITY_TIMEOUT,
    TURNS_FOR_PEOPLE,
    WAIT_TIMEOUT,
    RateLimiter,
    low_priority,
)
from tests.bot.webex.cloud import Crowd, Limited
from tests.virtual_clock import virtually

T = TypeVar("T")
SOON = 0.5  # seconds; the time that a busy machine takes counts as well


def limited(retry_after: float = 1.0, status: int = 429) -> RateLimited:
    """A refusal."""
    return RateLimited(status, "Later.", retry_after=retry_after)


def answering(*answers: Exception | str) -> Callable[[], Awaitable[str]]:
    """Work that ends in these ways, one after another."""
    rest = list(answers)

    async def work() -> str:
        answer = rest.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return work


def run(work: Callable[[RateLimiter], Awaitable[T]]) -> tuple[T, float]:
    """What it comes to, and after how many seconds."""

    async def limited_work() -> T:
        return await work(RateLimiter())

    return virtually(limited_work)


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "burst"), [(2, 10), (5, 10), (10, 10), (50, 50), (60, 10)])
@pytest.mark.parametrize("latency", [0.02, 0.3])
def test_a_thousand_adds_take_no_longer_than_the_limit_allows(rate, burst, latency):
    crowd = Crowd(Limited(rate=rate, burst=burst, latency=latency))
    began = time.monotonic()
    seconds = crowd.work(9000, at_once=100)
    real = time.monotonic() - began  # the virtual clock counts it as well
    assert crowd.cloud.granted == 9000
    assert seconds - real <= 1.1 * (9000 - burst) / rate
    assert crowd.cloud.sent <= 1.05 * 9000


@pytest.mark.parametrize("rate", [0, 5, 10, 50])
def test_hardly_a_call_is_wasted_when_a_fifth_is_refused_at_random(rate):
    crowd = Crowd(Limited(rate=rate, burst=10, chance=0.2))
    crowd.work(4000, at_once=100)
    assert crowd.cloud.granted == 4000
    assert crowd.cloud.sent <= 1.05 * (4000 + crowd.cloud.by_chance)


# Not shrunk: that takes minutes when no call waits, and the numbers suffice.
@settings(deadline=None, max_examples=40, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    rate=st.sampled_from([0, 0.5, 3, 20]),
    burst=st.integers(1, 30),
    chance=st.sampled_from([0.0, 0.05, 0.3]),
    latency=st.sampled_from([0.0, 0.05, 0.7]),
    retry_after=st.sampled_from([0.0, 1.0, 7.0]),
    at_once=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_no_call_is_sent_during_a_retry_after_and_every_call_succeeds(
    rate, burst, chance, latency, retry_after, at_once, seed
):
    cloud = Limited(rate, burst, chance, latency, retry_after, seed)
    Crowd(cloud).work(60, at_once)
    assert cloud.granted == 60
    assert cloud.too_early == 0


def test_without_a_limit_no_call_waits():
    crowd = Crowd(Limited(latency=0.3))
    assert crowd.work(100, at_once=100) < SOON


def test_one_refusal_holds_back_all_calls_but_not_for_long():
    async def work(limiter: RateLimiter) -> list[float]:
        loop = asyncio.get_running_loop()
        sent: list[float] = []

        async def another() -> None:
            sent.append(loop.time())

        began = loop.time()
        first = asyncio.create_task(limiter.run(answering(limited(5), "yes")))
        await asyncio.sleep(0)
        await asyncio.gather(*(limiter.run(another) for _ in range(8)), first)
        return [at - began for at in sent]

    sent, _ = run(work)
    assert min(sent) >= 5
    assert len({round(at, 3) for at in sent}) == len(sent)  # they do not wake in a herd
    assert max(sent) < 8


def test_the_limit_is_forgotten_after_a_while():
    async def work(limiter: RateLimiter) -> float:
        await limiter.run(answering(limited(1), "yes"))
        await asyncio.sleep(130)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(limiter.run(answering("yes")) for _ in range(50)))
        return asyncio.get_running_loop().time() - began

    assert run(work)[0] < SOON


def test_a_rate_that_is_hardly_used_is_forgotten_even_if_a_call_waits_now_and_then():
    async def three(limiter: RateLimiter) -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(limiter.run(answering("yes")) for _ in range(3)))
        await asyncio.sleep(15)
        return asyncio.get_running_loop().time() - began - 15

    async def work(limiter: RateLimiter) -> list[float]:
        await limiter.run(answering(*[limited(1)] * 4, "yes"))
        return [await three(limiter) for _ in range(12)]

    waited = run(work)[0]
    assert waited[0] > 1.0
    assert waited[-1] < SOON


def test_an_outage_that_answers_429_to_every_call_does_not_lower_the_rate():
    async def work(limiter: RateLimiter) -> float:
        loop = asyncio.get_running_loop()
        well_at = loop.time() + 600

        async def call() -> str:
            if loop.time() < well_at:
                raise limited(5)
            return "yes"

        async def now_and_then() -> None:
            with suppress(RateLimited):
                await limiter.run(call)

        asked = []
        for _ in range(150):
            asked.append(asyncio.ensure_future(now_and_then()))
            await asyncio.sleep(4)
        await asyncio.gather(*asked)
        return loop.time() - well_at

    assert run(work)[0] < 120


def test_a_refused_call_keeps_its_place():
    order: list[str] = []

    async def named(limiter: RateLimiter, name: str, *before: Exception) -> None:
        rest = list(before)

        async def call() -> None:
            if rest:
                raise rest.pop()
            order.append(name)

        await limiter.run(call)

    async def work(limiter: RateLimiter) -> None:
        first = asyncio.create_task(named(limiter, "first", limited(1), limited(1)))
        await asyncio.sleep(0)
        await asyncio.gather(*(named(limiter, str(number)) for number in range(5)), first)

    run(work)
    assert order[0] == "first"


def test_people_go_first_and_low_priority_is_not_starved():
    order: list[str] = []

    async def call(name: str) -> None:
        order.append(name)

    async def work(limiter: RateLimiter) -> None:
        await limiter.run(answering(limited(1), "yes"))
        with low_priority():
            tasks = [asyncio.create_task(limiter.run(lambda: call("bulk"))) for _ in range(10)]
            await asyncio.sleep(0)
        tasks += [asyncio.create_task(limiter.run(lambda: call("person"))) for _ in range(30)]
        await asyncio.gather(*tasks)

    run(work)
    people = TURNS_FOR_PEOPLE
    assert order[: 2 * (people + 1)].count("person") in range(2 * people - 1, 2 * people + 2)
    assert order.index("person") <= 1
    assert order.count("bulk") == 10


@pytest.mark.parametrize(
    ("is_low_priority", "timeout"), [(False, WAIT_TIMEOUT), (True, LOW_PRIORITY_TIMEOUT)]
)
def test_a_call_that_would_exceed_the_timeout_fails_at_once(is_low_priority, timeout):
    async def wait(limiter: RateLimiter) -> float:
        for _ in range(2):  # the one that is refused, and the next one
            with pytest.raises(RateLimited) as caught:
                await limiter.run(answering(limited(timeout + 1)))
        return caught.value.retry_after

    async def work(limiter: RateLimiter) -> float:
        if not is_low_priority:
            return await wait(limiter)
        with low_priority():
            return await wait(limiter)

    left, seconds = run(work)
    assert left == pytest.approx(timeout + 1, abs=SOON)
    assert seconds < SOON


def test_no_call_waits_for_ever():
    most = int(WAIT_TIMEOUT) + 1  # one a second, as Webex asks for; then the last one is granted
    refusals = [limited(1) for _ in range(most)]

    async def work(limiter: RateLimiter) -> None:
        with pytest.raises(RateLimited):
            await limiter.run(answering(*refusals, "yes"))

    _, seconds = run(work)
    assert WAIT_TIMEOUT * 0.8 < seconds <= WAIT_TIMEOUT


@pytest.mark.parametrize("problem", [NotFound(404, "x"), limited(9, status=423), KeyError("x")])
def test_other_answers_hold_no_call_back(problem):
    async def work(limiter: RateLimiter) -> None:
        with pytest.raises(type(problem)):
            await limiter.run(answering(problem))
        await limiter.run(answering("yes"))

    assert run(work)[1] < SOON


def test_a_cancelled_call_leaves_the_queue():
    async def work(limiter: RateLimiter) -> None:
        first = asyncio.create_task(limiter.run(answering(limited(2), "yes")))
        await asyncio.sleep(0)
        impatient = asyncio.create_task(limiter.run(answering("yes")))
        await asyncio.sleep(0.1)
        impatient.cancel()
        await first
        await limiter.run(answering("yes"))

    assert run(work)[1] < 3


def test_the_expected_wait_of_the_next_call_is_known():
    async def work(limiter: RateLimiter) -> list[float]:
        before = limiter.expected_wait()
        first = asyncio.create_task(limiter.run(answering(limited(40), "yes")))
        await asyncio.sleep(0.1)
        held = limiter.expected_wait()
        others = [asyncio.create_task(limiter.run(answering("yes"))) for _ in range(20)]
        await asyncio.sleep(0.1)
        behind = limiter.expected_wait()
        await asyncio.gather(first, *others)
        return [before, held, behind]

    (before, held, behind), _ = run(work)
    assert before == 0
    assert held == pytest.approx(40, abs=SOON)
    assert behind > held + 2
