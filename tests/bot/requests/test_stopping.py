"""Shutdown: what does not finish in time is cancelled, told, and done once after the restart."""

import asyncio

import pytest

from bot.core.errors import Unavailable
from bot.requests import views
from tests.bot.requests.fixtures import DIRECT, PHONE, RequestFixture
from tests.example_org import FREE_MAC


async def on_its_way(world: RequestFixture) -> str:
    """The code of a request whose change hangs."""
    world.calling.gate.clear()
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    await world.press(shown, "confirm")
    while not world.calling.changes:  # noqa: ASYNC110 - until it was sent
        await asyncio.sleep(0)
    return shown.request.code


async def parked(world: RequestFixture, within: float = 5.0) -> None:
    """The end of the process, as the composition root brings it about."""
    await world.runner.finish(0.01)
    async with asyncio.timeout(within + 5.0):
        await world.runner.cancel_pending(within)


async def started_again(world: RequestFixture) -> None:
    """The next process; Webex has done what it was asked by then."""
    world.calling.gate.set()
    world.restart()
    await world.runner.recover()
    await world.rest()


async def test_requesters_are_told_of_the_restart_and_the_result(world: RequestFixture):
    code = await on_its_way(world)
    await parked(world)
    row = await world.row(code)
    assert (row.state, row.told) == ("running", False)
    notice = world.messenger.posted[-1]
    assert (notice.text, notice.place) == (views.restart_notice(row), DIRECT)
    assert "look up what became of" in notice.text
    assert not world.runner.is_working_on(row)

    await started_again(world)
    assert await world.state(code) == "done"
    assert world.calling.phone(FREE_MAC)
    assert world.messenger.texts[-1].startswith("✓")


async def test_an_unsent_change_is_announced_and_sent_after_the_restart(world: RequestFixture):
    first = await on_its_way(world)  # the same owner's next change waits for it
    shown = await world.ask("add phone", PHONE | {"mac": "D82E3EEF4E5D"})
    assert shown.request
    await world.press(shown, "confirm")
    second = shown.request.code
    await parked(world)
    assert await world.state(second) == "approved"
    last = world.messenger.texts[-2:]
    assert sorted(text.split(".")[0] for text in last) == ["I am restarting"] * 2
    assert any(
        text.startswith(f"I am restarting. Then I will continue with {second}") for text in last
    )

    await started_again(world)
    assert [await world.state(code) for code in (first, second)] == ["done", "done"]
    assert world.calling.phone("D82E3EEF4E5D")


async def test_an_ended_request_is_not_mentioned_at_shutdown(world: RequestFixture):
    await world.confirmed("add phone", PHONE)
    before = list(world.messenger.posted)
    await parked(world)
    assert world.messenger.posted == before


async def test_an_unreachable_requester_does_not_delay_the_shutdown(world: RequestFixture):
    code = await on_its_way(world)
    world.messenger.gate.clear()
    began = asyncio.get_running_loop().time()
    await parked(world, within=0.1)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert await world.state(code) == "running"
    world.messenger.gate.set()


@pytest.mark.parametrize("trouble", [Unavailable(503, "Down."), None])
async def test_an_unreachable_requester_does_not_block_the_others(world: RequestFixture, trouble):
    await on_its_way(world)
    owners = {"owner": "bob@example.com", "mac": "D82E3EEF4E5D"}
    shown = await world.ask("add phone", PHONE | owners)
    await world.press(shown, "confirm")
    while world.calling.changes < 2:  # noqa: ASYNC110 - until it was sent
        await asyncio.sleep(0)
    world.messenger.troubles = [trouble, None]
    await parked(world)
    notices = [text for text in world.messenger.texts if "I am restarting" in text]
    assert len(notices) == (1 if trouble else 2)
