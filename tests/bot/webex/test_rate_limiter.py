"""The rate limiter obeys Webex's limits for each API by itself, and shares them fairly."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import NotFound, RateLimited, Withdrawn
from bot.webex.rate_limiter import (
    APIS,
    BEHIND,
    LOW_PRIORITY_TIMEOUT,
    OTHER,
    TURNS_FOR_PEOPLE,
    WAIT_TIMEOUT,
    RateLimiter,
    Withdrawal,
    api_of,
    behind_others,
    low_priority,
    observed_waits,
    withdrawn_by,
)
from tests.virtual_clock import virtually

T = TypeVar("T")
API = "people"
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


def test_one_refusal_holds_back_all_calls_but_not_for_long():
    async def work(limiter: RateLimiter) -> list[float]:
        loop = asyncio.get_running_loop()
        sent: list[float] = []

        async def another() -> None:
            sent.append(loop.time())

        began = loop.time()
        first = asyncio.create_task(limiter.run(API, answering(limited(5), "yes")))
        await asyncio.sleep(0)
        await asyncio.gather(*(limiter.run(API, another) for _ in range(8)), first)
        return [at - began for at in sent]

    sent, _ = run(work)
    assert min(sent) >= 5
    assert len({round(at, 3) for at in sent}) == len(sent)  # they do not wake in a herd
    assert max(sent) < 8


def test_the_limit_is_forgotten_after_a_while():
    async def work(limiter: RateLimiter) -> float:
        await limiter.run(API, answering(limited(1), "yes"))
        await asyncio.sleep(130)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(limiter.run(API, answering("yes")) for _ in range(50)))
        return asyncio.get_running_loop().time() - began

    assert run(work)[0] < SOON


def test_a_rate_that_is_hardly_used_is_forgotten_even_if_a_call_waits_now_and_then():
    async def three(limiter: RateLimiter) -> float:
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(limiter.run(API, answering("yes")) for _ in range(3)))
        await asyncio.sleep(15)
        return asyncio.get_running_loop().time() - began - 15

    async def work(limiter: RateLimiter) -> list[float]:
        await limiter.run(API, answering(*[limited(1)] * 4, "yes"))
        return [await three(limiter) for _ in range(12)]

    waited = run(work)[0]
    assert waited[0] > 1.0
    assert waited[-1] < SOON


def test_a_refused_call_keeps_its_place():
    order: list[str] = []

    async def named(limiter: RateLimiter, name: str, *before: Exception) -> None:
        rest = list(before)

        async def call() -> None:
            if rest:
                raise rest.pop()
            order.append(name)

        await limiter.run(API, call)

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
        await limiter.run(API, answering(limited(1), "yes"))
        with low_priority():
            tasks = [asyncio.create_task(limiter.run(API, lambda: call("bulk"))) for _ in range(10)]
            await asyncio.sleep(0)
        tasks += [asyncio.create_task(limiter.run(API, lambda: call("person"))) for _ in range(30)]
        await asyncio.gather(*tasks)

    run(work)
    people = TURNS_FOR_PEOPLE
    assert order[: 2 * (people + 1)].count("person") in range(2 * people - 1, 2 * people + 2)
    assert order.index("person") <= 1
    assert order.count("bulk") == 10


def test_a_list_lets_others_go_first_but_not_for_ever():
    order: list[str] = []

    async def call(name: str) -> None:
        order.append(name)

    async def work(limiter: RateLimiter) -> None:
        await limiter.run(API, answering(limited(1), "yes"))
        with low_priority():
            with behind_others():
                lists = [
                    asyncio.create_task(limiter.run(API, lambda: call("list"))) for _ in range(3)
                ]
                await asyncio.sleep(0)
            others = [
                asyncio.create_task(limiter.run(API, lambda: call("other")))
                for _ in range(BEHIND + 9)
            ]
            await asyncio.gather(*lists, *others)

    run(work)
    at_once = 2  # calls that left before the others came
    assert order[:at_once].count("list") <= at_once
    assert set(order[at_once : BEHIND - at_once]) == {"other"}
    assert set(order[-5:]) == {"other"}
    assert order.count("list") == 3


@pytest.mark.parametrize(
    ("is_low_priority", "timeout"), [(False, WAIT_TIMEOUT), (True, LOW_PRIORITY_TIMEOUT)]
)
def test_a_call_that_would_exceed_the_timeout_fails_at_once(is_low_priority, timeout):
    async def wait(limiter: RateLimiter) -> float:
        for _ in range(2):  # the one that is refused, and the next one
            with pytest.raises(RateLimited) as caught:
                await limiter.run(API, answering(limited(timeout + 1)))
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
            await limiter.run(API, answering(*refusals, "yes"))

    _, seconds = run(work)
    assert WAIT_TIMEOUT * 0.8 < seconds < WAIT_TIMEOUT + SOON


@pytest.mark.parametrize("problem", [NotFound(404, "x"), limited(9, status=423), KeyError("x")])
def test_other_answers_hold_no_call_back(problem):
    async def work(limiter: RateLimiter) -> None:
        with pytest.raises(type(problem)):
            await limiter.run(API, answering(problem))
        await limiter.run(API, answering("yes"))

    assert run(work)[1] < SOON


def test_a_cancelled_call_leaves_the_queue():
    async def work(limiter: RateLimiter) -> None:
        first = asyncio.create_task(limiter.run(API, answering(limited(2), "yes")))
        await asyncio.sleep(0)
        impatient = asyncio.create_task(limiter.run(API, answering("yes")))
        await asyncio.sleep(0.1)
        impatient.cancel()
        await first
        await limiter.run(API, answering("yes"))

    assert run(work)[1] < 3


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("people", "people"),
        ("people/me", "people"),
        ("people?email=a%40b.c&max=1", "people"),
        ("telephony/config/devices/x/members", "telephony/config"),
        ("telephony/config", "telephony/config"),
        ("telephony/calls", OTHER),
        ("attachment/actions/x", "attachment/actions"),
        ("devices/activationCode", "devices"),
        ("messages/direct", "messages"),
        ("peoples", OTHER),
        ("", OTHER),
        ("https://other.example/v1/people", OTHER),
    ],
)
def test_the_api_is_the_beginning_of_a_path(path, api):
    assert api_of(path) == api


@given(path=st.text())
def test_there_are_no_other_apis(path):
    assert api_of(path) in {*APIS, OTHER}


def test_a_held_api_holds_back_no_other_one():
    async def work(limiter: RateLimiter) -> float:
        held = asyncio.create_task(limiter.run("people", answering(limited(60), "yes")))
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(
            *(limiter.run(api, answering("yes")) for api in APIS if api != "people")
        )
        seconds = asyncio.get_running_loop().time() - began
        await held
        return seconds

    assert run(work)[0] < SOON


def test_the_wait_of_a_call_is_known_to_its_own_observer_only():
    async def work(limiter: RateLimiter) -> list[float]:
        with observed_waits() as others:
            await limiter.run("devices", answering("yes"))
        with observed_waits() as waits:
            tasks = [asyncio.create_task(limiter.run("people", answering(limited(40), "yes")))]
            await asyncio.sleep(0.1)
            tasks += [
                asyncio.create_task(limiter.run("people", answering("yes"))) for _ in range(20)
            ]
            await asyncio.sleep(0.1)
            seconds = [waits.seconds_left(5), waits.seconds_left(90), others.seconds_left(0)]
            await asyncio.gather(*tasks)
        return [*seconds, waits.seconds_left(0)]

    (left, too_long, of_others, afterwards), _ = run(work)
    assert 41 < left < 44  # those behind the first one wait a little longer
    assert too_long == of_others == afterwards == 0


def test_many_short_waits_of_a_call_are_a_long_one():
    async def work(limiter: RateLimiter) -> list[float]:
        with observed_waits() as waits:
            task = asyncio.create_task(limiter.run("people", answering(*[limited(1)] * 8, "yes")))
            seconds = []
            while not task.done():
                seconds.append(waits.seconds_left(5))
                await asyncio.sleep(0.5)
        return seconds

    seconds, _ = run(work)
    assert seconds[:4] == [0, 0, 0, 0]
    assert any(seconds)


def test_no_notice_is_possible_about_messages_as_it_would_wait_with_them():
    async def work(limiter: RateLimiter) -> float:
        with observed_waits() as waits:
            task = asyncio.create_task(limiter.run("messages", answering(limited(40), "yes")))
            await asyncio.sleep(1)
            seconds = waits.seconds_left(0)
            await task
        return seconds

    assert run(work)[0] == 0


@pytest.mark.parametrize("changing", [True, False])
def test_a_change_that_waits_can_be_withdrawn_and_a_read_cannot(changing):
    sent: list[str] = []

    async def call(name: str) -> None:
        sent.append(name)

    async def work(limiter: RateLimiter) -> list[object]:
        withdrawal = Withdrawal()
        held = asyncio.create_task(limiter.run(API, answering(limited(60), "yes")))
        await asyncio.sleep(0)
        with withdrawn_by(withdrawal):
            waiting = asyncio.create_task(
                limiter.run(API, lambda: call("withdrawn"), changing=changing)
            )
        other = asyncio.create_task(limiter.run(API, lambda: call("other"), changing=True))
        await asyncio.sleep(1)
        withdrawal.withdraw()
        await asyncio.wait([waiting], timeout=1)
        at_once = waiting.done()
        results = await asyncio.gather(held, waiting, other, return_exceptions=True)
        return [at_once, *results]

    [at_once, _, result, _], _ = run(work)
    assert at_once == isinstance(result, Withdrawn) == changing
    assert sent == (["other"] if changing else ["withdrawn", "other"])


def test_a_withdrawn_change_that_was_sent_takes_its_course_unless_webex_refuses_it():
    async def work(answers: list[Exception | str], limiter: RateLimiter) -> object:
        withdrawal, answer = Withdrawal(), answering(*answers)

        async def slow() -> str:
            await asyncio.sleep(5)
            return await answer()

        with withdrawn_by(withdrawal):
            sending = asyncio.create_task(limiter.run(API, slow, changing=True))
        await asyncio.sleep(1)
        withdrawal.withdraw()
        return (await asyncio.gather(sending, return_exceptions=True))[0]

    assert run(partial(work, ["yes"]))[0] == "yes"
    result, seconds = run(partial(work, [limited(60), "yes"]))
    assert isinstance(result, Withdrawn)
    assert seconds < 6
