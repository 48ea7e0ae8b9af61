"""Crowds against limits of Webex, on virtual time: how long they take, and what is sent for it."""

import asyncio
from itertools import chain
from statistics import mean, quantiles

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.webex.adaptive_rate import MAX_PAUSE
from bot.webex.rate_limiter import low_priority
from tests.bot.webex.cloud import (
    ADMIN,
    AN_ADD,
    DEVICES,
    MESSAGES,
    PEOPLE,
    TELEPHONY,
    Cloud,
    Crowd,
)
from tests.virtual_clock import RepeatableLoop


@pytest.mark.parametrize("per_api", [False, True])
@pytest.mark.parametrize("latency", [0.02, 0.2])
def test_a_thousand_adds_take_hardly_longer_than_the_limit_allows(per_api, latency):
    cloud = Cloud(rate=60, per_api=per_api, latency=latency)
    seconds = Crowd(cloud).work(1000, 50, AN_ADD)
    assert cloud.allowed / seconds >= 0.82
    assert cloud.sent / cloud.needed <= 1.02
    assert cloud.too_early == 0


@pytest.mark.parametrize(
    ("rate", "rows", "share", "sent"),
    [(60, 1000, 0.75, 1.06), (60, 8000, 0.92, 1.02), (5, 1000, 0.97, 1.1)],
)
@pytest.mark.parametrize("at_once", [8, 50])
def test_a_long_list_of_calls_of_one_api_takes_hardly_longer_than_allowed(
    rate, rows, share, sent, at_once
):
    cloud = Cloud(rate=rate)
    seconds = Crowd(cloud).work(rows, at_once)
    assert cloud.allowed / seconds >= share
    assert cloud.sent / cloud.needed <= sent


@pytest.mark.parametrize("rate", [1, 0.5])
def test_hardly_a_call_is_wasted_under_a_low_limit(rate):
    cloud = Cloud(rate=rate)
    seconds = Crowd(cloud).work(300, 20)
    assert cloud.allowed / seconds >= 0.9
    assert cloud.sent / cloud.needed <= 1.4


@pytest.mark.parametrize("latency", [0.02, 0.2])
def test_twenty_people_get_their_phones_while_a_fifth_is_refused_at_random(latency):
    clouds = [Cloud(chance=0.2, latency=latency, seed=seed) for seed in range(8)]
    seconds = [Crowd(cloud).work(20, 20, AN_ADD) for cloud in clouds]
    assert mean(seconds) < 42
    assert max(seconds) < 60
    assert all(cloud.sent <= 1.05 * cloud.needed for cloud in clouds)


@pytest.mark.parametrize("retry_after", [1, 7, 60])
def test_an_outage_of_one_api_holds_up_no_other_and_is_noticed_when_it_ends(retry_after):
    begins, ends = 20.0, 320.0
    cloud = Cloud(outages={"people": (begins, ends, retry_after)})
    crowd = Crowd(cloud)

    async def now_and_then(path: str, interval: float) -> None:
        async with asyncio.TaskGroup() as group:
            while asyncio.get_running_loop().time() < ends + 60:
                group.create_task(crowd.call(ADMIN, path))
                await asyncio.sleep(interval)

    async def both() -> None:
        with low_priority():  # they wait longer than the outage takes
            await asyncio.gather(now_and_then(PEOPLE, 4), now_and_then(DEVICES, 0.1))

    with asyncio.Runner(loop_factory=RepeatableLoop) as runner:
        runner.run(both())
    assert max(seconds for _, seconds in cloud.waited[DEVICES]) < 0.2
    answered_at = (began + seconds for began, seconds in cloud.waited[PEOPLE])
    back_at = [at for at in answered_at if at > ends]
    assert min(back_at) < ends + retry_after + MAX_PAUSE + 1
    assert sorted(back_at)[70] < ends + retry_after + 20  # most of those who waited
    assert cloud.sent - cloud.needed <= 2 + (ends - begins) / (retry_after + 4)


def test_low_priority_takes_its_turns_beside_people():
    cloud = Cloud(rate=10)
    crowd = Crowd(cloud)

    async def calls(number: int) -> list[float]:
        loop = asyncio.get_running_loop()
        done = []
        for _ in range(number):
            await crowd.call(ADMIN, PEOPLE)
            done.append(loop.time())
        return done

    async def everybody(number: int) -> list[float]:
        return list(chain(*await asyncio.gather(*(calls(20) for _ in range(number)))))

    async def both() -> tuple[list[float], list[float]]:
        with low_priority():
            background = asyncio.create_task(everybody(10))
        return await asyncio.gather(background, everybody(20))

    with asyncio.Runner(loop_factory=RepeatableLoop) as runner:
        background, people = runner.run(both())
    share = sum(at < max(people) for at in background) / len(people)
    assert 0.2 < share < 0.5  # a third of the people's calls, apart from the beginning
    assert quantiles(background)[0] < max(people) / 2


@settings(deadline=None, max_examples=60)
@given(
    rate=st.sampled_from([0, 0.5, 3, 20]),
    burst=st.integers(1, 30),
    per_api=st.booleans(),
    chance=st.sampled_from([0.0, 0.05, 0.3]),
    latency=st.sampled_from([0.0, 0.05, 0.7]),
    retry_after=st.sampled_from([0.0, 1.0, 7.0]),
    at_once=st.integers(1, 30),
    paths=st.lists(st.sampled_from([PEOPLE, DEVICES, TELEPHONY, MESSAGES]), min_size=1, max_size=4),
    seed=st.integers(0, 99),
)
def test_no_call_is_sent_during_a_retry_after_of_its_api_and_every_call_succeeds(
    rate, burst, per_api, chance, latency, retry_after, at_once, paths, seed
):
    cloud = Cloud(
        rate, burst, per_api, chance=chance, latency=latency, retry_after=retry_after, seed=seed
    )
    with low_priority():  # the longest timeout
        Crowd(cloud).work(40, at_once, [(ADMIN, path) for path in paths])
    assert cloud.granted.total() == 40 * len(paths)
    assert cloud.too_early == 0


@settings(deadline=None, max_examples=40)
@given(
    retry_after=st.sampled_from([1.0, 7.0, 60.0]),
    others=st.lists(st.sampled_from([DEVICES, TELEPHONY, MESSAGES]), min_size=1, max_size=30),
)
def test_a_held_api_does_not_delay_another(retry_after, others):
    cloud = Cloud(outages={"people": (0.0, 100.0, retry_after)})
    crowd = Crowd(cloud)

    async def everybody() -> None:
        await asyncio.gather(*(crowd.call(ADMIN, path) for path in [PEOPLE, PEOPLE, *others]))

    with asyncio.Runner(loop_factory=RepeatableLoop) as runner:
        runner.run(everybody())
    assert all(
        seconds == pytest.approx(cloud.latency)
        for path in others
        for _, seconds in cloud.waited[path]
    )
