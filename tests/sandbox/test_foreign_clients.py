"""Clients written for the real cloud work here unmodified."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from webexpythonsdk import ApiError, WebexAPI

from sandbox.server import Sandbox

VERA = "vera@acme.example"
ECHO_BOT = Path(__file__).with_name("echo_bot.py")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {
        "type": "AdaptiveCard",
        "version": "1.3",
        "body": [{"type": "Input.Text", "id": "ticket"}],
        "actions": [{"type": "Action.Submit", "title": "Go", "data": {"nonce": "8f1c"}}],
    },
}


@pytest.fixture
def api(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A webexpythonsdk client with the bot's token."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", sandbox.ca_file)
    client = WebexAPI(access_token=sandbox.cloud.bot_token, base_url=sandbox.api_url + "/")
    yield client
    client._session._req_session.close()


async def test_webexpythonsdk_reads_people(api: Any):
    def use() -> tuple[Any, list[Any]]:
        return api.people.me(), list(api.people.list(email=VERA))

    me, matches = await asyncio.to_thread(use)

    assert (me.emails, me.type, me.displayName) == (["provbot@webex.bot"], "bot", "Provbot")
    assert me.created.year >= 2024
    assert [person.displayName for person in matches] == ["Vera Lindqvist"]


async def test_webexpythonsdk_makes_and_deletes_messages(api: Any):
    def use() -> tuple[Any, Any, list[Any], Any]:
        created = api.messages.create(toPersonEmail=VERA, markdown="**done** (1)")
        read = api.messages.get(created.id)
        for number in range(5):
            api.messages.create(roomId=created.roomId, text=f"number {number}")
        listed = list(api.messages.list(roomId=created.roomId, max=2))
        edited = api.messages.update(created.id, roomId=created.roomId, markdown="**done** (2)")
        api.messages.delete(created.id)
        return created, read, listed, edited

    created, read, listed, edited = await asyncio.to_thread(use)

    assert created.toPersonEmail == VERA
    assert (read.text, read.html) == ("done (1)", "<p><strong>done</strong> (1)</p>")
    assert edited.text == "done (2)"
    assert listed[0].text == "number 4"
    assert [message.text for message in listed[-2:]] == ["number 0", "done (1)"]
    with pytest.raises(ApiError, match="404"):
        await asyncio.to_thread(api.messages.get, created.id)


async def test_webexpythonsdk_sends_and_fetches_files(api: Any, sandbox: Sandbox, tmp_path: Path):
    log = tmp_path / "run.log"
    log.write_text("all is well")

    def use() -> Any:
        return api.messages.create(toPersonEmail=VERA, text="the log", files=[str(log)])

    created = await asyncio.to_thread(use)

    assert (created.text, len(created.files)) == ("the log", 1)
    response = await asyncio.to_thread(api._session._req_session.get, created.files[0])
    assert response.text == "all is well"
    assert 'filename="run.log"' in response.headers["Content-Disposition"]


async def test_webexpythonsdk_sends_cards_and_reads_actions(api: Any, sandbox: Sandbox):
    def send() -> Any:
        return api.messages.create(toPersonEmail=VERA, text="a card", attachments=[CARD])

    card = await asyncio.to_thread(send)
    pressed = await sandbox.client.press(VERA, card.id, "Go", inputs={"ticket": "OPS-12"})
    action = await asyncio.to_thread(api.attachment_actions.get, pressed["id"])

    assert action.inputs == {"nonce": "8f1c", "ticket": "OPS-12"}
    assert (action.type, action.messageId) == ("submit", card.id)


async def test_webexpythonsdk_walks_rooms_and_memberships(api: Any):
    def use() -> tuple[list[Any], list[Any], Any]:
        rooms = list(api.rooms.list(type="group", max=1))
        members = list(api.memberships.list(roomId=rooms[0].id, max=2))
        created = api.rooms.create("War room")
        api.memberships.create(created.id, personEmail=VERA)
        return rooms, members, api.rooms.get(created.id)

    rooms, members, created = await asyncio.to_thread(use)

    assert {room.title for room in rooms} == {"Phone rollout", "Field team"}
    assert "Provbot" in {member.personDisplayName for member in members}
    assert (created.title, created.type) == ("War room", "group")


async def test_webexpythonsdk_keeps_webhooks(api: Any):
    def use() -> tuple[Any, list[Any], list[Any]]:
        created = api.webhooks.create(
            name="cards",
            targetUrl="https://bot.acme.example/hook",
            resource="attachmentActions",
            event="created",
            secret="s3cret",
        )
        api.webhooks.update(created.id, name="buttons", targetUrl=created.targetUrl)
        listed = list(api.webhooks.list())
        api.webhooks.delete(created.id)
        return created, listed, list(api.webhooks.list())

    created, listed, remaining = await asyncio.to_thread(use)

    assert (created.status, created.resource, created.secret) == (
        "active",
        "attachmentActions",
        "s3cret",
    )
    assert [hook.name for hook in listed] == ["buttons"]
    assert remaining == []


@asynccontextmanager
async def stock_bot(sandbox: Sandbox) -> AsyncIterator[asyncio.subprocess.Process]:
    kept = {name: value for name, value in os.environ.items() if name not in PROXIES}
    trust = {"SSL_CERT_FILE": sandbox.ca_file, "REQUESTS_CA_BUNDLE": sandbox.ca_file}
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ECHO_BOT),
        env=kept | sandbox.env | trust,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield program
    finally:
        program.kill()
        await program.wait()


def has_button(title: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: title in str(message.get("attachments"))


async def test_stock_webex_bot_echoes(sandbox: Sandbox):
    client = sandbox.client
    async with stock_bot(sandbox):
        await client.until_online(timeout=30)

        message = await client.say(VERA, "echo")
        card = await client.reply(VERA, after=message["seq"], where=has_button("Submit"))
        pressed = await client.press(
            VERA, card["id"], "Submit", inputs={"message_typed": "Anybody there?"}
        )
        echo = await client.reply(
            VERA, after=pressed["seq"], where=lambda m: "Anybody there?" in m["text"]
        )

    assert echo["roomType"] == "direct"


async def test_stock_webex_bot_hears_its_name_in_a_space(sandbox: Sandbox):
    client = sandbox.client
    room = await client.room(VERA, "Field team")
    async with stock_bot(sandbox):
        await client.until_online(timeout=30)

        unheard = await client.say(VERA, "echo to nobody", roomId=room)
        heard = await client.say(VERA, "echo", roomId=room, mention=True)
        card = await client.reply(VERA, after=unheard["seq"], room=room, where=has_button("Submit"))

    assert card["parentId"] == heard["id"]
