"""The calls of the official JavaScript SDK that a bot makes."""

from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.foreign.sdk import Refused, Sdk

VERA = "vera@acme.example"


async def test_people(sdk: Sdk):
    me = await sdk.call("people.get", "me")
    (vera,) = (await sdk.call("people.list", {"email": VERA}))["items"]
    again = await sdk.call("people.get", vera["id"])

    assert (me["type"], me["emails"]) == ("bot", ["provbot@webex.bot"])
    assert (again["displayName"], again["id"]) == ("Vera Lindqvist", vera["id"])


async def test_rooms(sdk: Sdk):
    listed = await sdk.call("rooms.list", {"type": "group", "max": 1})
    made = await sdk.call("rooms.create", {"title": "War room"})
    renamed = await sdk.call("rooms.update", {**made, "title": "Peace room"})
    read = await sdk.call("rooms.get", made["id"])
    await sdk.call("rooms.remove", made["id"])

    assert {room["title"] for room in listed["items"]} == {"Phone rollout", "Field team"}
    assert (renamed["title"], read["title"]) == ("Peace room", "Peace room")
    with pytest.raises(Refused) as refused:
        await sdk.call("rooms.get", made["id"])
    assert refused.value.status == 404


async def test_memberships(sdk: Sdk):
    room = await sdk.call("rooms.create", {"title": "War room"})
    made = await sdk.call("memberships.create", {"roomId": room["id"], "personEmail": VERA})
    read = await sdk.call("memberships.get", made["id"])
    moderator = await sdk.call("memberships.update", {**made, "isModerator": True})
    listed = await sdk.call("memberships.list", {"roomId": room["id"], "max": 1})
    await sdk.call("memberships.remove", made["id"])
    left = await sdk.call("memberships.list", {"roomId": room["id"]})

    assert (read["personEmail"], moderator["isModerator"]) == (VERA, True)
    assert {one["personEmail"] for one in listed["items"]} == {VERA, "provbot@webex.bot"}
    assert [one["personEmail"] for one in left["items"]] == ["provbot@webex.bot"]


async def test_messages(sdk: Sdk):
    made = await sdk.call("messages.create", {"toPersonEmail": VERA, "markdown": "**done** (1)"})
    for number in range(4):
        await sdk.call("messages.create", {"roomId": made["roomId"], "text": f"number {number}"})
    read = await sdk.call("messages.get", made["id"])
    changed = await sdk.call(
        "messages.update", made["id"], {"roomId": made["roomId"], "markdown": "**done** (2)"}
    )
    listed = await sdk.call("messages.list", {"roomId": made["roomId"], "max": 2})
    await sdk.call("messages.remove", made["id"])
    left = await sdk.call("messages.list", {"roomId": made["roomId"]})

    assert (read["text"], read["html"]) == ("done (1)", "<p><strong>done</strong> (1)</p>")
    assert changed["text"] == "done (2)"
    assert [one["text"] for one in listed["items"]] == [
        *(f"number {number}" for number in (3, 2, 1, 0)),
        "done (2)",
    ]
    assert made["id"] not in {one["id"] for one in left["items"]}


async def test_a_card_that_webex_would_refuse_is_refused(sdk: Sdk):
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"type": "x"}}
    with pytest.raises(Refused) as refused:
        await sdk.call("messages.create", {"toPersonEmail": VERA, "attachments": [card]})
    assert refused.value.status == 400


async def test_webhooks(sdk: Sdk):
    wanted = {
        "name": "cards",
        "targetUrl": "https://bot.acme.example/hook",
        "resource": "attachmentActions",
        "event": "created",
    }
    made = await sdk.call("webhooks.create", wanted)
    read = await sdk.call("webhooks.get", made["id"])
    await sdk.call("webhooks.update", {**made, "name": "buttons"})
    listed = await sdk.call("webhooks.list")
    await sdk.call("webhooks.remove", made["id"])

    assert wanted.items() <= read.items()
    assert [one["name"] for one in listed["items"]] == ["buttons"]
    assert (await sdk.call("webhooks.list"))["items"] == []


async def test_a_token_that_was_taken_back_is_refused(sdk: Sdk, sandbox: Sandbox):
    await sdk.call("people.get", "me")
    await sandbox.client.tokens("bot", "revoke")

    with pytest.raises(Refused):  # the SDK tries to renew the token and says that it cannot
        await sdk.call("messages.create", {"toPersonEmail": VERA, "text": "hello"})


async def test_a_refusal_says_why(sdk: Sdk):
    empty: dict[str, Any] = {}
    with pytest.raises(Refused, match=r"roomId|toPerson"):
        await sdk.call("messages.create", empty)
