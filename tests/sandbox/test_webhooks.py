"""Webhooks are delivered: to whom, when, signed, and until their target fails too often (webex-messaging.md §3.7)."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web

from sandbox.clock import ManualClock
from sandbox.server import Sandbox
from sandbox.settings import Settings
from sandbox.webhook_rules import is_loopback
from tests.sandbox.conftest import session, token_of
from tests.sandbox.org import NOW

TOM, TESS, ADA, SAM = (f"{one}@acme.example" for one in ("tom", "tess", "ada", "sam"))
PATIENCE = 20.0


@dataclass
class Receiver:
    """Somebody's webhook target: what arrived, and what it answers."""

    url: str = ""
    status: int = 204
    arrived: asyncio.Queue[tuple[dict[str, Any], bytes, dict[str, str]]] = field(
        default_factory=asyncio.Queue
    )
    hold: asyncio.Event | None = None
    inside: int = 0
    most: int = 0

    async def hook(self, request: web.Request) -> web.Response:
        self.inside += 1
        self.most = max(self.most, self.inside)
        raw = await request.read()
        self.arrived.put_nowait((json.loads(raw), raw, dict(request.headers)))
        if self.hold is not None:
            await self.hold.wait()
        self.inside -= 1
        return web.Response(status=self.status, headers={"Location": "http://192.0.2.1/"})

    async def next(self) -> dict[str, Any]:
        """The next envelope."""
        return (await asyncio.wait_for(self.arrived.get(), PATIENCE))[0]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A plain aiohttp server."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.hook)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        if receiver.hold is not None:
            receiver.hold.set()
        await runner.cleanup()


async def subscribe(http: ClientSession, url: str, resource: str, event: str, **more: str) -> Any:
    """Register a webhook."""
    body = {"name": "h", "targetUrl": url, "resource": resource, "event": event, **more}
    async with http.post("/v1/webhooks", json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def call(http: ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with http.request(method, "/v1" + path, json=body) as response:
        assert response.status in (200, 204), await response.text()
        return await response.json() if response.status == 200 else None


async def until(condition: Callable[[], Awaitable[bool]], sandbox: Sandbox) -> None:
    """Wait for a condition, looking again at each change."""
    deadline = sandbox.cloud.changes.deadline(PATIENCE)
    while not await condition():
        assert await sandbox.cloud.changes.next(deadline), "it did not come to that"


async def attempts(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """The deliveries, once there are so many."""

    async def are_there() -> bool:
        return len(sandbox.cloud.deliveries.attempts) >= count

    await until(are_there, sandbox)
    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/webhooks") as response,
    ):
        return list((await response.json())["attempts"])


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


async def test_nothing_leaves_this_machine(sandbox, bot, receiver):
    made = await subscribe(bot, "https://bot.example.test/hook", "messages", "created")

    await sandbox.client.say(TOM, "help")

    (attempt,) = await attempts(sandbox, 1)
    assert attempt["error"] == "Not sent: the sandbox posts to this machine only."
    assert (attempt["webhookId"], attempt["status"]) == (made["id"], None)


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:1/x", True),
        ("https://[::1]/", True),
        ("http://localhost/", True),
        ("http://localhost.example.com/", False),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1@example.com/", False),
        ("nonsense", False),
    ],
)
def test_what_is_on_this_machine(url, here):
    assert is_loopback(url) == here


@asynccontextmanager
async def cloud_with(**changes: Any) -> AsyncIterator[tuple[Sandbox, ClientSession, ManualClock]]:
    clock = ManualClock(NOW)
    async with (
        Sandbox(Settings(**changes), clock) as running,
        session(running, running.cloud.bot_token) as http,
    ):
        yield running, http, clock


async def status_of(http: ClientSession, hook: Any) -> str:
    return str((await call(http, "GET", f"/webhooks/{hook['id']}"))["status"])


async def test_too_many_failures_switch_it_off_until_it_is_revived(receiver):
    async with cloud_with(webhook_failures=3) as (sandbox, http, _):
        hook = await subscribe(http, receiver.url, "messages", "created")
        receiver.status = 302  # not followed, and no success
        for number in range(1, 4):
            assert await status_of(http, hook) == "active"
            await sandbox.client.say(TOM, "help")
            await attempts(sandbox, number)
        assert await status_of(http, hook) == "inactive"
        await sandbox.client.say(TOM, "nobody is told")
        receiver.status = 200

        put = {"name": "h", "targetUrl": receiver.url, "status": "active"}
        assert (await call(http, "PUT", f"/webhooks/{hook['id']}", put))["status"] == "active"
        said = await sandbox.client.say(TOM, "again")

        told = [await receiver.next() for _ in range(4)]
        assert told[-1]["data"]["id"] == said["id"]
        assert [one["status"] for one in await attempts(sandbox, 4)] == [302, 302, 302, 200]


async def test_failures_long_ago_do_not_count(receiver):
    async with cloud_with(webhook_failures=2) as (sandbox, http, clock):
        hook = await subscribe(http, receiver.url, "messages", "created")
        receiver.status = 500
        for number in (1, 2):
            await sandbox.client.say(TOM, "help")
            await attempts(sandbox, number)
            clock.advance(301)

        assert await status_of(http, hook) == "active"


async def test_a_target_that_is_silent_or_gone_has_failed(receiver):
    async with cloud_with(webhook_timeout_s=0.05) as (sandbox, http, _):
        receiver.hold = asyncio.Event()
        hook = await subscribe(http, receiver.url, "messages", "created")
        await sandbox.client.say(TOM, "help")
        (silent,) = await attempts(sandbox, 1)
        assert silent["error"] == "The target did not answer in time."

        gone = {"name": "h", "targetUrl": "http://127.0.0.1:1/"}
        await call(http, "PUT", f"/webhooks/{hook['id']}", gone)
        await sandbox.client.say(TOM, "help")
        _, unreachable = await attempts(sandbox, 2)
        assert unreachable["error"].startswith("ClientConnectorError")


async def test_only_so_many_are_posted_at_once_and_nobody_waits_for_them(sandbox, bot, receiver):
    receiver.hold = asyncio.Event()
    await subscribe(bot, receiver.url, "messages", "created")

    for number in range(20):
        await sandbox.client.say(TOM, f"{number}")
    for _ in range(8):
        await receiver.next()
    assert receiver.arrived.empty()
    receiver.hold.set()
    for _ in range(12):
        await receiver.next()

    assert receiver.most == 8


async def test_webhooks_may_be_late(receiver):
    async with cloud_with(webhook_lag_s=30) as (sandbox, http, clock):
        await subscribe(http, receiver.url, "messages", "created")
        said = await sandbox.client.say(TOM, "help")
        clock.advance(29)
        await sandbox.client.settings()
        assert receiver.arrived.empty()

        clock.advance(1)
        assert (await receiver.next())["data"]["id"] == said["id"]


async def test_what_is_shown_of_webhooks_has_no_secret(sandbox, bot, receiver):
    await subscribe(bot, receiver.url, "messages", "created", secret="s3cret")

    async with (
        ClientSession() as http,
        http.get(f"{sandbox.control_url}/webhooks") as response,
    ):
        shown = await response.text()

    assert receiver.url in shown
    assert "s3cret" not in shown
