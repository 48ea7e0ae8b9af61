"""Asked to end: what does not finish in time is let go, who waits for it is told, and it is done once."""

import asyncio

import pytest

from bot.errors import Unavailable
from bot.requests import show
from tests.bot.requests.world import DIRECT, PHONE, World
from tests.fakes import FREE_MAC


async def on_its_way(world: World) -> str:
    """The code of a request whose change hangs."""
    world.calling.gate.clear()
    shown = await world.ask("add phone", PHONE)
    assert shown.request
    await world.press(shown, "confirm")
    while not world.calling.changes:  # noqa: ASYNC110 - until it was sent
        await asyncio.sleep(0)
    return shown.request.code


async def parked(world: World, within: float = 5.0) -> None:
    """The end of the process, as the composition root brings it about."""
    await world.runner.finish(0.01)
    async with asyncio.timeout(within + 5.0):
        await world.runner.park(within)


async def started_again(world: World) -> None:
    """The next process; Webex has done what it was asked by then."""
    world.calling.gate.set()
    world.restart()
    await world.runner.recover()
    await world.rest()


async def test_who_waits_is_told_and_hears_after_the_next_start_what_became_of_it(world: World):
    code = await on_its_way(world)
    await parked(world)
    row = await world.row(code)
    assert (row.state, row.told) == ("running", False)
    told = world.messenger.said[-1]
    assert (told.words, told.place) == (show.parked(row), DIRECT)
    assert "look up what became of" in told.words
    assert not world.runner.is_at(row)

    await started_again(world)
    assert await world.state(code) == "done"
    assert world.calling.phone(FREE_MAC)
    assert world.messenger.words[-1].startswith("✓")


async def test_what_was_not_sent_yet_goes_on_and_is_told_so(world: World):
    first = await on_its_way(world)  # the same owner's next change waits for it
    shown = await world.ask("add phone", PHONE | {"mac": "D82E3EEF4E5D"})
    assert shown.request
    await world.press(shown, "confirm")
    second = shown.request.code
    await parked(world)
    assert await world.state(second) == "approved"
    last = world.messenger.words[-2:]
    assert sorted(words.split(";")[0] for words in last) == ["I am being restarted"] * 2
    assert any(words.startswith(f"I am being restarted; then I go on with {second}") for words in last)  # fmt: skip

    await started_again(world)
    assert [await world.state(code) for code in (first, second)] == ["done", "done"]
    assert world.calling.phone("D82E3EEF4E5D")


async def test_what_has_ended_by_then_is_not_spoken_of(world: World):
    await world.confirmed("add phone", PHONE)
    said = list(world.messenger.said)
    await parked(world)
    assert world.messenger.said == said


async def test_who_cannot_be_told_does_not_keep_the_process_from_ending(world: World):
    code = await on_its_way(world)
    world.messenger.gate.clear()
    began = asyncio.get_running_loop().time()
    await parked(world, within=0.1)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert await world.state(code) == "running"
    world.messenger.gate.set()


@pytest.mark.parametrize("trouble", [Unavailable(503, "Down."), None])
async def test_one_who_cannot_be_told_does_not_keep_others_from_hearing_it(world: World, trouble):
    await on_its_way(world)
    owners = {"owner": "bob@example.com", "mac": "D82E3EEF4E5D"}
    shown = await world.ask("add phone", PHONE | owners)
    await world.press(shown, "confirm")
    while world.calling.changes < 2:  # noqa: ASYNC110 - until it was sent
        await asyncio.sleep(0)
    world.messenger.troubles = [trouble, None]
    await parked(world)
    told = [words for words in world.messenger.words if "I am being restarted" in words]
    assert len(told) == (1 if trouble else 2)
