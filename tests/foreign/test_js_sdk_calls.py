"""The calls of the official JavaScript SDK that a bot makes."""

from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.foreign.js_sdk import Refused, Sdk

VERA = "vera@acme.example"


async def test_people(sdk: Sdk):
    me = await sdk.call("people.get", "me")
    (vera,) = (await sdk.call("people.list", {"email": VERA}))["items"]
    repeated = await sdk.call("people.get", vera["id"])

    assert (me["type"], me["emails"]) == ("bot", ["provbot@webex.bot"])
    assert (repeated["displayName"], repeated["id"]) == ("Vera Lindqvist", vera["id"])


async def test_rooms(sdk: Sdk):
    listed = await sdk.call("rooms.list", {"type": "group", "max": 1})
    created = await sdk.call("rooms.create", {"title": "War room"})
    renamed = await sdk.call("rooms.update", {**created, "title": "Peace room"})
    read = await sdk.call("rooms.get", created["id"])
    await sdk.call("rooms.remove", created["id"])

    assert {room["title"] for room in listed["items"]} == {"Phone rollout", "Field team"}
    assert (renamed["title"], read["title"]) == ("Peace room", "Peace room")
    with pytest.raises(Refused) as refused:
        await sdk.call("rooms.get", created["id"])
    assert refused.value.status == 404


async def test_memberships(sdk: Sdk):
    room = await sdk.call("rooms.create", {"title": "War room"})
    created = await sdk.call("memberships.create", {"roomId": room["id"], "personEmail": VERA})
    read = await sdk.call("memberships.get", created["id"])
    moderator = await sdk.call("memberships.update", {**created, "isModerator": True})
    listed = await sdk.call("memberships.list", {"roomId": room["id"], "max": 1})
    await sdk.call("memberships.remove", created["id"])
    remaining = await sdk.call("memberships.list", {"roomId": room["id"]})

    assert (read["personEmail"], moderator["isModerator"]) == (VERA, True)
    assert {item["personEmail"] for item in listed["items"]} == {VERA, "provbot@webex.bot"}
    assert [item["personEmail"] for item in remaining["items"]] == ["provbot@webex.bot"]


async def test_messages(sdk: Sdk):
    created = await sdk.call("messages.create", {"toPersonEmail": VERA, "markdown": "**done** (1)"})
    for number in range(4):
        await sdk.call("messages.create", {"roomId": created["roomId"], "text": f"number {number}"})
    read = await sdk.call("messages.get", created["id"])
    changed = await sdk.call(
        "messages.update", created["id"], {"roomId": created["roomId"], "markdown": "**done** (2)"}
    )
    listed = await sdk.call("messages.list", {"roomId": created["roomId"], "max": 2})
    await sdk.call("messages.remove", created["id"])
    remaining = await sdk.call("messages.list", {"roomId": created["roomId"]})

    assert (read["text"], read["html"]) == ("done (1)", "<p><strong>done</strong> (1)</p>")
    assert changed["text"] == "done (2)"
    assert [item["text"] for item in listed["items"]] == [
        *(f"number {number}" for number in (3, 2, 1, 0)),
        "done (2)",
    ]
    assert created["id"] not in {item["id"] for item in remaining["items"]}


async def test_a_card_that_webex_would_refuse_is_refused(sdk: Sdk):
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": {"type": "x"}}
    with pytest.raises(Refused) as refused:
        await sdk.call("messages.create", {"toPersonEmail": VERA, "attachments": [card]})
    assert refused.value.status == 400


async def test_webhooks(sdk: Sdk):
    expected = {
        "name": "cards",
        "targetUrl": "https://bot.acme.example/hook",
        "resource": "attachmentActions",
        "event": "created",
    }
    created = await sdk.call("webhooks.create", expected)
    read = await sdk.call("webhooks.get", created["id"])
    await sdk.call("webhooks.update", {**created, "name": "buttons"})
    listed = await sdk.call("webhooks.list")
    await sdk.call("webhooks.remove", created["id"])

    assert expected.items() <= read.items()
    assert [item["name"] for item in listed["items"]] == ["buttons"]
    assert (await sdk.call("webhooks.list"))["items"] == []


async def test_a_revoked_token_is_refused(sdk: Sdk, sandbox: Sandbox):
    await sdk.call("people.get", "me")
    await sandbox.client.tokens("bot", "revoke")

    with pytest.raises(Refused):  # the SDK tries to renew the token and reports that it cannot
        await sdk.call("messages.create", {"toPersonEmail": VERA, "text": "hello"})


async def test_a_refusal_says_why(sdk: Sdk):
    empty: dict[str, Any] = {}
    with pytest.raises(Refused, match=r"roomId|toPerson"):
        await sdk.call("messages.create", empty)
