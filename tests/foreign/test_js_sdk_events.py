"""`listen()` of the official JavaScript SDK hears what happens, in the shapes of webex-messaging.md §2.7."""

import json
from typing import Any

import pytest

from sandbox.ids import public_id
from sandbox.server import Sandbox
from tests.foreign.sdk import Sdk, sdk_in
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
async def ears(sdk: Sdk) -> Sdk:
    """The SDK, listening."""
    assert "messages" in await sdk.call("listen")
    return sdk


def person(sandbox: Sandbox, email: str) -> str:
    """A person's public id."""
    found = sandbox.cloud.person_by_email(email)
    assert found is not None
    return public_id("PEOPLE", found.key)


def check_envelope(envelope: Json, sandbox: Sandbox, actor: str, event: str) -> None:
    """What surrounds the data of every event."""
    cloud = sandbox.cloud
    assert envelope.keys() == ENVELOPE | {"data"}
    assert f"{envelope['resource']}:{envelope['event']}" == event
    assert envelope["createdBy"] == public_id("PEOPLE", cloud.bot_key)
    assert envelope["orgId"] == public_id("ORGANIZATION", cloud.organization.key)
    assert (envelope["ownedBy"], envelope["status"]) == ("creator", "active")
    assert envelope["actorId"] == person(sandbox, actor)


def says(text: str) -> Any:
    return lambda data: data.get("text") == text


async def test_a_message_is_heard_as_it_is_written_down(ears: Sdk, sandbox: Sandbox):
    said = await sandbox.client.say(VERA, "status please")

    heard = await ears.heard("messages:created", says("status please"))

    check_envelope(heard, sandbox, VERA, "messages:created")
    data = heard["data"]
    assert data.pop("created").endswith("Z")
    assert data.pop("roomId").startswith("Y2lzY29zcGFyazovL3VzL1JPT00v")
    assert data == {
        "id": said["id"],
        "roomType": "direct",
        "text": "status please",
        "personId": person(sandbox, VERA),
        "personEmail": VERA,
    }


async def test_a_mention_in_a_space_and_an_answer_in_its_thread_are_heard(
    ears: Sdk, sandbox: Sandbox
):
    room = await sandbox.client.room(VERA, "Field team")
    first = await sandbox.client.say(VERA, "one", roomId=room, mention=True)
    await sandbox.client.say(VERA, "not for you", roomId=room)
    await sandbox.client.say(VERA, "two", roomId=room, mention=True, parentId=first["id"])

    two = await ears.heard("messages:created", lambda data: data.get("parentId") == first["id"])

    assert (two["data"]["roomType"], two["data"]["roomId"]) == ("group", room)
    assert two["data"]["mentionedPeople"] == [public_id("PEOPLE", sandbox.cloud.bot_key)]
    assert ears.count("messages:created") == 2


async def test_a_file_is_heard_with_the_words_beside_it(ears: Sdk, sandbox: Sandbox):
    sent = await sandbox.client.send_file(TOM, "macs.csv", b"mac\n", text="the list")

    shared = await ears.heard("messages:created", lambda data: data["id"] == sent["id"])

    assert (shared["data"]["text"], len(shared["data"]["files"])) == ("the list", 1)


async def test_a_deletion_is_heard(ears: Sdk, sandbox: Sandbox):
    said = await sandbox.client.say(TOM, "oops")
    await ears.heard("messages:created")  # the SDK does not survive a message that is gone already
    await sandbox.client.delete(TOM, said["id"])

    gone = await ears.heard("messages:deleted")

    check_envelope(gone, sandbox, TOM, "messages:deleted")
    assert gone["data"]["id"] == said["id"]
    assert gone["data"]["roomType"] == "direct"


async def test_a_pressed_button_is_heard_with_its_inputs(ears: Sdk, sandbox: Sandbox):
    card = await ears.call(
        "messages.create", {"toPersonEmail": VERA, "text": "card", "attachments": [CARD]}
    )
    pressed = await sandbox.client.press(VERA, card["id"], "Go", inputs={"ticket": "OPS-12"})

    heard = await ears.heard("attachmentActions:created")

    check_envelope(heard, sandbox, VERA, "attachmentActions:created")
    data = heard["data"]
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
    read = await ears.call("attachmentActions.get", pressed["id"])
    assert read["inputs"] == {"nonce": "8f1c", "ticket": "OPS-12"}


async def test_people_hear_who_comes_and_goes(sandbox: Sandbox):
    async with sdk_in(sandbox, WEBEX_BOT_TOKEN=token_of(sandbox, TOM)) as ears:
        await ears.call("listen")
        room = await ears.call("rooms.create", {"title": "War room"})
        member = await ears.call("memberships.create", {"roomId": room["id"], "personEmail": VERA})
        came = await ears.heard("memberships:created", lambda data: data["personEmail"] == VERA)
        await ears.call("memberships.remove", member)
        left = await ears.heard("memberships:deleted")

    assert came["actorId"] == person(sandbox, TOM)
    assert came["data"].pop("created").endswith("Z")
    assert came["data"] == {
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
    assert left["data"]["id"] == member["id"]


async def test_a_bot_hears_that_it_was_let_in(ears: Sdk, sandbox: Sandbox):
    tom = sandbox.cloud.person_by_email(TOM)
    assert tom is not None
    room = sandbox.cloud.chat.create_group(tom.key, "War room")
    sandbox.cloud.chat.add(tom.key, room, sandbox.cloud.bot_key)

    came = await ears.heard("memberships:created")

    check_envelope(came, sandbox, TOM, "memberships:created")
    assert came["data"]["personEmail"] == "provbot@webex.bot"
    assert came["data"]["roomId"] == public_id("ROOM", room.key)


async def test_a_new_room_is_heard_with_the_people_in_it(ears: Sdk, sandbox: Sandbox):
    room = await ears.call("rooms.create", {"title": "War room"})
    await sandbox.client.say(TOM, "hello")  # their first words make a direct room

    made = await ears.heard("rooms:created", lambda data: data["id"] == room["id"])
    direct = await ears.heard("memberships:created", lambda data: data["personEmail"] == TOM)

    assert (made["data"]["type"], made["data"]["isLocked"]) == ("group", False)
    assert direct["data"]["roomType"] == "direct"


async def test_a_cut_connection_is_made_again(ears: Sdk, sandbox: Sandbox):
    await sandbox.client.mercury("drop")
    await sandbox.client.until_online()
    await sandbox.client.say(VERA, "still there?")

    assert await ears.heard("messages:created", says("still there?"))


async def test_a_cloud_that_shuts_down_is_left_for_its_successor(ears: Sdk, sandbox: Sandbox):
    await sandbox.client.mercury("shutdown")
    await sandbox.client.say(VERA, "and now?")

    assert await ears.heard("messages:created", says("and now?"))


async def test_everything_heard_is_acknowledged(ears: Sdk, sandbox: Sandbox):
    await sandbox.client.say(VERA, "noted?")

    async def is_acknowledged() -> bool:
        (device,) = (await sandbox.client.sockets())["devices"]
        return bool(device["acked"]) and not device["unacked"]

    await until(is_acknowledged, "what was heard was acknowledged")
