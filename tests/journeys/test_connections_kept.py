"""The connections that calls come by: used again, and replaced when the server closes them."""

from asyncio import Transport
from collections.abc import Iterator

import pytest
from aiohttp import web

from sandbox.middleware import SOCKETS, Handler
from sandbox.server import OBSERVERS
from tests.journeys.world import TOM, VERA, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", autouse=True)
def connections() -> Iterator[dict[Transport, str]]:
    """The connections that provbot's own calls came by, with the first path of each."""
    paths: dict[Transport, str] = {}

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        # The listener also asks for its registrations (`/wdm`), at no fixed time.
        is_own = request.path.startswith("/v1/") and not request.path.startswith(SOCKETS)
        if is_own and isinstance(request.transport, Transport):
            paths.setdefault(request.transport, request.path)
        return await handler(request)

    OBSERVERS.append(observe)
    yield paths
    OBSERVERS.remove(observe)


async def test_a_later_command_opens_no_connection(world: World, connections: dict[Transport, str]):
    for _ in range(2):  # after the first, her time zone is read in the background
        await world.say(VERA, "whoami")
        await world.at_rest()
    before = set(connections)

    await world.say(VERA, "whoami")

    assert set(connections) == before


async def test_idle_connections_that_the_server_closes_cost_no_answer(
    world: World, connections: dict[Transport, str]
):
    mac = "D82E3EEF9A41"
    plan = await world.say(TOM, f"add phone {mac} 8865 for jack@acme.example")
    await world.at_rest()
    logged = len(world.log.read_text())
    before = set(connections)
    for connection in before:
        connection.abort()

    result = await world.press(TOM, plan, "Confirm")

    assert "now belongs to Jack" in result["text"]
    assert len(await world.devices(mac)) == 1
    assert "no_response" not in world.log.read_text()[logged:]
    assert not all(connection in before for connection in connections)
