"""The database is gone, full, locked or read-only for a while: nothing is lost, nothing is twice.

Two processes run on a server of their own. Each trouble lasts for some seconds, in which a request
runs, a person asks something, and another one presses a button.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys import cards
from tests.journeys.crash import trail_is_whole
from tests.journeys.own_server import OwnServer, own_server
from tests.journeys.replicas import Replicas, replicated_on
from tests.journeys.world import TOM, VERA, Json, until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

KEY = base64.urlsafe_b64encode(b"trouble!" * 4).decode()
SHORT = 3.0  # seconds
LONG = 9.0  # seconds; longer than a lease lasts, and than a transaction waits for a lock
TROUBLES: dict[str, tuple[Callable[[OwnServer], AbstractAsyncContextManager[None]], float]] = {
    "gone": (OwnServer.gone, LONG),
    "restarted": (OwnServer.gone, 0.0),
    "read only": (OwnServer.read_only, SHORT),
    "full": (OwnServer.full, SHORT),
    "ending connections": (OwnServer.ending_connections, SHORT),
    "locked": (OwnServer.locked, LONG),
    "not serializable": (lambda server: server.failing("40001", "steps"), SHORT),
    "too slow": (lambda server: server.failing("57014", "events"), SHORT),
    "disk full": (lambda server: server.failing("53100", "requests"), SHORT),
}


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    """The server of this module."""
    with own_server() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    server: OwnServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Replicas]:
    """The world of this module."""
    folder = tmp_path_factory.mktemp("world")
    async with replicated_on(server.address, folder, PROVBOT_KEY=KEY) as running:
        yield running


async def results(world: Replicas, person: str, after: int, text: str) -> list[Json]:
    return [answer for answer in await world.answers(person, after) if text in answer["text"]]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_people_get_what_they_asked_for_when_it_is_over(
    world: Replicas, server: OwnServer, trouble: str
):
    begin, seconds = TROUBLES[trouble]
    number = [*TROUBLES].index(trouble)
    leader, standby = await world.both()
    running = await plan_for(world, f"D82E3EEF640{number}")
    pressed = await plan_for(world, f"D82E3EEF641{number}")
    await world.at_rest()
    seq = await world.client.seq()
    call = world.sandbox.fault(method="POST", path="/devices", times=1, latency=1.0)
    await world.client.press(TOM, running["id"], "Confirm")

    async def is_under_way() -> bool:
        return call.seen > 0

    await until(is_under_way, "the change was on its way")
    async with begin(server):
        question = await world.client.say(VERA, "whoami")
        await world.client.press(TOM, pressed["id"], "Confirm")
        await asyncio.sleep(seconds)

    for plan, mac in ((running, f"D82E3EEF640{number}"), (pressed, f"D82E3EEF641{number}")):
        await until_done(world, plan)
        told = await results(world, TOM, seq, mac_of(mac))
        assert len([each for each in told if "now belongs to" in each["text"]]) == 1
        assert len(await world.devices(mac)) == 1
    changes = await world.changes(seq)
    assert [call["status"] for call in changes] == [200, 200]
    assert len(await results(world, VERA, question["seq"], "Roles: viewer")) == 1
    assert await leader.leads()
    assert await standby.is_standby()
    await trail_is_whole(world)
    world.check()


async def plan_for(world: Replicas, mac: str) -> Json:
    """The plan of a new phone for somebody who has none."""
    crowd = await world.client.crowd(people=2)
    owner = next(person["email"] for person in crowd["people"] if person["calling"])
    return await world.say(TOM, f"add phone {mac} 8865 for {owner}")


def mac_of(digits: str) -> str:
    """As people read it."""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


async def until_done(world: Replicas, plan: Json) -> None:
    """Wait until the request of that plan is done."""

    async def is_done() -> Any:
        return world.state(cards.code_of(plan)) == "done"

    await until(is_done, "the request was done")
