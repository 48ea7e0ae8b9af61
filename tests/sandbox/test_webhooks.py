"""The content of webhooks: resources, filters, visibility (docs/webex/messaging.md §3.7)."""

import asyncio
import hashlib
import hmac

import pytest
from aiohttp import ClientSession

from tests.sandbox.conftest import session, token_of
from tests.sandbox.webhook_receiver import (
    ADA,
    SAM,
    TESS,
    TIMEOUT,
    TOM,
    call,
    delivery_attempts,
    subscribe,
    webhook_target,
)


async def test_a_message_is_sent_in_a_signed_envelope_without_its_text(sandbox, bot, receiver):
    created = await subscribe(bot, receiver.url, "messages", "created", secret="s3cret")

    posted = await sandbox.client.say(TOM, "help")

    envelope, raw, headers = await asyncio.wait_for(receiver.arrived.get(), TIMEOUT)
    expected = hmac.new(b"s3cret", raw, hashlib.sha1).hexdigest()
    assert headers["X-Spark-Signature"] == expected
    assert headers["Content-Type"] == "application/json"
    message = await call(bot, "GET", f"/messages/{posted['id']}")
    names = ("id", "roomId", "roomType", "personId", "personEmail", "created")
    assert envelope.pop("data") == {name: message[name] for name in names}
    assert envelope.pop("actorId") == message["personId"]
    assert envelope.pop("appId")
    assert envelope == {name: value for name, value in created.items() if name != "secret"}
    assert (envelope["status"], envelope["ownedBy"]) == ("active", "creator")
    assert "help" not in raw.decode()


async def test_without_a_secret_there_is_no_signature(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created")
    await sandbox.client.say(TOM, "help")

    _, _, headers = await asyncio.wait_for(receiver.arrived.get(), TIMEOUT)

    assert "X-Spark-Signature" not in headers


async def test_each_resource_has_its_events(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "all", "all")
    observed = []

    async def received_resources(count: int) -> None:
        for _ in range(count):
            envelope = await receiver.next()
            observed.append(f"{envelope['resource']} {envelope['event']}")

    room = await call(bot, "POST", "/rooms", {"title": "Hall"})
    await received_resources(2)
    member = {"roomId": room["id"], "personEmail": TOM}
    membership = await call(bot, "POST", "/memberships", member)
    await received_resources(1)
    await call(bot, "PUT", f"/memberships/{membership['id']}", {"isModerator": True})
    await received_resources(1)
    await call(bot, "PUT", f"/rooms/{room['id']}", {"title": "Big hall"})
    await received_resources(1)
    message = await call(bot, "POST", "/messages", {"roomId": room["id"], "text": "a"})
    await received_resources(1)
    await call(bot, "PUT", f"/messages/{message['id']}", {"roomId": room["id"], "text": "b"})
    await received_resources(1)
    await call(bot, "DELETE", f"/messages/{message['id']}")
    await received_resources(1)
    await call(bot, "DELETE", f"/memberships/{membership['id']}")
    await received_resources(1)

    assert sorted(observed[:2]) == ["memberships created", "rooms created"]
    assert observed[2:] == [
        "memberships created",
        "memberships updated",
        "rooms updated",
        "messages created",
        "messages updated",
        "messages deleted",
        "memberships deleted",
    ]


async def test_a_press_is_sent_without_inputs_and_not_under_all(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "attachmentActions", "created")
    async with webhook_target() as another:
        await subscribe(bot, another.url, "all", "all")
        card = {
            "type": "AdaptiveCard",
            "version": "1.3",
            "body": [{"type": "Input.Text", "id": "word"}],
            "actions": [{"type": "Action.Submit", "title": "Go"}],
        }
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        body = {"toPersonEmail": TOM, "text": "a card", "attachments": [attachment]}
        posted = await call(bot, "POST", "/messages", body)
        await sandbox.client.press(TOM, posted["id"], "Go", inputs={"word": "hush"})
        await sandbox.client.say(TOM, "the last thing")

        data = (await receiver.next())["data"]
        assert data.keys() == {"id", "type", "messageId", "personId", "roomId", "created"}
        assert data["messageId"] == posted["id"]
        resources = set()
        while (envelope := await another.next())["actorId"] != data["personId"]:
            resources.add(envelope["resource"])
        assert resources == {"rooms", "memberships", "messages"}
        assert envelope["resource"] == "messages"


async def test_a_bot_receives_only_its_mentions_and_a_person_everything(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created")
    async with session(sandbox, token_of(sandbox, TESS)) as tess, webhook_target() as hers:
        await subscribe(tess, hers.url, "messages", "created")
        room = await sandbox.client.room(TOM, "Field team")
        unseen = await sandbox.client.say(TOM, "among us", roomId=room)
        observed = await sandbox.client.say(TOM, "help", roomId=room, mention=True)

        assert {(await hers.next())["data"]["id"] for _ in "12"} == {unseen["id"], observed["id"]}
        envelope = await receiver.next()
    assert envelope["data"]["id"] == observed["id"]
    assert len(envelope["data"]["mentionedPeople"]) == 1


async def test_only_org_webhooks_cover_rooms_of_others(sandbox, receiver):
    async with (
        session(sandbox, token_of(sandbox, SAM)) as sam,
        session(sandbox, token_of(sandbox, ADA)) as ada,
    ):
        await subscribe(sam, receiver.url + "?sam", "messages", "created")
        await subscribe(ada, receiver.url, "messages", "created", ownedBy="org")
        body = {"name": "h", "targetUrl": receiver.url, "resource": "messages", "event": "created"}
        async with sam.post("/v1/webhooks", json=body | {"ownedBy": "org"}) as refused:
            assert refused.status == 403
        async with sam.post("/v1/webhooks", json=body | {"ownedBy": "me"}) as response:
            assert response.status == 400

        await sandbox.client.say(TOM, "help")
        envelope = await receiver.next()

    assert envelope["ownedBy"] == "org"
    assert len(await delivery_attempts(sandbox, 1)) == 1


@pytest.mark.parametrize(
    ("resource", "filters", "fits"),
    [
        ("messages", "roomType=direct", True),
        ("messages", "roomType=group", False),
        ("messages", "personEmail=TOM@acme.example&roomType=direct", True),
        ("messages", "personEmail=tess@acme.example", False),
        ("messages", "mentionedPeople=me", False),
        ("messages", "hasFiles=true", False),
        ("messages", "hasFiles=false", True),
    ],
)
async def test_a_filter_must_fit(sandbox, bot, receiver, resource, filters, fits):
    await subscribe(bot, receiver.url + "?filtered", resource, "created", filter=filters)
    await subscribe(bot, receiver.url, resource, "created")

    await sandbox.client.say(TOM, "help")

    urls = {(await receiver.next())["targetUrl"] for _ in range(2 if fits else 1)}
    assert (receiver.url + "?filtered" in urls) == fits
    assert len(await delivery_attempts(sandbox, 1)) == len(urls)


async def test_mentions_and_padded_ids_fit(sandbox, bot, receiver):
    room = await sandbox.client.room(TOM, "Field team")
    padded = room + "=" * (-len(room) % 4)
    filters = f"mentionedPeople=me&roomId={padded}"
    await subscribe(bot, receiver.url, "messages", "created", filter=filters)

    await sandbox.client.say(TOM, "help", roomId=room, mention=True)

    assert (await receiver.next())["filter"] == filters


@pytest.mark.parametrize("filters", ["colour=red", "roomId", "isModerator=true"])
async def test_a_filter_that_the_resource_does_not_have_is_refused(bot, filters):
    body = {"name": "h", "targetUrl": "http://localhost/", "resource": "messages"}
    body |= {"event": "created", "filter": filters}

    async with bot.post("/v1/webhooks", json=body) as response:
        assert response.status == 400


async def test_members_are_filtered_by_their_flags(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "memberships", "created", filter="isModerator=true")
    room = await call(bot, "POST", "/rooms", {"title": "Hall"})
    for who, moderator in ((TOM, False), (TESS, True)):
        body = {"roomId": room["id"], "personEmail": who, "isModerator": moderator}
        await call(bot, "POST", "/memberships", body)

    assert (await receiver.next())["data"]["personEmail"] == TESS


async def test_webhooks_are_shown_without_secrets(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created", secret="s3cret")

    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/webhooks") as response,
    ):
        details = await response.text()

    assert receiver.url in details
    assert "s3cret" not in details
