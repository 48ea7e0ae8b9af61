"""What the container platform and Prometheus are told, from the real process."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from bot.core import metrics
from tests.database import copy, on_postgres, sqlite_only
from tests.journeys.world import ELI, POLL, SAM, TOM, VERA, Json, World, living, until
from tests.ports import free_port

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECKS = ["socket", "database", "events", "service app", *(["lease"] if on_postgres() else [])]


@pytest_asyncio.fixture(loop_scope="module")
async def served(allowlist: Path, tmp_path: Path) -> AsyncIterator[tuple[World, str]]:
    """A world, and where it is asked how it is."""
    copy(allowlist, tmp_path / "provbot.db")
    address = f"127.0.0.1:{free_port()}"
    async with living(tmp_path, PROVBOT_HTTP=address) as world:
        yield world, f"http://{address}"


async def ready(url: str) -> tuple[int, Json]:
    """Status and body; on PostgreSQL without the role, once this process leads."""
    async with httpx.AsyncClient() as http:
        while True:
            answer = await http.get(f"{url}/readyz")
            body: Json = answer.json()
            if body.pop("role", "leader") == "leader":
                return answer.status_code, body
            await asyncio.sleep(POLL)


async def text(url: str) -> str:
    """Of a page."""
    async with httpx.AsyncClient() as http:
        return (await http.get(url)).text


async def test_a_healthy_bot_is_live_and_ready(served: tuple[World, str]):
    world, url = served
    await world.say(VERA, "devices")

    assert await text(f"{url}/healthz") == "ok\n"
    status, checks = await ready(url)

    assert status == 200
    assert re.fullmatch(r"answered \d+ s ago", checks.pop("last event"))
    assert checks == dict.fromkeys(CHECKS, "ok")


async def test_without_a_socket_it_is_live_but_not_ready(served: tuple[World, str]):
    world, url = served
    await world.client.mercury("offline")

    async def is_unready() -> bool:
        return (await ready(url))[0] == 503

    await until(is_unready, "it said that it is not ready")
    assert "The websocket is not connected" in (await ready(url))[1]["socket"]
    assert await text(f"{url}/healthz") == "ok\n"
    await world.client.mercury("online")

    async def is_ready() -> bool:
        return (await ready(url))[0] == 200

    await until(is_ready, "it was ready again")


async def test_a_revoked_service_app_and_a_stuck_event_are_reported(served: tuple[World, str]):
    world, url = served
    await world.client.tokens("refresh", "revoke")
    await world.client.tokens("service_app", "revoke")
    await world.say(VERA, "devices")
    await world.at_rest()
    world.write("insert into events (id, kind, event, received_at) values ('x', 'said', '{}', 1)")

    status, checks = await ready(url)

    assert status == 503
    assert "refresh token is not accepted" in checks["service app"]
    assert "1 events wait for an answer" in checks["events"]
    world.write("delete from events where id = 'x'")


async def test_metrics_count_events_without_naming_anybody(served: tuple[World, str]):
    world, url = served
    plan = await world.say(TOM, "add phone D82E3EEF7C01 8865 for bob@acme.example")
    await world.press(TOM, plan, "Confirm")
    await world.at_rest()

    metrics = await text(f"{url}/metrics")

    for line in (
        'provbot_events_total{kind="message",outcome="answered"} 1.0',
        'provbot_events_total{kind="card_action",outcome="answered"} 1.0',
        'provbot_requests{state="done"} 1.0',
        "provbot_connected 1.0",
        "provbot_connections_total 1.0",
        'provbot_api_seconds_count{method="POST",path="/devices",status="200"} 1.0',
        'provbot_result_seconds_count{operation="add phone",state="done"} 1.0',
        'provbot_result_seconds_count{operation="swap phone",state="partly"} 0.0',
        'provbot_steps_total{action="add phone",state="done"} 1.0',
        'provbot_steps_total{action="delete device",state="failed"} 0.0',
    ):
        assert line in metrics
    for word in ("bob", "tom", "acme", "D82E3EEF7C01", "Y2lz"):
        assert word not in metrics


async def a_day(world: World) -> None:
    """One of each: answered, refused to a stranger, rate limited, retried, run, waiting."""
    plan = await world.say(TOM, "add phone D82E3EEF7C02 8865 for bob@acme.example")
    await world.client.fault(
        method="POST", path="/devices", status=429, headers={"Retry-After": "1"}, times=1
    )
    await world.press(TOM, plan, "Confirm")
    await world.client.fault(method="GET", path="/devices", status=503, times=1)
    await world.say(VERA, "devices erin")
    await world.say(SAM, "help")
    removal = await world.say(ELI, "delete device 00:11:22:33:44:55")
    await world.press(ELI, removal, "Confirm")
    await world.client.mercury("drop")
    await world.client.until_online(40)
    await world.at_rest()


async def test_every_metric_family_has_a_plausible_value(served: tuple[World, str]):
    world, url = served
    await a_day(world)

    async def is_counted() -> bool:
        return "provbot_connections_total 2.0" in await text(url + "/metrics")

    await until(is_counted, "the second connection was counted")
    families = {
        family.name: family
        for family in text_string_to_metric_families(await text(f"{url}/metrics"))
    }
    values = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families.values()
        for sample in family.samples
    }

    measured = {metric._name for metric in vars(metrics).values() if hasattr(metric, "_labelnames")}
    assert measured <= families.keys()
    assert values["provbot_events_total", "answered", "message"] == 3
    assert values["provbot_events_total", "denied", "message"] == 1
    assert values["provbot_events_total", "answered", "card_action"] == 2
    assert values["provbot_events_total", "error", "message"] == 0
    assert values["provbot_reply_seconds_count", "message"] == 4
    assert 0 < values["provbot_reply_seconds_sum", "message"] < 40
    assert values["provbot_result_seconds_count", "add phone", "done"] == 1
    assert 1 <= values["provbot_result_seconds_sum", "add phone", "done"] < 20
    assert values["provbot_api_seconds_count", "/devices", "429", "POST"] == 1
    assert values["provbot_api_seconds_count", "/devices", "200", "POST"] == 1
    assert values["provbot_api_seconds_count", "/access_token", "200", "POST"] == 1
    assert values["provbot_retries_total", "call", "rate_limited"] == 1
    assert values["provbot_retries_total", "call", "unavailable"] == 1
    assert 0.9 <= values["provbot_api_limited_seconds_total",] < 20
    assert values["provbot_api_waiting",] == 0
    assert values["provbot_connections_total",] == 2
    assert values["provbot_disconnections_total", "reconnect"] == 1
    assert values["provbot_connected",] == 1
    assert values["provbot_events_waiting",] == values["provbot_oldest_event_seconds",] == 0
    assert 0 <= time.time() - values["provbot_last_event_timestamp_seconds",] < 60
    assert (values["provbot_requests", "done"], values["provbot_requests", "waiting"]) == (1, 1)
    assert values["provbot_requests", "failed"] == 0
    assert 0 < values["provbot_oldest_approval_seconds",] < 60
    assert (
        3600
        < values["provbot_token_seconds", "access"]
        < values["provbot_token_seconds", "refresh"]
    )
    assert {
        key[1]: value for key, value in values.items() if key[0] == "provbot_check"
    } == dict.fromkeys(CHECKS, 1.0)
    assert values["process_resident_memory_bytes",] > 2**20


async def test_labels_are_bounded_for_any_traffic(served: tuple[World, str]):
    world, url = served
    await a_day(world)
    before = await text(f"{url}/metrics")
    for number in range(3):
        mac = f"D82E3EEF7C1{number}"
        await world.say(TOM, f"add phone {mac} 8865 for kim@acme.example")
        await world.say(VERA, f"device {mac}")
    after = await text(f"{url}/metrics")

    def labels(page: str) -> set[str]:
        return {
            f"{name}={value}"
            for family in text_string_to_metric_families(page)
            if family.name.startswith("provbot_")
            for sample in family.samples
            for name, value in sample.labels.items()
        }

    new = labels(after) - labels(before)
    assert all(label.startswith(("path=/", "status=", "method=")) for label in new), new
    for label in labels(after):
        assert re.fullmatch(r"\w+=[A-Za-z0-9 _/{}.+]{1,60}", label), label
        assert not re.search(r"[0-9A-F]{6,}|Y2lz", label), label


async def test_it_is_live_before_webex_can_be_reached(allowlist: Path, tmp_path: Path):
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
        checks.pop("lease", "")  # once it has one
        assert (status, list(checks)) == (503, ["start", "last event"])
        await world.client.clear_faults()
        await world.client.until_online(40)


async def test_an_address_in_use_stops_the_start_with_a_sentence(allowlist: Path, tmp_path: Path):
    copy(allowlist, tmp_path / "provbot.db")
    taken = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    async with living(tmp_path) as world:
        await world.stop()
        world._env["PROVBOT_HTTP"] = f"127.0.0.1:{port}"
        await world.launch()
        assert await world.ended() == 2
        assert f"PROVBOT_HTTP: cannot listen on 127.0.0.1:{port}" in world.log.read_text()
    taken.close()
    await taken.wait_closed()


async def test_silent_connections_block_neither_the_bot_nor_health_checks(
    served: tuple[World, str],
):
    world, url = served
    host, _, port = url.removeprefix("http://").partition(":")
    silent = []
    for number in range(200):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /healthz HTTP/1.1\r\nX:" if number % 2 else b"")
        silent.append(writer)
    began = time.monotonic()

    assert (await ready(url))[0] == 200

    assert time.monotonic() - began < 4  # before theirs are closed
    assert "11 devices" in (await world.say(VERA, "devices"))["text"]
    assert "provbot_check" in await text(f"{url}/metrics")
    for writer in silent:
        writer.close()


@sqlite_only
async def test_health_checks_write_almost_nothing(served: tuple[World, str]):
    world, url = served
    log = world.database.with_name(f"{world.database.name}-wal")
    await world.at_rest()
    await ready(url)
    before = log.read_bytes()
    for _ in range(50):
        await ready(url)

    assert len(set(_pages(log.read_bytes())) - set(_pages(before))) <= 2


def _pages(log: bytes) -> list[bytes]:
    """Frames in a write-ahead log: each a 24-byte header and a 4096-byte page, after 32 bytes."""
    return [log[at : at + 4120] for at in range(32, len(log), 4120)]
