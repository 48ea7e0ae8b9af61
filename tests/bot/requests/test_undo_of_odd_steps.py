"""Undo of requests of many steps about phones that Webex treats in its own way, and restarts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.api_calls import MACS
from bot.core.errors import Refused, Unavailable
from bot.core.models.people import Grant, Role
from tests.bot.requests import fixtures
from tests.bot.requests.fixtures import GROUP, RequestFixture, text_of
from tests.bot.requests.strategies import ANA
from tests.bot.requests.test_undo_of_steps import (
    OLD_MAC,
    SWAP,
    buttons_said,
    confirmed,
    is_as_before,
    phone,
    swapped,
)
from tests.example_org import ANN, ANNS_PHONE, FREE_MAC, THIRD_PARTY
from tests.fake_calling import LostAfter, lost


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[RequestFixture]:
    """With an approver."""
    async with fixtures.world(tmp_path / "provbot.db") as made:
        await made.allow(Grant(ANA.email, Role.APPROVER))
        yield made


async def test_a_phone_of_the_9800_series_is_found_when_webex_lists_it(world: RequestFixture):
    world.calling.unlisted.add(FREE_MAC)
    code = await world.confirmed("swap phone", SWAP | {"model": "9861"})
    swap = await world.row(code)
    assert swap.state == "done"
    with pytest.raises(Refused, match="Webex does not list the Cisco 9861"):
        await world.press(swap, "undo")

    world.calling.unlisted.clear()
    plan = await world.press(swap, "undo")
    assert (await confirmed(world, plan)).state == "done"
    await is_as_before(world)


async def test_an_addition_that_nobody_could_look_up_is_deleted_if_it_is_there(
    world: RequestFixture,
):
    """The old phone is gone, and whether the new one was added was not clear at that time."""
    world.calling.unlisted.add(FREE_MAC)
    swap = await swapped(world, None, LostAfter())
    assert swap.state == "partly"
    world.calling.unlisted.clear()

    plan = await world.press(swap, "undo")

    assert "Delete: Cisco 8865" in text_of(plan)
    assert (await confirmed(world, plan)).state == "done"
    await is_as_before(world)


async def test_a_third_party_phone_comes_back_with_a_new_password_for_the_requester_alone(
    world: RequestFixture,
):
    customers = {"product": THIRD_PARTY.display_name, "managed_by": THIRD_PARTY.managed_by}
    world.calling.held = [ANNS_PHONE.model_copy(update=customers)]
    swap = await world.row(await world.confirmed("swap phone", SWAP, place=GROUP))

    plan = await world.press(swap, "undo")

    assert "Password: made by provbot, shown to the requester alone" in text_of(plan)
    assert "The SIP settings of the Customer Managed IP Phone 00:00:5E:00:53:01 change" in text_of(
        plan
    )
    assert (await confirmed(world, plan)).state == "done"
    password = world.calling.passwords[OLD_MAC]
    heard = [message for message in world.messenger.posted if password in message.text]
    assert [message.place for message in heard] == [None]


async def test_a_check_of_the_old_mac_that_fails_is_said_and_stops_nothing(world: RequestFixture):
    swap = await swapped(world)
    world.calling.broken = {"mac_state": [Unavailable(503, "No.")] * 3}

    plan = await world.press(swap, "undo")

    assert MACS.without in text_of(plan)
    assert (await confirmed(world, plan)).state == "done"
    await is_as_before(world)


async def test_an_undo_goes_on_after_a_restart_between_its_steps(world: RequestFixture):
    swap = await swapped(world)
    plan = await world.press(swap, "undo")
    world.calling.troubles = [None, lost()]
    await world.press(plan, "confirm")
    while world.calling.phone(FREE_MAC):
        await world.clock.sleep(0)
    await world.runner.cancel_pending(1)
    world.restart()
    await world.runner.recover()
    await world.rest()
    assert plan.request
    assert await world.state(plan.request.code) == "done"
    await is_as_before(world)


async def test_an_undo_keeps_its_order_with_other_changes_of_the_owner(world: RequestFixture):
    """Steps about one owner never run side by side, whichever request they belong to."""
    swap = await swapped(world)
    plan = await world.press(swap, "undo")
    other = await world.ask("add phone", {**fixtures.PHONE, "mac": "D82E3EEF4E99"})
    await world.press(plan, "confirm")
    await world.press(other, "confirm")
    await world.rest()
    assert world.calling.most_at_once[ANN.key] == 1
    await is_as_before(world)


async def test_the_rest_of_an_undo_that_was_stopped_can_be_taken_back(world: RequestFixture):
    swap = await swapped(world)
    plan = await world.press(swap, "undo")
    assert plan.request
    world.calling.gate.clear()
    before = world.calling.changes
    await world.press(plan, "confirm")
    while world.calling.changes == before:
        await world.clock.sleep(0)
    await world.type("stop", plan.request.code)
    world.calling.gate.set()
    await world.rest()
    stopped = await world.row(plan.request.code)
    assert stopped.state == "cancelled"
    assert [phone(world, mac) for mac in (OLD_MAC, FREE_MAC)] == [None, None]
    assert buttons_said(world) == ["Try again"]

    rest = await world.press(stopped, "again")

    assert (await confirmed(world, rest)).state == "done"
    await is_as_before(world)
