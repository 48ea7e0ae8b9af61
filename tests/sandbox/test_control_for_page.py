"""Calls of the control API that only the page needs."""

from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout

from sandbox.chat_model import Draft
from sandbox.client import ControlError
from sandbox.organization.entities import ActivationCode, BaseStation, Handset, Member
from sandbox.page import PAGE_FILES
from sandbox.server import Sandbox

VERA = "vera@acme.example"


async def test_the_sandbox_serves_its_page(sandbox: Sandbox):
    async with ClientSession() as browser:
        for asset in PAGE_FILES:
            async with browser.get(f"{sandbox.page_url}{asset.url}") as answer:
                assert answer.status == 200, asset.url
                assert answer.headers["Content-Type"] == asset.content_type
                assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000])
async def test_a_body_that_is_not_json_is_refused(sandbox: Sandbox, body: bytes):
    as_json = {"Content-Type": "application/json"}
    address = f"{sandbox.control_url}/phones/report"
    async with (
        ClientSession() as browser,
        browser.post(address, data=body, headers=as_json) as answer,
    ):
        assert answer.status == 400


async def test_a_message_names_its_files(sandbox: Sandbox):
    await sandbox.client.send_file(VERA, "phones.csv", b"mac,owner", text="these")

    (message,) = await sandbox.client.messages(VERA)

    assert message["fileNames"] == ["phones.csv"]
    assert len(message["files"]) == 1


async def test_a_browser_reconnects_to_a_restarted_sandbox(sandbox: Sandbox):
    left_off = {"Last-Event-ID": str(sandbox.cloud.event_log.seq + 500)}
    async with (
        ClientSession(timeout=ClientTimeout(total=10)) as page,
        page.get(f"{sandbox.control_url}/events", headers=left_off) as stream,
    ):
        await stream.content.readuntil(b"\n\n")
        await sandbox.client.say(VERA, "hello")
        event = await stream.content.readuntil(b"\n\n")

    assert event.startswith(b"id: ")


async def test_a_file_can_be_viewed_and_downloaded(sandbox: Sandbox):
    message = await sandbox.client.send_file(VERA, "phones.csv", b"mac,owner")
    params = {"person": VERA, "messageId": message["id"]}
    async with ClientSession() as browser:
        async with browser.get(f"{sandbox.control_url}/files", params=params) as response:
            looked_at = (await response.read(), response.headers["Content-Disposition"])
            assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert "sandbox" in response.headers["Content-Security-Policy"]
        async with browser.get(
            f"{sandbox.control_url}/files", params=params | {"save": "1"}
        ) as kept:
            saved = kept.headers["Content-Disposition"]

    assert looked_at == (
        b"mac,owner",
        "inline; filename=\"phones.csv\"; filename*=UTF-8''phones.csv",
    )
    assert saved.startswith("attachment;")
    assert message["fileFacts"] == [{"name": "phones.csv", "contentType": "text/csv", "bytes": 9}]


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("label.png", None, "image/png"),
        ("IMG_0001.JPG", None, "image/jpeg"),
        ("IMG_0002.heic", "image/heic", "image/heic"),
    ],
)
async def test_a_bot_is_told_what_kind_of_picture_it_is(
    sandbox: Sandbox, bot: ClientSession, name: str, kind: str | None, told: str
):
    message = await sandbox.client.send_file(VERA, name, b"pixels", kind=kind, text="for Bob")
    assert message["text"] == "for Bob"

    for method in ("HEAD", "GET"):
        async with bot.request(method, message["files"][0]) as answer:
            assert answer.headers["Content-Type"] == told
            assert f'filename="{name}"' in answer.headers["Content-Disposition"]
            assert answer.headers["Content-Length"] == "6"
            assert await answer.read() == (b"" if method == "HEAD" else b"pixels")


async def test_a_client_reads_the_files_of_its_person(sandbox: Sandbox):
    message = await sandbox.client.send_file(VERA, "phones.csv", b"mac,owner", text="these")
    empty = await sandbox.client.send_file(VERA, "empty.csv", b"")
    assert await sandbox.client.file(VERA, message) == b"mac,owner"
    assert await sandbox.client.file(VERA, empty) == b""
    with pytest.raises(ControlError, match="404"):
        await sandbox.client.file("tom@acme.example", message)


async def test_active_content_is_only_downloaded(sandbox: Sandbox):
    message = await sandbox.client.send_file(VERA, "trap.html", b"<script>alert(1)</script>")
    params = {"person": VERA, "messageId": message["id"]}
    async with (
        ClientSession() as browser,
        browser.get(f"{sandbox.control_url}/files", params=params) as answer,
    ):
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("person", "number"), [("tom@acme.example", "0"), (VERA, "1"), (VERA, "-1")]
)
async def test_files_of_others_and_unknown_numbers_are_not_found(
    sandbox: Sandbox, person: str, number: str
):
    message = await sandbox.client.send_file(VERA, "phones.csv", b"mac,owner")
    params = {"person": person, "messageId": message["id"], "number": number}
    async with (
        ClientSession() as browser,
        browser.get(f"{sandbox.control_url}/files", params=params) as answer,
    ):
        assert answer.status == 404


async def test_messages_of_others_are_unread_until_seen(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    await sandbox.client.say("tom@acme.example", "one", roomId=room)
    await sandbox.client.say("tom@acme.example", "two\n lines", roomId=room)
    async with ClientSession() as page:
        before = await _inbox(sandbox, page)
        async with page.post(
            f"{sandbox.control_url}/read", json={"person": VERA, "roomId": room}
        ) as answer:
            assert answer.status == 204
        after = await _inbox(sandbox, page)

    assert (before[VERA]["unread"], before["tess@acme.example"]["unread"]) == (2, 2)
    assert before["tom@acme.example"]["unread"] == 0  # Tom's own message
    assert (after[VERA]["unread"], after["tess@acme.example"]["unread"]) == (0, 2)
    (shown,) = [entry for entry in after[VERA]["rooms"] if entry["id"] == room]
    assert shown["title"] == "Field team"
    assert shown["lastLine"]["text"] == "two lines"
    assert shown["lastLine"]["personEmail"] == "tom@acme.example"


async def test_reading_twice_is_logged_once(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    await sandbox.client.say("tom@acme.example", "one", roomId=room)
    async with ClientSession() as page:
        for _ in range(2):
            await page.post(f"{sandbox.control_url}/read", json={"person": VERA, "roomId": room})

    assert [change.kind for change in sandbox.cloud.event_log.after(0)].count("read") == 1


async def test_a_file_without_text_is_shown_by_its_name(sandbox: Sandbox):
    await sandbox.client.send_file(VERA, "phones.csv", b"mac,owner")
    async with ClientSession() as page:
        (direct,) = [
            room
            for room in (await _inbox(sandbox, page))[VERA]["rooms"]
            if room["type"] == "direct"
        ]

    assert direct["lastLine"]["text"] == "phones.csv"


async def test_a_card_without_text_is_shown_as_a_card(sandbox: Sandbox):
    vera = sandbox.cloud.person_by_email(VERA)
    assert vera is not None
    room = sandbox.cloud.chat.direct_room(sandbox.cloud.bot_key, vera.key)
    card = {"type": "AdaptiveCard", "version": "1.3", "body": [{"type": "TextBlock", "text": "hi"}]}
    attachments = [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]
    sandbox.cloud.chat.post(sandbox.cloud.bot_key, room, Draft(attachments=attachments))
    async with ClientSession() as page:
        inbox = (await _inbox(sandbox, page))[VERA]

    (direct,) = [room for room in inbox["rooms"] if room["type"] == "direct"]
    assert direct["lastLine"]["text"] == "Card"
    assert inbox["unread"] == 1


async def _inbox(sandbox: Sandbox, page: ClientSession) -> dict[str, Any]:
    async with page.get(f"{sandbox.control_url}/inbox") as answer:
        return {person["email"]: person for person in (await answer.json())["people"]}


async def test_the_snapshot_has_the_parts_of_a_dect_network(sandbox: Sandbox):
    (network,) = sandbox.cloud.organization.dect_networks.values()
    bob = sandbox.cloud.person_by_email("bob@acme.example")
    assert bob is not None
    network.base_stations["b"] = BaseStation("b", "D82E3EEF0001")
    network.handsets["h"] = Handset("h", 1, "Bob 1", "1234", [Member("person", bob.key)])

    (details,) = (await sandbox.client.organization())["dectNetworks"]

    assert details["baseStations"][-1] == {"mac": "D82E3EEF0001"}
    assert details["handsets"][-1] == {"name": "Bob 1", "lines": ["Bob Keller"]}


async def test_a_code_that_was_used_is_no_longer_shown(sandbox: Sandbox):
    org = sandbox.cloud.organization
    owner = next(iter(org.phones.values())).owner
    code = ActivationCode("1234567890123456", owner, None, sandbox.cloud.clock.now(), 1)
    org.codes.append(code)
    assert len((await sandbox.client.organization())["activationCodes"]) == 1

    code.used = True

    assert (await sandbox.client.organization())["activationCodes"] == []
