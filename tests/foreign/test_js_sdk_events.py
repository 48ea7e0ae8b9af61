"""Events that `listen()` of the official JavaScript SDK receives.

Their shapes are in docs/webex/messaging.md §2.7.
"""

import json
from typing import Any

import pytest

from sandbox.ids import public_id
from sandbox.server import Sandbox
from tests.foreign.js_sdk import Sdk, sdk_in
from tests.journeys.world import until
from tests.sandbox.conftest import token_of

Json = dict[str, Any]
TOM, VERA = "tom@acme.example", "vera@acme.example"
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {
        "type": "AdaptiveCard",
        "version": "1.3",
        "body": [{"type": "Input.Text", "id": "ticket"}],
        "actions": [{"type": "Action.Submit", "title": "Go", "data": {"nonce": "8f1c"}}],
    },
}
ENVELOPE = {"resource", "event", "createdBy", "orgId", "ownedBy", "status", "created", "actorId"}


@pytest.fixture
async def listening_sdk(sdk: Sdk) -> Sdk:
    """The SDK after `listen()`."""
    assert "messages" in await sdk.call("listen")
    return sdk


def person(sandbox: Sandbox, email: str) -> str:
    """Return a person's public id."""
    matches = sandbox.cloud.person_by_email(email)
    assert matches is not None
    return public_id("PEOPLE", matches.key)


def check_envelope(envelope: Json, sandbox: Sandbox, actor: str, event: str) -> None:
    """Check the parts that surround the data of every event."""
    cloud = sandbox.cloud
    assert envelope.keys() == ENVELOPE | {"data"}
    assert f"{envelope['resource']}:{envelope['event']}" == event
    assert envelope["createdBy"] == public_id("PEOPLE", cloud.bot_key)
    assert envelope["orgId"] == public_id("ORGANIZATION", cloud.organization.key)
    assert (envelope["ownedBy"], envelope["status"]) == ("creator", "active")
    assert envelope["actorId"] == person(sandbox, actor)


def says(text: str) -> Any:
    return lambda data: data.get("text") == text


async def test_a_message_arrives_in_the_documented_shape(listening_sdk: Sdk, sandbox: Sandbox):
    message = await sandbox.client.say(VERA, "status please")

    event = await listening_sdk.wait_for_event("messages:created", says("status please"))

    check_envelope(event, sandbox, VERA, "messages:created")
    data = event["data"]
    assert data.pop("created").endswith("Z")
    assert data.pop("roomId").startswith("Y2lzY29zcGFyazovL3VzL1JPT00v")
    assert data == {
        "id": message["id"],
        "roomType": "direct",
        "text": "status please",
        "personId": person(sandbox, VERA),
        "personEmail": VERA,
    }


async def test_a_mention_and_a_threaded_reply_arrive(listening_sdk: Sdk, sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    first = await sandbox.client.say(VERA, "one", roomId=room, mention=True)
    await sandbox.client.say(VERA, "not for you", roomId=room)
    await sandbox.client.say(VERA, "two", roomId=room, mention=True, parentId=first["id"])

    two = await listening_sdk.wait_for_event(
        "messages:created", lambda data: data.get("parentId") == first["id"]
    )

    assert (two["data"]["roomType"], two["data"]["roomId"]) == ("group", room)
    assert two["data"]["mentionedPeople"] == [public_id("PEOPLE", sandbox.cloud.bot_key)]
    assert listening_sdk.count("messages:created") == 2


async def test_a_file_arrives_with_its_text(listening_sdk: Sdk, sandbox: Sandbox):
    message = await sandbox.client.send_file(TOM, "macs.csv", b"mac\n", text="the list")

    shared = await listening_sdk.wait_for_event(
        "messages:created", lambda data: data["id"] == message["id"]
    )

    assert (shared["data"]["text"], len(shared["data"]["files"])) == ("the list", 1)


async def test_a_deletion_arrives(listening_sdk: Sdk, sandbox: Sandbox):
    message = await sandbox.client.say(TOM, "oops")
    await listening_sdk.wait_for_event(
        "messages:created"
    )  # the SDK fails on a message that is already deleted
    await sandbox.client.delete(TOM, message["id"])

    deleted = await listening_sdk.wait_for_event("messages:deleted")

    check_envelope(deleted, sandbox, TOM, "messages:deleted")
    assert deleted["data"]["id"] == message["id"]
    assert deleted["data"]["roomType"] == "direct"


async def test_a_press_arrives_with_its_inputs(listening_sdk: Sdk, sandbox: Sandbox):
    card = await listening_sdk.call(
        "messages.create", {"toPersonEmail": VERA, "text": "card", "attachments": [CARD]}
    )
    pressed = await sandbox.client.press(VERA, card["id"], "Go", inputs={"ticket": "OPS-12"})

    event = await listening_sdk.wait_for_event("attachmentActions:created")

    check_envelope(event, sandbox, VERA, "attachmentActions:created")
    data = event["data"]
    assert data.pop("created").endswith("Z")
    assert (json.loads(data["inputs"]) if isinstance(data["inputs"], str) else data["inputs"]) == {
        "nonce": "8f1c",
        "ticket": "OPS-12",
    }
    del data["inputs"]
    assert data == {
        "id": pressed["id"],
        "type": "submit",
        "messageId": card["id"],
        "personId": person(sandbox, VERA),
        "roomId": card["roomId"],
    }
    read = await listening_sdk.call("attachmentActions.get", pressed["id"])
    assert read["inputs"] == {"nonce": "8f1c", "ticket": "OPS-12"}


async def test_people_receive_joins_and_leaves(sandbox: Sandbox):
    async with sdk_in(sandbox, WEBEX_BOT_TOKEN=token_of(sandbox, TOM)) as listening_sdk:
        await listening_sdk.call("listen")
        room = await listening_sdk.call("rooms.create", {"title": "War room"})
        member = await listening_sdk.call(
            "memberships.create", {"roomId": room["id"], "personEmail": VERA}
        )
        joined = await listening_sdk.wait_for_event(
            "memberships:created", lambda data: data["personEmail"] == VERA
        )
        await listening_sdk.call("memberships.remove", member)
        remaining = await listening_sdk.wait_for_event("memberships:deleted")

    assert joined["actorId"] == person(sandbox, TOM)
    assert joined["data"].pop("created").endswith("Z")
    assert joined["data"] == {
        "id": member["id"],
        "roomId": room["id"],
        "roomType": "group",
        "personId": person(sandbox, VERA),
        "personEmail": VERA,
        "personDisplayName": "Vera Lindqvist",
        "personOrgId": public_id("ORGANIZATION", sandbox.cloud.organization.key),
        "isModerator": False,
        "isRoomHidden": False,
    }
    assert remaining["data"]["id"] == member["id"]


async def test_a_bot_receives_its_own_joining(listening_sdk: Sdk, sandbox: Sandbox):
    tom = sandbox.cloud.person_by_email(TOM)
    assert tom is not None
    room = sandbox.cloud.chat.create_group(tom.key, "War room")
    sandbox.cloud.chat.add(tom.key, room, sandbox.cloud.bot_key)

    joined = await listening_sdk.wait_for_event("memberships:created")

    check_envelope(joined, sandbox, TOM, "memberships:created")
    assert joined["data"]["personEmail"] == "provbot@webex.bot"
    assert joined["data"]["roomId"] == public_id("ROOM", room.key)


async def test_a_new_room_arrives_with_its_members(listening_sdk: Sdk, sandbox: Sandbox):
    room = await listening_sdk.call("rooms.create", {"title": "War room"})
    await sandbox.client.say(TOM, "hello")  # the first message creates the direct room

    created = await listening_sdk.wait_for_event(
        "rooms:created", lambda data: data["id"] == room["id"]
    )
    direct = await listening_sdk.wait_for_event(
        "memberships:created", lambda data: data["personEmail"] == TOM
    )

    assert (created["data"]["type"], created["data"]["isLocked"]) == ("group", False)
    assert direct["data"]["roomType"] == "direct"


async def test_a_cut_connection_is_restored(listening_sdk: Sdk, sandbox: Sandbox):
    await sandbox.client.mercury("drop")
    await sandbox.client.until_online()
    await sandbox.client.say(VERA, "still there?")

    assert await listening_sdk.wait_for_event("messages:created", says("still there?"))


async def test_a_shutdown_frame_leads_to_a_new_connection(listening_sdk: Sdk, sandbox: Sandbox):
    await sandbox.client.mercury("shutdown")
    await sandbox.client.say(VERA, "and now?")

    assert await listening_sdk.wait_for_event("messages:created", says("and now?"))


async def test_every_event_is_acknowledged(listening_sdk: Sdk, sandbox: Sandbox):
    await sandbox.client.say(VERA, "noted?")

    async def is_acknowledged() -> bool:
        (device,) = (await sandbox.client.sockets())["devices"]
        return bool(device["acked"]) and not device["unacked"]

    await until(is_acknowledged, "what was heard was acknowledged")
