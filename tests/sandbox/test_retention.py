"""A sandbox can run for weeks: everything it remembers is limited."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, FormData

from sandbox.clock import ManualClock
from sandbox.event_log import EventLog
from sandbox.server import Sandbox
from sandbox.settings import Settings
from sandbox.tokens import Tokens
from tests.sandbox.conftest import session
from tests.sandbox.mercury_client import MercurySocket, authorize, open_socket, register
from tests.sandbox.organization import NOW

TOM = "tom@acme.example"
SMALL = Settings(
    kept_messages=20,
    kept_file_bytes=1000,
    kept_presses=5,
    kept_calls=30,
    kept_body_bytes=100,
    kept_changes=40,
    kept_unacked=10,
    kept_outbox=50,
)
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {
        "type": "AdaptiveCard",
        "version": "1.3",
        "body": [],
        "actions": [{"type": "Action.Submit", "title": "Go"}],
    },
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SMALL) as running:
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[ClientSession]:
    async with session(sandbox, sandbox.cloud.bot_token) as opened:
        yield opened


async def post(bot: ClientSession, text: str) -> str:
    async with bot.post("/v1/messages", json={"toPersonEmail": TOM, "text": text}) as answer:
        assert answer.status == 200
        return str((await answer.json())["id"])


async def test_after_many_messages_everything_is_at_its_limit(sandbox: Sandbox, bot: ClientSession):
    async with open_socket(sandbox, bot, await register(bot)) as heard:
        ids = [await post(bot, f"message {number}") for number in range(100)]
        for _ in ids:
            await heard.activity("post")
    cloud, (device,) = sandbox.cloud, sandbox.cloud.hub.devices.values()
    messages = await sandbox.client.messages(TOM)

    assert [message["text"] for message in messages] == [f"message {n}" for n in range(80, 100)]
    assert len(cloud.calls.after(0)) == 30
    assert len(cloud.event_log.after(0)) == 40
    assert len(device.unacked) == 10
    matches = [(await bot.get(f"/v1/messages/{ids[n]}")).status for n in (79, 80)]
    assert matches == [404, 200]


async def test_a_deleted_message_does_not_disturb_retention(sandbox: Sandbox, bot: ClientSession):
    first = await post(bot, "gone")
    assert (await bot.delete(f"/v1/messages/{first}")).status == 204
    for number in range(30):
        await post(bot, str(number))

    assert len(await sandbox.client.messages(TOM)) == 20


async def test_the_oldest_files_go_first(sandbox: Sandbox, bot: ClientSession):
    urls = []
    for size in (400, 400, 400, 5000):
        form = FormData({"toPersonEmail": TOM})
        form.add_field("files", b"x" * size, filename="x.csv", content_type="text/csv")
        async with bot.post("/v1/messages", data=form) as answer:
            urls.append((await answer.json())["files"][0])
        if size == 400:
            continue
        assert [(await bot.get(url)).status for url in urls] == [404, 404, 404, 200]
    await post(bot, "words are kept")

    assert len(await sandbox.client.messages(TOM)) == 2


async def test_files_of_dropped_messages_are_not_counted(sandbox: Sandbox, bot: ClientSession):
    for number in range(60):
        form = FormData({"toPersonEmail": TOM})
        form.add_field("files", b"x" * 40, filename="x.csv", content_type="text/csv")
        await (bot.post("/v1/messages", data=form) if number % 2 else post(bot, "x"))

    messages = await sandbox.client.messages(TOM)

    assert [len(message.get("files", [])) for message in messages] == [0, 1] * 10


async def test_presses_and_long_bodies_are_limited(sandbox: Sandbox, bot: ClientSession):
    body = {"toPersonEmail": TOM, "text": "card", "attachments": [CARD]}
    async with bot.post("/v1/messages", json=body) as answer:
        card = (await answer.json())["id"]
    presses = [await sandbox.client.press(TOM, card, "Go") for _ in range(8)]
    matches = [(await bot.get(f"/v1/attachment/actions/{press['id']}")).status for press in presses]

    assert matches == [404] * 3 + [200] * 5
    assert str((await sandbox.client.calls())[0]["body"]).endswith(" bytes>")


async def test_a_client_that_does_not_read_is_cut_off(sandbox: Sandbox, bot: ClientSession):
    async with bot.ws_connect((await register(bot))["webSocketUrl"]) as ws:
        await authorize(ws, sandbox.cloud.bot_token)
        await MercurySocket(ws).frame()
        for _ in range(60):  # in one turn of the loop, so that nothing is written in between
            sandbox.fault(what="say", person=TOM)

        async with asyncio.timeout(5):
            while not ws.closed:
                await ws.receive()
        assert ws.close_code == 1006


def test_only_old_access_tokens_are_dropped():
    tokens = Tokens(ManualClock(NOW), "org", kept=10)
    bot = tokens.issue("bot", "bot")
    issued = [tokens.issue("service_app", "app") for _ in range(30)]

    assert [tokens.find(token.value) is not None for token in issued] == [False] * 21 + [True] * 9
    assert tokens.find(bot.value) is bot


def test_the_event_log_keeps_counting_when_it_drops_events():
    changes = EventLog(3)
    for number in range(5):
        changes.append("message", number=number)

    assert [event.seq for event in changes.after(0)] == [3, 4, 5]
