"""The basics: ids, tokens, the event log, the call log, the program."""

import asyncio
import json
import signal
import ssl
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from sandbox.call_log import readable_body
from sandbox.clock import ManualClock, webex_date
from sandbox.event_log import EventLog
from sandbox.ids import activity_uuid, key_of, public_id
from sandbox.server import Sandbox
from sandbox.settings import Settings
from sandbox.tokens import Tokens

START = datetime(2026, 11, 20, 9, 6, 40, 100_000, tzinfo=UTC)
ANN = "a11a11a1-0002-4000-8000-00000000a11a"
ANN_ID = "Y2lzY29zcGFyazovL3VzL1BFT1BMRS9hMTFhMTFhMS0wMDAyLTQwMDAtODAwMC0wMDAwMDAwMGExMWE"


def test_ids_have_webexs_format():
    assert public_id("PEOPLE", ANN) == ANN_ID


@pytest.mark.parametrize("text", [ANN_ID, ANN_ID + "==", ANN, ANN.upper()])
def test_ids_are_read_padded_unpadded_and_raw(text: str):
    assert key_of(text, "PEOPLE") == ANN


@pytest.mark.parametrize(
    "text", ["", "nonsense", public_id("ROOM", ANN), None, 7, "ÄÖ", "Y2lz", "🙂"]
)
def test_an_id_of_another_kind_has_an_empty_key(text: object):
    assert key_of(text, "PEOPLE") == ""


def test_activities_have_time_based_uuids_in_order():
    created = [uuid.UUID(activity_uuid()) for _ in range(100)]

    assert {item.version for item in created} == {1}
    assert [item.time for item in created] == sorted({item.time for item in created})


def test_dates_have_milliseconds_and_a_z():
    assert webex_date(START) == "2026-11-20T09:06:40.100Z"


def test_tokens_have_the_format_of_the_js_sdk_and_expire():
    clock = ManualClock(START)
    tokens = Tokens(clock, "org")
    token = tokens.issue("service_app", "key", expires_at=datetime(2026, 11, 21, tzinfo=UTC))
    assert token.value.split("_")[1:] == ["PF84", "org"]
    assert tokens.find(token.value) == token

    clock.advance(86_400)

    assert tokens.find(token.value) is None


async def test_the_event_log_wakes_and_releases_waiting_callers():
    changes = EventLog(100)
    waiting = asyncio.create_task(changes.wait_after(0, 5))
    await asyncio.sleep(0)
    changes.append("message", roomId="x")

    assert await waiting == 1
    assert [change.facts for change in changes.after(0)] == [{"roomId": "x"}]
    assert await changes.wait_after(1, 0.01) == 1
    waiting = asyncio.create_task(changes.wait_after(1, 5))
    await asyncio.sleep(0)
    changes.close()
    assert await waiting == 1


@pytest.mark.parametrize(
    ("raw", "kind", "shown"),
    [
        (b"", "application/json", None),
        (b'{"a": [{"password": "x"}]}', "application/json", {"a": [{"password": "…"}]}),
        (
            b"client_secret=x&client_id=y",
            "application/x-www-form-urlencoded",
            {"client_secret": "…", "client_id": "y"},
        ),
        (b"not json", "application/json", "not json"),
    ],
)
def test_logged_bodies_hold_no_secrets(raw: bytes, kind: str, shown: object):
    assert readable_body(raw, kind) == shown


async def test_a_sandbox_stops_at_once(tmp_path: Path):
    async with ClientSession() as page:
        async with Sandbox(Settings(state_dir=tmp_path / "state")) as sandbox:
            events = await page.get(f"{sandbox.control_url}/events")
            query = {"person": "vera@acme.example", "after": str(2**40), "wait": "60"}
            poll = asyncio.create_task(page.get(f"{sandbox.control_url}/messages", params=query))
            await events.content.readuntil(b"\n\n")
            while len(sandbox.cloud.event_log._waiters) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0)
        async with asyncio.timeout(5):
            assert (await poll).status == 200
            await events.content.read()


async def test_the_program_prints_its_urls_and_stops_on_a_signal():
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    ready = json.loads(await program.stdout.readline())
    async with ClientSession() as http, http.get(f"{ready['controlUrl']}/settings") as answer:
        settings = await answer.json()
    program.send_signal(signal.SIGTERM)

    assert await program.wait() == 0
    assert settings["apiUrl"] == ready["apiUrl"]


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=b"])
async def test_a_client_killed_during_a_call_does_no_harm(
    kind: str, caplog: pytest.LogCaptureFixture
):
    async with Sandbox() as sandbox:
        address = urlsplit(sandbox.api_url)
        trusted = ssl.create_default_context(cafile=sandbox.ca_file)
        _, writer = await asyncio.open_connection(address.hostname, address.port, ssl=trusted)
        head = (
            "POST /v1/messages HTTP/1.1", "Host: x", f"Content-Type: {kind}", "Content-Length: 100",
            f"Authorization: Bearer {sandbox.cloud.bot_token}", "", "half of",
        )  # fmt: skip
        writer.write("\r\n".join(head).encode())
        await writer.drain()
        await sandbox.client.settings()  # by then the first half has arrived
        writer.transport.abort()
        await sandbox.client.say("tom@acme.example", "still there")
    assert not caplog.records
