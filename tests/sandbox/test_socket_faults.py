"""Each fault of the socket, as a client of it sees it (docs/webex/messaging.md §6.3)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from sandbox.client import ControlError
from sandbox.clock import ManualClock
from sandbox.mercury.hub import REORDER_HOLD_SECONDS
from sandbox.server import Sandbox
from tests.sandbox.conftest import session
from tests.sandbox.mercury_client import MercurySocket, authorize, open_socket, register

TOM, VERA = "tom@acme.example", "vera@acme.example"
CARD = {
    "type": "AdaptiveCard",
    "version": "1.3",
    "body": [],
    "actions": [{"type": "Action.Submit", "title": "Go", "data": {"nonce": "8f1c"}}],
}


@pytest.fixture
async def opened(sandbox: Sandbox, bot: ClientSession) -> AsyncIterator[MercurySocket]:
    async with open_socket(sandbox, bot, await register(bot), outboundWireFormat="text") as socket:
        yield socket


async def texts(opened: MercurySocket, count: int) -> list[str]:
    return [(await opened.activity("post"))["object"]["displayName"] for _ in range(count)]


async def create_direct_room(sandbox: Sandbox, opened: MercurySocket) -> None:
    """Create Tom's direct room, so that only posts follow."""
    await sandbox.client.say(TOM, "first")
    await opened.activity("post")


# The handshake


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
async def test_the_handshake_is_refused(sandbox: Sandbox, bot: ClientSession, status: int):
    device = await register(bot)
    await sandbox.client.fault(what="handshake", status=status, retryAfter=4)

    with pytest.raises(WSServerHandshakeError) as refused:
        await bot.ws_connect(device["webSocketUrl"])

    assert refused.value.status == status
    assert refused.value.headers is not None
    assert refused.value.headers["Retry-After"] == "4"
    async with open_socket(sandbox, bot, device):
        pass


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1008, 1011, 4000, 4401])
@pytest.mark.parametrize("after_authorization", [False, True])
async def test_it_is_accepted_and_then_closed(
    sandbox: Sandbox, bot: ClientSession, code: int, *, after_authorization: bool
):
    device = await register(bot)
    order = {"code": code, "reason": "idle", "afterAuthorization": after_authorization}
    await sandbox.client.fault(what="accept_then_close", **order)

    async with bot.ws_connect(device["webSocketUrl"]) as ws:
        if after_authorization:
            await authorize(ws, sandbox.cloud.bot_token)
        async with asyncio.timeout(5):
            frames = [message async for message in ws]

        assert ws.close_code == code
        assert len(frames) <= after_authorization


async def test_there_is_no_greeting(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(what="no_buffer_state")
    async with bot.ws_connect((await register(bot))["webSocketUrl"]) as ws:
        await authorize(ws, sandbox.cloud.bot_token)
        await sandbox.client.until_online()
        await sandbox.client.say(TOM, "hello")

        assert (await MercurySocket(ws).frame())["data"]["eventType"] == "conversation.activity"


async def test_it_is_half_open(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(what="half_open")
    async with open_socket(sandbox, bot, await register(bot)) as stalled:
        await stalled.ws.send_json({"id": "p", "type": "ping"})
        await sandbox.client.say(TOM, "hello")

        with pytest.raises(TimeoutError):
            await stalled.ws.receive(timeout=0.1)
        assert not stalled.ws.closed


async def test_a_device_of_the_wrong_region_receives_only_pongs(
    sandbox: Sandbox, bot: ClientSession
):
    await sandbox.client.fault(what="wrong_region")
    async with open_socket(sandbox, bot, await register(bot)) as deaf:
        await sandbox.client.say(TOM, "hello")
        await deaf.ws.send_json({"id": "p", "type": "ping"})

        assert (await deaf.frame())["type"] == "pong"


# Delivery


async def test_an_event_comes_twice(sandbox: Sandbox, opened: MercurySocket):
    await create_direct_room(sandbox, opened)
    await sandbox.client.fault(what="duplicate", times=1)
    for text in ("a", "b"):
        await sandbox.client.say(TOM, text)

    assert await texts(opened, 3) == ["a", "a", "b"]


async def test_an_event_is_overtaken(sandbox: Sandbox, opened: MercurySocket):
    await create_direct_room(sandbox, opened)
    await sandbox.client.fault(what="reorder", times=1)
    for text in ("a", "b", "c"):
        await sandbox.client.say(TOM, text)

    assert await texts(opened, 3) == ["b", "a", "c"]


async def test_an_event_that_nothing_overtakes_is_late():
    clock = ManualClock(datetime.now(UTC))
    async with (
        Sandbox(clock=clock) as sandbox,
        session(sandbox, sandbox.cloud.bot_token) as bot,
        open_socket(sandbox, bot, await register(bot), outboundWireFormat="text") as opened,
    ):
        await create_direct_room(sandbox, opened)
        await sandbox.client.fault(what="reorder", times=1)
        await sandbox.client.say(TOM, "a")
        event = asyncio.create_task(texts(opened, 1))
        clock.advance(REORDER_HOLD_SECONDS - 0.1)
        await asyncio.sleep(0.05)
        assert not event.done()

        clock.advance(0.1)
        assert await event == ["a"]


async def test_numbers_have_a_gap(sandbox: Sandbox, opened: MercurySocket):
    await create_direct_room(sandbox, opened)
    await sandbox.client.fault(what="gap", times=1, nth=2)
    for text in ("a", "b", "c"):
        await sandbox.client.say(TOM, text)

    numbers = [(await opened.frame())["sequenceNumber"] for _ in range(3)]

    assert [number - numbers[0] for number in numbers] == [0, 2, 3]


async def test_an_event_is_lost(sandbox: Sandbox, opened: MercurySocket):
    await create_direct_room(sandbox, opened)
    await sandbox.client.fault(what="lose", times=1)
    for text in ("a", "b"):
        await sandbox.client.say(TOM, text)

    assert await texts(opened, 1) == ["b"]


async def test_frames_can_be_binary_despite_a_request_for_text(
    sandbox: Sandbox, opened: MercurySocket
):
    await create_direct_room(sandbox, opened)
    await sandbox.client.fault(what="binary", times=1)
    for text in ("a", "b"):
        await sandbox.client.say(TOM, text)

    kinds = [(await opened.ws.receive(timeout=5)).type for _ in range(2)]

    assert kinds == [WSMsgType.BINARY, WSMsgType.TEXT]


async def test_optional_fields_are_missing(sandbox: Sandbox, opened: MercurySocket):
    await create_direct_room(sandbox, opened)
    await sandbox.client.fault(
        what="bare",
        times=2,
        fields=["activity.target.tags", "activity.object.files.items.malwareQuarantineState"],
    )
    await sandbox.client.say(TOM, "a")
    post = await opened.activity("post")
    await sandbox.client.fault(what="share", person=TOM)
    share = await opened.activity("share")
    complete = await opened.activity("update")

    assert "tags" not in post["target"]
    assert "malwareQuarantineState" not in share["object"]["files"]["items"][0]
    assert complete["target"]["tags"] == ["ONE_ON_ONE"]
    assert complete["object"]["files"]["items"][0]["malwareQuarantineState"] == "safe"


# Acts


async def test_the_connection_is_cut_or_closed(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    codes = []
    for order in (
        {"what": "drop"},
        {"what": "close", "code": 1011},
        {"what": "close", "code": 1006},
    ):
        async with open_socket(sandbox, bot, device) as socket:
            await sandbox.client.fault(**order)
            codes.append(await socket.close_code())

    assert codes == [1006, 1011, 1006]


async def test_a_shutdown_ends_with_4001(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.fault(what="shutdown", seconds=0.05)

    assert (await opened.frame())["type"] == "shutdown"
    assert await opened.close_code() == 4001


async def test_an_open_socket_falls_silent(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.fault(what="stall")
    await sandbox.client.say(TOM, "hello")

    with pytest.raises(TimeoutError):
        await opened.ws.receive(timeout=0.1)


async def test_a_frame_is_larger_than_clients_accept(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    async with bot.ws_connect(device["webSocketUrl"], max_msg_size=0) as ws:
        await authorize(ws, sandbox.cloud.bot_token)
        await MercurySocket(ws).frame()
        await sandbox.client.fault(what="huge_frame")

        assert len((await ws.receive(timeout=5)).data) > 2 * 1024 * 1024
    async with open_socket(sandbox, bot, device) as careful:
        await sandbox.client.fault(what="huge_frame", bytes=5 * 1024 * 1024)

        assert (await careful.ws.receive(timeout=5)).type == WSMsgType.ERROR
        assert careful.ws.close_code == 1009


async def test_a_hundred_posts_come_at_once(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.fault(what="burst", person=TOM, text="go")

    assert await texts(opened, 100) == ["go"] * 100


async def test_people_speak_edit_and_send_files(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.fault(what="say", person=TOM, text="hello")
    post = await opened.activity("post")
    await sandbox.client.fault(what="edit", person=TOM, text="hallo")
    edit = await opened.activity("post")
    await sandbox.client.fault(what="share", person=TOM, text="look", name="macs.csv")
    share, update = await opened.activity("share"), await opened.activity("update")

    assert edit["parent"] == {"id": post["id"], "type": "edit"}
    assert (share["object"]["displayName"], update["object"]["id"]) == ("look", share["id"])
    assert update["object"]["files"]["items"][0]["displayName"] == "macs.csv"


async def test_a_person_speaks_in_a_space(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.fault(what="say", person=TOM, room="Field team", text="x", mention=True)

    post = await opened.activity("post")

    assert post["object"]["mentions"]["items"][0]["displayName"] == "Provbot"
    assert post["target"]["tags"] == []


async def test_two_people_press_one_card(
    sandbox: Sandbox, bot: ClientSession, opened: MercurySocket
):
    room = await sandbox.client.room(TOM, "Field team")
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}
    await bot.post("/v1/messages", json={"roomId": room, "text": "?", "attachments": [card]})
    await sandbox.client.fault(what="press", people=[TOM, VERA], room="Field team", title="Go")

    presses = [await opened.activity("cardAction") for _ in range(2)]

    assert [press["actor"]["emailAddress"] for press in presses] == [TOM, VERA]
    assert presses[0]["parent"] == presses[1]["parent"]


async def test_a_token_is_taken_back(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.fault(what="tokens", token="bot", action="revoke")

    assert await opened.close_code() == 4401


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"what": "say", "person": "nobody@acme.example"}, "Nobody here has the address"),
        ({"what": "say", "person": TOM, "room": "Attic"}, "has no room 'Attic'"),
        ({"what": "press", "people": [TOM], "title": "Go"}, "no such message"),
        ({"what": "tokens", "token": "gold", "action": "expire"}, "'token' must be one of bot"),
    ],
)
async def test_an_impossible_action_is_refused_with_a_reason(
    sandbox: Sandbox, order: dict[str, Any], sentence: str
):
    with pytest.raises(ControlError, match=sentence):
        await sandbox.client.fault(**order)
    assert await sandbox.client.faults() == []


async def test_an_action_that_fails_later_shows_the_reason_in_the_list(sandbox: Sandbox):
    await sandbox.client.fault(what="say", person="nobody@acme.example", at=0.01)
    async with asyncio.timeout(5):
        while not (await sandbox.client.faults())[0]["trouble"]:
            pass

    assert "Nobody here" in (await sandbox.client.faults())[0]["trouble"]
