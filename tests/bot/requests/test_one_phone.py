"""Two requests that remove the same phone: one of them does, and only that one goes on.

A device that is gone does not tell who removed it, so the order of the requests and the journal
must.
"""

import pytest

from bot.core.errors import Unavailable
from bot.core.models.requests import Request
from bot.requests.step_lookups import LOOKUP_DELAYS
from tests.bot.requests.fixtures import ADA, ELI, TOM, RequestFixture
from tests.example_org import ANN, ANNS_PHONE, FREE_MAC
from tests.fake_calling import lost

OTHER_MAC = "D82E3EEF4E5D"
SWAP = {"device": ANNS_PHONE.mac, "mac": FREE_MAC, "model": "8865"}
OTHER_SWAP = SWAP | {"mac": OTHER_MAC}


def phones(world: RequestFixture) -> list[str]:
    """The MACs of Ann's phones."""
    return [device.mac for device in world.calling.held if device.person_id == ANN.id]


async def ended(world: RequestFixture, request: Request | None) -> Request:
    """The request after all work is done."""
    await world.rest()
    assert request
    return await world.row(request.code)


async def test_facts_do_not_count_that_were_read_before_another_request_ran(
    world: RequestFixture,
):
    """The facts of the second were read within the last seconds, but before the first ran."""
    shown = await world.ask("swap phone", OTHER_SWAP, ELI)
    checked_at = world.clock()
    await world.confirmed("swap phone", SWAP, TOM)
    assert phones(world) == [FREE_MAC]

    approved = await world.put(shown, "approved")
    world.runner.start(approved, facts_checked_at=checked_at)

    second = await ended(world, approved)
    assert second.state == "cancelled"
    assert phones(world) == [FREE_MAC]


async def test_after_a_restart_the_removal_under_way_comes_first(world: RequestFixture):
    """The older request only waited; the newer one was being sent."""
    waiting = await world.ask("swap phone", SWAP, TOM)
    sent = await world.ask("swap phone", OTHER_SWAP, ELI)
    await world.put(waiting, "approved")
    request = await world.put(sent, "approved")
    state = await world.runner.executor.steps.read(request.code)
    await world.runner.executor.steps.begin(state.steps[0])

    world.restart()
    await world.runner.recover()

    assert (await ended(world, sent.request)).state == "done"
    assert (await ended(world, waiting.request)).state == "cancelled"
    assert phones(world) == [OTHER_MAC]


@pytest.mark.parametrize(
    "command", [OTHER_SWAP, {"device": ANNS_PHONE.mac}], ids=["swap", "delete"]
)
async def test_a_removal_that_another_request_made_is_not_taken_for_ones_own(
    world: RequestFixture, command: dict[str, str]
):
    """The answer was lost and could not be looked up; meanwhile a colleague removed the phone."""
    world.calling.troubles = [lost()]
    world.calling.broken["device"] = [Unavailable(503, "No.")] * len(LOOKUP_DELAYS)
    code = await world.confirmed("swap phone", SWAP, TOM)
    assert await world.state(code) == "unknown"
    other = await world.ask("swap phone" if "mac" in command else "delete device", command, ADA)
    approved = await world.put(other, "approved")
    world.runner.start(approved)
    await world.rest()
    before = phones(world)

    world.restart()
    await world.runner.recover()
    await world.rest()

    assert await world.state(code) == "failed"
    assert f"Request {approved.code} removed it meanwhile." in world.messenger.texts[-1]
    assert phones(world) == before
    assert FREE_MAC not in before
