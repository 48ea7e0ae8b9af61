"""What webhooks tell, and whom: resources, filters, who sees what (webex-messaging.md §3.7)."""

import asyncio
import hashlib
import hmac

import pytest
from aiohttp import ClientSession

from tests.sandbox.conftest import session, token_of
from tests.sandbox.hooks import ADA, PATIENCE, SAM, TESS, TOM, attempts, call, receiving, subscribe


async def test_a_message_is_told_of_in_a_signed_envelope_without_its_words(sandbox, bot, receiver):
    made = await subscribe(bot, receiver.url, "messages", "created", secret="s3cret")

    said = await sandbox.client.say(TOM, "help")

    envelope, raw, headers = await asyncio.wait_for(receiver.arrived.get(), PATIENCE)
    expected = hmac.new(b"s3cret", raw, hashlib.sha1).hexdigest()
    assert headers["X-Spark-Signature"] == expected
    assert headers["Content-Type"] == "application/json"
    message = await call(bot, "GET", f"/messages/{said['id']}")
    names = ("id", "roomId", "roomType", "personId", "personEmail", "created")
    assert envelope.pop("data") == {name: message[name] for name in names}
    assert envelope.pop("actorId") == message["personId"]
    assert envelope.pop("appId")
    assert envelope == {name: value for name, value in made.items() if name != "secret"}
    assert (envelope["status"], envelope["ownedBy"]) == ("active", "creator")
    assert "help" not in raw.decode()


async def test_without_a_secret_there_is_no_signature(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created")
    await sandbox.client.say(TOM, "help")

    _, _, headers = await asyncio.wait_for(receiver.arrived.get(), PATIENCE)

    assert "X-Spark-Signature" not in headers


async def test_each_resource_has_its_events(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "all", "all")
    seen = []

    async def told(count: int) -> None:
        for _ in range(count):
            envelope = await receiver.next()
            seen.append(f"{envelope['resource']} {envelope['event']}")

    room = await call(bot, "POST", "/rooms", {"title": "Hall"})
    await told(2)
    member = {"roomId": room["id"], "personEmail": TOM}
    membership = await call(bot, "POST", "/memberships", member)
    await told(1)
    await call(bot, "PUT", f"/memberships/{membership['id']}", {"isModerator": True})
    await told(1)
    await call(bot, "PUT", f"/rooms/{room['id']}", {"title": "Big hall"})
    await told(1)
    message = await call(bot, "POST", "/messages", {"roomId": room["id"], "text": "a"})
    await told(1)
    await call(bot, "PUT", f"/messages/{message['id']}", {"roomId": room["id"], "text": "b"})
    await told(1)
    await call(bot, "DELETE", f"/messages/{message['id']}")
    await told(1)
    await call(bot, "DELETE", f"/memberships/{membership['id']}")
    await told(1)

    assert sorted(seen[:2]) == ["memberships created", "rooms created"]
    assert seen[2:] == [
        "memberships created",
        "memberships updated",
        "rooms updated",
        "messages created",
        "messages updated",
        "messages deleted",
        "memberships deleted",
    ]


async def test_a_pressed_button_is_told_of_without_its_inputs_and_not_under_all(
    sandbox, bot, receiver
):
    await subscribe(bot, receiver.url, "attachmentActions", "created")
    async with receiving() as other:
        await subscribe(bot, other.url, "all", "all")
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
        while (envelope := await other.next())["actorId"] != data["personId"]:
            resources.add(envelope["resource"])
        assert resources == {"rooms", "memberships", "messages"}
        assert envelope["resource"] == "messages"


async def test_a_bot_hears_of_its_mentions_only_and_a_person_of_everything(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created")
    async with session(sandbox, token_of(sandbox, TESS)) as tess, receiving() as hers:
        await subscribe(tess, hers.url, "messages", "created")
        room = await sandbox.client.room(TOM, "Field team")
        unseen = await sandbox.client.say(TOM, "among us", roomId=room)
        seen = await sandbox.client.say(TOM, "help", roomId=room, mention=True)

        assert {(await hers.next())["data"]["id"] for _ in "12"} == {unseen["id"], seen["id"]}
        envelope = await receiver.next()
    assert envelope["data"]["id"] == seen["id"]
    assert len(envelope["data"]["mentionedPeople"]) == 1


async def test_nobody_hears_of_rooms_that_are_not_theirs_but_an_administrators_org_webhook(
    sandbox, receiver
):
    async with (
        session(sandbox, token_of(sandbox, SAM)) as sam,
        session(sandbox, token_of(sandbox, ADA)) as ada,
    ):
        await subscribe(sam, receiver.url + "?sam", "messages", "created")
        await subscribe(ada, receiver.url, "messages", "created", ownedBy="org")
        body = {"name": "h", "targetUrl": receiver.url, "resource": "messages", "event": "created"}
        async with sam.post("/v1/webhooks", json=body | {"ownedBy": "org"}) as refused:
            assert refused.status == 403
        async with sam.post("/v1/webhooks", json=body | {"ownedBy": "me"}) as wrong:
            assert wrong.status == 400

        await sandbox.client.say(TOM, "help")
        envelope = await receiver.next()

    assert envelope["ownedBy"] == "org"
    assert len(await attempts(sandbox, 1)) == 1


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
    assert len(await attempts(sandbox, 1)) == len(urls)


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


async def test_what_is_shown_of_webhooks_has_no_secret(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created", secret="s3cret")

    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/webhooks") as response,
    ):
        shown = await response.text()

    assert receiver.url in shown
    assert "s3cret" not in shown
