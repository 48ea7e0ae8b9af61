"""Discovery, registration and the socket, as clients of the real cloud expect them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from sandbox.ids import key_of
from sandbox.server import Sandbox
from sandbox.settings import Settings
from tests.sandbox.mercury_client import DEVICES, MercurySocket, authorize, open_socket, register

VERA = "vera@acme.example"
CARD = {
    "type": "AdaptiveCard",
    "version": "1.3",
    "body": [],
    "actions": [{"type": "Action.Submit", "title": "Go", "data": {"nonce": "8f1c"}}],
}


# Discovery and registration


async def test_the_catalog_names_hosts_the_way_the_js_sdk_wants(
    sandbox: Sandbox, bot: ClientSession
):
    async with bot.get("/u2c/api/v1/catalog", params={"format": "hostmap"}) as response:
        catalog = await response.json()

    host = sandbox.cloud.base_url.removeprefix("https://")
    entries = catalog["hostCatalog"][host]
    assert catalog["serviceLinks"]["wdm"] == f"{sandbox.cloud.base_url}/wdm/api/v1"
    assert catalog["serviceLinks"]["hydra"] == sandbox.api_url
    assert {entry["host"] for entry in entries} == {"localhost"}
    assert "urn:TEAM:us-east-2_a:wdm" in {entry["id"] for entry in entries}


async def test_the_limited_catalog_needs_no_token(sandbox: Sandbox, bot: ClientSession):
    url = f"{sandbox.cloud.base_url}/u2c/api/v1"
    nobody = {"Authorization": ""}
    async with bot.get(f"{url}/limited/catalog", headers=nobody) as limited:
        assert limited.status == 200
    async with bot.get(f"{url}/catalog", headers=nobody) as complete:
        assert complete.status == 401


async def test_a_device_is_registered_listed_refreshed_and_removed(bot: ClientSession):
    device = await register(bot)

    async with bot.get(DEVICES) as listed:
        assert [device["name"] for device in (await listed.json())["devices"]] == ["test"]
    async with bot.put(device["url"], json={"name": "renamed"}) as refreshed:
        assert (await refreshed.json())["name"] == "renamed"
        assert refreshed.headers["etag"]
    assert [(await bot.delete(device["url"])).status for _ in range(2)] == [204, 404]
    assert (await bot.put(device["url"], json={})).status == 404


async def test_too_many_devices_are_refused(bot: ClientSession):
    for _ in range(50):
        await register(bot)

    async with bot.post(DEVICES, json={}) as response:
        assert response.status == 403
        assert (await response.json())["message"] == "User has excessive device registrations"


# The socket


async def test_an_unknown_registration_is_a_404(sandbox: Sandbox, bot: ClientSession):
    url = f"{sandbox.cloud.base_url}/v1/apps/wx2/registrations/unknown/messages"
    with pytest.raises(WSServerHandshakeError) as refusal:
        await bot.ws_connect(url)

    assert refusal.value.status == 404


async def test_the_first_frame_is_the_buffer_state(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    async with bot.ws_connect(device["webSocketUrl"]) as ws:
        await authorize(ws, sandbox.cloud.bot_token)
        message = await ws.receive()

    frame = json.loads(message.data)
    assert message.type == WSMsgType.BINARY
    assert frame["data"]["eventType"] == "mercury.buffer_state"
    assert frame["sequenceNumber"] == 1
    assert "type" not in frame


async def test_text_and_registration_status_are_sent_on_request(
    sandbox: Sandbox, bot: ClientSession
):
    device = await register(bot)
    query = {"outboundWireFormat": "text", "mercuryRegistrationStatus": "true"}
    async with bot.ws_connect(device["webSocketUrl"], params=query) as ws:
        await authorize(ws, sandbox.cloud.bot_token)
        message = await ws.receive()

    data = json.loads(message.data)["data"]
    assert message.type == WSMsgType.TEXT
    assert data["eventType"] == "mercury.registration_status"
    assert data["localClusterServiceUrls"]


async def test_a_bad_token_closes_the_socket(bot: ClientSession):
    device = await register(bot)
    async with bot.ws_connect(device["webSocketUrl"]) as ws:
        await authorize(ws, "nonsense")

        assert await MercurySocket(ws).close_code() == 4401


async def test_silence_closes_the_socket():
    async with Sandbox(Settings(socket_auth_seconds=0.05)) as sandbox:
        hub, bot_key = sandbox.cloud.hub, sandbox.cloud.bot_key
        device = hub.register(bot_key, {})
        url = f"{sandbox.cloud.base_url}/v1/apps/wx2/registrations/{device.key}/messages"
        async with ClientSession() as nobody, nobody.ws_connect(url, ssl=False) as ws:
            assert await MercurySocket(ws).close_code() == 1008


async def test_pings_are_answered_with_their_id(sandbox: Sandbox, bot: ClientSession):
    async with open_socket(sandbox, bot, await register(bot)) as opened:
        await opened.ws.send_json({"id": "4f4f", "type": "ping"})
        pong = await opened.frame()

    assert (pong["id"], pong["type"]) == ("4f4f", "pong")
    assert "sequenceNumber" not in pong


async def test_a_second_socket_replaces_the_first(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    async with open_socket(sandbox, bot, device) as first, open_socket(sandbox, bot, device):
        assert await first.close_code() == 4000


async def test_a_drained_socket_is_closed_with_its_own_code(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    async with open_socket(sandbox, bot, device) as first:
        await sandbox.client.mercury("shutdown")
        assert (await first.frame())["type"] == "shutdown"
        async with open_socket(sandbox, bot, device):
            assert await first.close_code() == 4001


@pytest.mark.parametrize(
    ("order", "code"),
    [({"action": "close", "code": 1011, "reason": "oops"}, 1011), ({"action": "drop"}, 1006)],
)
async def test_sockets_can_be_broken_on_demand(
    sandbox: Sandbox, bot: ClientSession, order: dict[str, Any], code: int
):
    async with open_socket(sandbox, bot, await register(bot)) as opened:
        await sandbox.client.mercury(**order)

        assert await opened.close_code() == code


async def test_a_stalled_socket_stays_open_and_silent(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    async with open_socket(sandbox, bot, device) as opened:
        await sandbox.client.mercury("stall")
        await sandbox.client.say(VERA, "anybody there?")
        await opened.ws.send_json({"id": "1", "type": "ping"})
        with pytest.raises(TimeoutError):
            await opened.ws.receive(timeout=0.1)
        async with open_socket(sandbox, bot, device) as repeated:
            assert (await repeated.activity("post"))["object"]["displayName"] == "anybody there?"


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_handshakes_can_be_refused_on_demand(
    sandbox: Sandbox, bot: ClientSession, status: int
):
    device = await register(bot)
    await sandbox.client.fault(path="/apps/wx2/registrations/*/messages", status=status)

    with pytest.raises(WSServerHandshakeError, match=str(status)):
        await bot.ws_connect(device["webSocketUrl"])

    async with open_socket(sandbox, bot, device):
        pass


async def test_offline_means_nobody_gets_through(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    await sandbox.client.mercury("offline")
    with pytest.raises(WSServerHandshakeError, match="503"):
        await bot.ws_connect(device["webSocketUrl"])

    await sandbox.client.mercury("online")

    async with open_socket(sandbox, bot, device):
        await sandbox.client.until_online()


async def test_a_revoked_token_loses_its_socket(sandbox: Sandbox, bot: ClientSession):
    async with open_socket(sandbox, bot, await register(bot)) as opened:
        await sandbox.client.tokens("bot", "revoke")

        assert await opened.close_code() == 4401


async def test_unacknowledged_frames_come_again(sandbox: Sandbox, bot: ClientSession):
    device = await register(bot)
    async with open_socket(sandbox, bot, device) as first:
        await sandbox.client.say(VERA, "one")
        frames = [await first.frame() for _ in range(2)]
        await first.ws.send_json({"type": "ack", "messageId": frames[0]["id"]})
        await first.ws.send_json({"type": "ack", "messageId": "of nothing"})
        await first.ws.send_json({"id": "last", "type": "ping"})
        await first.frame()
    async with open_socket(sandbox, bot, device) as second:
        repeated = await second.frame()

    assert repeated["id"] == frames[1]["id"]
    assert repeated["sequenceNumber"] == 2
    state = (await sandbox.client.sockets())["devices"][0]
    assert (state["acked"], state["unacked"], state["unknownAcks"]) == (1, 1, 1)


async def test_duplicates_can_be_delivered_on_demand(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.rooms(VERA)
    async with open_socket(sandbox, bot, await register(bot)) as opened:
        await sandbox.client.mercury("duplicate")
        await sandbox.client.say(VERA, "one")
        frames = [await opened.frame() for _ in range(2)]

    assert frames[0]["data"] == frames[1]["data"]
    assert frames[0]["id"] != frames[1]["id"]


# Activities


@pytest.fixture
async def opened(sandbox: Sandbox, bot: ClientSession) -> AsyncIterator[MercurySocket]:
    async with open_socket(sandbox, bot, await register(bot)) as ready:
        yield ready


async def test_a_message_arrives_as_a_post(sandbox: Sandbox, opened: MercurySocket):
    message = await sandbox.client.say(VERA, "status please")

    activity = await opened.activity("post")

    room = key_of(message["roomId"], "ROOM")
    assert activity["id"] == key_of(message["id"], "MESSAGE")
    assert activity["object"] == {"objectType": "comment", "displayName": "status please"}
    assert activity["actor"]["type"] == "PERSON"
    assert activity["actor"]["emailAddress"] == VERA
    assert activity["target"]["tags"] == ["ONE_ON_ONE"]
    assert activity["target"]["url"].endswith(f"/conversations/{room}")
    assert "encryptionKeyUrl" not in json.dumps(activity)


async def test_a_space_is_heard_only_when_the_bot_is_mentioned(
    sandbox: Sandbox, opened: MercurySocket
):
    room = await sandbox.client.room(VERA, "Field team")
    await sandbox.client.say(VERA, "among us", roomId=room)
    root = await sandbox.client.say(VERA, "hello", roomId=room, mention=True)
    await sandbox.client.say(VERA, "again", roomId=room, mention=True, parentId=root["id"])

    first = await opened.activity("post")
    second = await opened.activity("post")

    bot_key = sandbox.cloud.bot_key
    assert first["object"]["displayName"] == "Provbot hello"
    assert first["object"]["mentions"]["items"][0]["id"] == bot_key
    assert f'data-object-id="{bot_key}"' in first["object"]["content"]
    assert first["target"]["tags"] == []
    assert second["parent"] == {"id": key_of(root["id"], "MESSAGE"), "type": "reply"}


async def test_the_bot_hears_its_own_messages_as_a_bot(bot: ClientSession, opened: MercurySocket):
    await bot.post("/v1/messages", json={"toPersonEmail": VERA, "text": "hi"})

    assert (await opened.activity("post"))["actor"]["type"] == "BOT"


async def test_a_file_is_shared_first_and_found_safe_later(sandbox: Sandbox, opened: MercurySocket):
    message = await sandbox.client.send_file(VERA, "macs.csv", b"a,b", text="the list")

    share = await opened.activity("share")
    update = await opened.activity("update")

    file = share["object"]["files"]["items"][0]
    assert share["id"] == update["object"]["id"] == key_of(message["id"], "MESSAGE")
    assert share["object"]["displayName"] == "the list"
    assert share["object"]["contentCategory"] == "documents"
    assert (file["displayName"], file["fileSize"], file["malwareQuarantineState"]) == (
        "macs.csv",
        3,
        "pending",
    )
    assert update["object"]["files"]["items"][0]["malwareQuarantineState"] == "safe"
    assert update["id"] != share["id"]


async def test_edits_and_deletions_arrive(sandbox: Sandbox, opened: MercurySocket):
    message = await sandbox.client.say(VERA, "frist")
    key = key_of(message["id"], "MESSAGE")
    await opened.activity("post")
    await sandbox.client.edit(VERA, message["id"], "first")
    edited = await opened.activity("post")
    await sandbox.client.delete(VERA, message["id"])
    deleted = await opened.activity("delete")

    assert edited["parent"] == {"id": key, "type": "edit"}
    assert edited["id"] != key
    assert edited["object"]["displayName"] == "first"
    assert deleted["object"] == {"objectType": "activity", "id": key}


async def test_a_press_arrives_with_its_inputs_as_text(
    sandbox: Sandbox, bot: ClientSession, opened: MercurySocket
):
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}
    body = {"toPersonEmail": VERA, "text": "x", "attachments": [card]}
    async with bot.post("/v1/messages", json=body) as response:
        message_id = (await response.json())["id"]
    pressed = await sandbox.client.press(VERA, message_id, "Go")

    post = await opened.activity("post")
    action = await opened.activity("cardAction")

    assert json.loads(post["object"]["cards"][0]) == CARD
    assert action["id"] == key_of(pressed["id"], "ATTACHMENT_ACTION")
    assert action["parent"] == {"id": key_of(message_id, "MESSAGE"), "type": "cardAction"}
    assert json.loads(action["object"]["inputs"]) == {"nonce": "8f1c"}
    look_up = f"/conversation/api/v1/attachment/actions/{action['id']}"
    async with bot.get(look_up) as matches:
        assert (await matches.json())["id"] == pressed["id"]


async def test_joins_and_leaves_are_sent_to_those_concerned(
    sandbox: Sandbox, opened: MercurySocket
):
    cloud, chat = sandbox.cloud, sandbox.cloud.chat
    vera = cloud.person_by_email(VERA)
    tom = cloud.person_by_email("tom@acme.example")
    assert vera
    assert tom
    room = chat.create_group(vera.key, "New space")
    chat.add(vera.key, room, tom.key)
    chat.add(vera.key, room, cloud.bot_key)
    chat.remove(vera.key, room, tom.key)
    chat.remove(vera.key, room, cloud.bot_key)

    joined, remaining = await opened.activity("add"), await opened.activity("leave")

    assert joined["object"]["entryUUID"] == remaining["object"]["entryUUID"] == cloud.bot_key
    assert joined["target"]["id"] == room.key


async def test_a_new_room_names_its_people(sandbox: Sandbox, opened: MercurySocket):
    await sandbox.client.rooms(VERA)

    created = await opened.activity("create")

    emails = {person["emailAddress"] for person in created["object"]["participants"]["items"]}
    assert emails == {VERA, "provbot@webex.bot"}


async def test_hundred_messages_arrive_in_order(sandbox: Sandbox, opened: MercurySocket):
    vera = sandbox.cloud.person_by_email(VERA)
    assert vera
    texts: Callable[[int], str] = "number {}".format
    for number in range(100):
        await sandbox.client.say(VERA, texts(number))

    heard = [(await opened.activity("post"))["object"]["displayName"] for _ in range(100)]

    assert heard == [texts(number) for number in range(100)]
    async with asyncio.timeout(5):
        await opened.ws.close()
