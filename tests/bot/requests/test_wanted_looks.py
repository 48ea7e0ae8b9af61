"""Looks that are made at once, because somebody asks or there is something to tell."""

import pytest

from bot.core.errors import Unavailable
from bot.core.models.dect import BaseStation
from bot.core.models.followed import FollowedDevice
from bot.domain.registration_reads import CALLS_PER_MINUTE
from tests.bot.domain.followed_devices import base, code, mac_of, phone, record
from tests.bot.requests.looking import Looker, network


@pytest.mark.parametrize("device", [phone(1), code(), base(1)], ids=["phone", "code", "base"])
async def test_after_the_window_a_look_is_made_at_once_if_somebody_asks(device: FollowedDevice):
    looker = Looker([device])
    looker.add(record(1, status="disconnected"))
    looker.calling.dect.held = [network("net-1")]
    looker.calling.dect.stations["net-1"] = [
        BaseStation(id="base-1", mac=mac_of(1), lines_registered=0)
    ]
    await looker.run(5000)
    quiet = len(looker.calls)
    await looker.run(9)
    assert len(looker.calls) == quiet

    looker.polling.want([device], looker.clock())
    await looker.run(3)
    assert len(looker.calls) == quiet + 1

    await looker.run(30)
    assert len(looker.calls) == quiet + 1  # once


async def test_questions_one_after_another_make_no_more_calls_than_others():
    looker = Looker([phone(1)])
    for _ in range(100):
        looker.polling.want(looker.waiting, looker.clock())
        await looker.tick()

    assert looker.busiest_minute() <= CALLS_PER_MINUTE


async def test_news_wait_for_a_look_that_was_asked_for_but_not_for_long():
    device = phone(1)
    looker = Looker([device])
    assert not looker.polling.is_awaited(device)

    looker.polling.want([device], looker.clock())
    assert looker.polling.is_awaited(device)
    await looker.tick()
    assert not looker.polling.is_awaited(device)

    looker.clock.now += 10
    looker.polling.want([device], looker.clock())
    looker.polling.want([device], looker.clock() + 5)  # by somebody else
    looker.clock.now += 20
    assert not looker.polling.is_awaited(device)


async def test_nothing_waits_for_looks_that_fail():
    device = phone(1)
    looker = Looker([device])
    looker.polling.want([device], looker.clock())
    looker.calling.troubles = [Unavailable(503, "Down.")]
    await looker.tick()

    assert not looker.polling.is_awaited(device)
