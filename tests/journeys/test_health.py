"""What the container platform and Prometheus are told, from the real process."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.journeys.conftest import copy
from tests.journeys.world import TOM, VERA, Json, World, living, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def free_port() -> int:
    """Nobody listens there at this moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest_asyncio.fixture(loop_scope="module")
async def served(allowlist: Path, tmp_path: Path) -> AsyncIterator[tuple[World, str]]:
    """A world, and where it is asked how it is."""
    copy(allowlist, tmp_path / "provbot.db")
    address = f"127.0.0.1:{free_port()}"
    async with living(tmp_path, PROVBOT_HTTP=address) as world:
        yield world, f"http://{address}"


async def ready(url: str) -> tuple[int, Json]:
    """Status and body."""
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"{url}/readyz")
        body: Json = answer.json()
        return answer.status_code, body


async def text(url: str) -> str:
    """Of a page."""
    async with httpx.AsyncClient() as http:
        return (await http.get(url)).text


async def test_a_bot_that_is_well_says_so(served: tuple[World, str]):
    world, url = served
    await world.say(VERA, "devices")

    assert await text(f"{url}/healthz") == "ok\n"
    status, checks = await ready(url)

    assert status == 200
    assert re.fullmatch(r"answered \d s ago", checks.pop("last event"))
    assert checks == dict.fromkeys(("socket", "database", "events", "service app"), "ok")


async def test_without_a_socket_it_is_not_ready_but_lives(served: tuple[World, str]):
    world, url = served
    await world.client.mercury("offline")

    async def is_unready() -> bool:
        return (await ready(url))[0] == 503

    await until(is_unready, "it said that it is not ready")
    assert "No websocket is in service" in (await ready(url))[1]["socket"]
    assert await text(f"{url}/healthz") == "ok\n"
    await world.client.mercury("online")

    async def is_ready() -> bool:
        return (await ready(url))[0] == 200

    await until(is_ready, "it was ready again")


async def test_a_revoked_service_app_and_a_stuck_event_are_named(served: tuple[World, str]):
    world, url = served
    await world.client.tokens("refresh", "revoke")
    await world.client.tokens("service_app", "revoke")
    await world.say(VERA, "devices")
    world.write("insert into events (id, kind, event, received_at) values ('x', 'said', '{}', 1)")

    status, checks = await ready(url)

    assert status == 503
    assert "refresh token is not accepted" in checks["service app"]
    assert "1 events wait for an answer" in checks["events"]
    world.write("delete from events where id = 'x'")


async def test_what_happens_is_counted_without_naming_anybody(served: tuple[World, str]):
    world, url = served
    plan = await world.say(TOM, "add phone D82E3EEF7C01 8865 for bob@acme.example")
    await world.press(TOM, plan, "Confirm")
    await world.at_rest()

    found = await text(f"{url}/metrics")

    for line in (
        'provbot_events_total{kind="said",outcome="answered"} 1.0',
        'provbot_events_total{kind="pressed",outcome="answered"} 1.0',
        'provbot_requests{state="done"} 1.0',
        "provbot_connected 1.0",
        "provbot_connections_total 1.0",
        'provbot_api_seconds_count{method="POST",path="/devices",status="200"} 1.0',
        'provbot_result_seconds_count{operation="add phone",state="done"} 1.0',
    ):
        assert line in found
    for word in ("bob", "tom", "acme", "D82E3EEF7C01", "Y2lz"):
        assert word not in found


async def test_it_lives_before_webex_can_be_reached(allowlist: Path, tmp_path: Path):
    copy(allowlist, tmp_path / "provbot.db")
    address = f"127.0.0.1:{free_port()}"
    async with living(tmp_path, PROVBOT_HTTP=address) as world:
        await world.stop()
        await world.client.fault(what="outage", lasts=60)
        await world.launch()

        async def lives() -> bool:
            try:
                return await text(f"http://{address}/healthz") == "ok\n"
            except httpx.TransportError:
                return False

        await until(lives, "it answered the platform")
        status, checks = await ready(f"http://{address}")
        assert (status, list(checks)) == (503, ["start", "last event"])
        await world.client.clear_faults()
        await world.client.until_online(40)


async def test_an_address_that_is_taken_stops_the_start_with_a_sentence(
    allowlist: Path, tmp_path: Path
):
    copy(allowlist, tmp_path / "provbot.db")
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with living(tmp_path) as world:
        await world.stop()
        world._env["PROVBOT_HTTP"] = f"127.0.0.1:{port}"
        await world.launch()
        assert await world.ended() == 2
        assert f"PROVBOT_HTTP: 127.0.0.1:{port} cannot be listened on" in world.log.read_text()
    taken.close()
    await taken.wait_closed()
