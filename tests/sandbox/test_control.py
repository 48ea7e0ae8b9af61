"""The control API plays people, watches the cloud and changes it; the client wraps it."""

import asyncio

import pytest
from aiohttp import ClientSession, ServerDisconnectedError

from sandbox.client import ControlError
from sandbox.server import Sandbox

VERA = "vera@acme.example"
CARD = {
    "type": "AdaptiveCard",
    "version": "1.3",
    "body": [
        {"type": "Input.Text", "id": "mac", "value": "00"},
        {"type": "Input.Toggle", "id": "sure", "title": "Sure?"},
        {"type": "Input.Number", "id": "count", "value": 3},
    ],
    "actions": [
        {"type": "Action.Submit", "title": "Continue", "data": {"request": "7K3F", "mac": "lost"}},
        {
            "type": "Action.ShowCard",
            "title": "More",
            "card": {
                "type": "AdaptiveCard",
                "body": [{"type": "Input.Text", "id": "why"}],
                "actions": [{"type": "Action.Submit", "title": "Inner"}],
            },
        },
    ],
}


async def post_card(bot: ClientSession, email: str = VERA) -> str:
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}
    body = {"toPersonEmail": email, "text": "a card", "attachments": [card]}
    async with bot.post("/v1/messages", json=body) as response:
        assert response.status == 200, await response.text()
        return str((await response.json())["id"])


async def test_the_settings_name_the_bot_and_say_it_is_offline(sandbox: Sandbox):
    settings = await sandbox.client.settings()

    assert settings["bot"]["email"] == "provbot@webex.bot"
    assert settings["botOnline"] is False
    assert settings["apiUrl"] == sandbox.api_url


async def test_the_environment_is_what_a_bot_needs(sandbox: Sandbox):
    assert await sandbox.client.env() == sandbox.env
    assert sandbox.env["WEBEX_API_URL"] == sandbox.api_url


async def test_everybody_has_a_direct_room_with_the_bot(sandbox: Sandbox):
    titles = [room["title"] for room in await sandbox.client.rooms(VERA)]

    assert titles == ["Phone rollout", "Field team", "Provbot"]


async def test_a_reply_is_waited_for(sandbox: Sandbox, bot: ClientSession):
    message = await sandbox.client.say(VERA, "hello")
    waiting = asyncio.create_task(sandbox.client.reply(VERA, after=message["seq"]))

    async with bot.post(
        "/v1/messages", json={"roomId": message["roomId"], "text": "hi"}
    ) as response:
        assert response.status == 200

    assert (await waiting)["text"] == "hi"


async def test_a_missing_reply_lists_the_other_messages(sandbox: Sandbox, bot: ClientSession):
    message = await sandbox.client.say(VERA, "hello")
    await bot.post("/v1/messages", json={"roomId": message["roomId"], "text": "something else"})

    with pytest.raises(AssertionError, match="something else"):
        await sandbox.client.reply(
            VERA, after=message["seq"], timeout=0.1, where=lambda m: m["text"] == "hi"
        )


async def test_a_press_submits_data_defaults_and_inputs_as_text(
    sandbox: Sandbox, bot: ClientSession
):
    message_id = await post_card(bot)

    action = await sandbox.client.press(
        VERA, message_id, "Continue", inputs={"mac": "AA", "count": 4}
    )

    expected = {"request": "7K3F", "mac": "AA", "sure": "false", "count": "4"}
    assert action["inputs"] == expected


async def test_a_shown_card_submits_the_inputs_around_it(sandbox: Sandbox, bot: ClientSession):
    action = await sandbox.client.press(VERA, await post_card(bot), "Inner")

    assert action["inputs"] == {"mac": "00", "sure": "false", "count": "3", "why": ""}


async def test_a_crafted_press_is_sent_as_it_is(sandbox: Sandbox, bot: ClientSession):
    action = await sandbox.client.press(VERA, await post_card(bot), data={"x": 1}, inputs={"y": 2})

    assert action["inputs"] == {"x": 1, "y": 2}


@pytest.mark.parametrize(
    ("title", "inputs", "status", "problem"),
    [
        ("Missing", {}, 404, "its buttons are: 'Continue', 'Inner'"),
        ("Continue", {"nope": "1"}, 400, "no input 'nope'"),
    ],
)
async def test_a_press_no_client_could_make_is_refused(
    sandbox: Sandbox,
    bot: ClientSession,
    title: str,
    inputs: dict[str, str],
    status: int,
    problem: str,
):
    message_id = await post_card(bot)

    with pytest.raises(ControlError, match=problem) as refusal:
        await sandbox.client.press(VERA, message_id, title, inputs=inputs)

    assert refusal.value.status == status


async def test_a_deleted_card_cannot_be_pressed(sandbox: Sandbox, bot: ClientSession):
    message_id = await post_card(bot)
    await bot.delete(f"/v1/messages/{message_id}")

    with pytest.raises(ControlError, match="Message not found"):
        await sandbox.client.press(VERA, message_id, "Continue")


async def test_a_mention_in_a_space_puts_the_bot_in_front(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")

    message = await sandbox.client.say(VERA, "add phone <x>", roomId=room, mention=True)

    bot_id = (await sandbox.client.settings())["bot"]["id"]
    assert message["text"] == "Provbot add phone <x>"
    assert message["mentionedPeople"] == [bot_id]
    assert (
        f'data-object-id="{bot_id}">Provbot</spark-mention> add phone &lt;x&gt;' in message["html"]
    )


async def test_a_mention_does_not_swallow_a_quote(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    markdown = "> add phone\n\nhelp"
    message = await sandbox.client.say(VERA, markdown=markdown, roomId=room, mention=True)
    assert message["html"].endswith("<blockquote><p>add phone</p></blockquote><p>help</p>")


async def test_files_edits_and_deletions_are_played(sandbox: Sandbox):
    client = sandbox.client
    shared = await client.send_file(VERA, "macs.csv", b"a,b", text="here")
    message = await client.say(VERA, "frist")
    await client.edit(VERA, message["id"], "first")
    deleted = await client.say(VERA, "oops")
    await client.delete(VERA, deleted["id"])

    texts = [message["text"] for message in await client.messages(VERA)]

    assert texts == ["here", "first"]
    assert len(shared["files"]) == 1


async def test_an_edit_keeps_the_mention_of_the_bot(sandbox: Sandbox):
    room = await sandbox.client.room(VERA, "Field team")
    message = await sandbox.client.say(VERA, "halp", roomId=room, mention=True)

    edited = await sandbox.client.edit(VERA, message["id"], "help")
    assert (edited["text"], edited["mentionedPeople"]) == (
        "Provbot help",
        message["mentionedPeople"],
    )
    edited = await sandbox.client.edit(VERA, message["id"], markdown="**help**", mention=True)
    assert (edited["text"], edited["mentionedPeople"]) == (
        "Provbot help",
        message["mentionedPeople"],
    )
    edited = await sandbox.client.edit(VERA, message["id"], "help", mention=False)
    assert (edited["text"], "mentionedPeople" in edited) == ("help", False)
    with pytest.raises(ControlError, match="'text' or 'markdown'"):
        await sandbox.client.edit(VERA, message["id"])


async def test_an_edit_in_a_direct_room_mentions_nobody(sandbox: Sandbox):
    message = await sandbox.client.say(VERA, "halp")
    edited = await sandbox.client.edit(VERA, message["id"], "help", mention=True)
    assert (edited["text"], "html" in edited) == ("help", False)


async def test_calls_are_listed_without_secrets(sandbox: Sandbox, bot: ClientSession):
    form = {"grant_type": "refresh_token", "client_secret": "hush", "refresh_token": "hush"}
    await bot.get("/v1/people/me")
    await bot.post("/v1/access_token", data=form)

    calls = await sandbox.client.calls()

    assert [call["path"] for call in calls] == ["/v1/people/me", "/v1/access_token"]
    assert calls[0]["token"] == "bot"
    assert "hush" not in str(calls)
    await sandbox.client.clear_calls()
    assert await sandbox.client.calls() == []


@pytest.mark.parametrize(
    ("fault", "status", "happened"),
    [
        ({"status": 429, "headers": {"Retry-After": "2"}}, 429, 0),
        ({"status": 503, "text": "<html>"}, 503, 0),
        ({"status": 502, "afterCommit": True}, 502, 1),
        ({"latency": 0.01}, 200, 1),
    ],
)
async def test_faults_strike_before_or_after_the_work(
    sandbox: Sandbox, bot: ClientSession, fault: dict[str, object], status: int, happened: int
):
    await sandbox.client.fault(method="POST", path="/messages", **fault)

    body = {"toPersonEmail": VERA, "text": "hi"}
    async with bot.post("/v1/messages", json=body) as response:
        assert response.status == status

    assert len(await sandbox.client.messages(VERA)) == happened
    async with bot.post("/v1/messages", json=body) as response:
        assert response.status == 200


async def test_a_dropped_call_gets_no_answer(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.fault(path="/people/*", drop=True, times=0)

    with pytest.raises(ServerDisconnectedError):
        await bot.get("/v1/people/me")


async def test_a_revoked_bot_is_unauthorized(sandbox: Sandbox, bot: ClientSession):
    await sandbox.client.tokens("bot", "expire")

    async with bot.get("/v1/people/me") as response:
        assert response.status == 401


async def test_events_report_every_change(sandbox: Sandbox):
    async with ClientSession() as page, page.get(f"{sandbox.control_url}/events") as stream:
        await stream.content.readuntil(b"\n\n")
        await sandbox.client.say(VERA, "hello")
        event = await stream.content.readuntil(b"\n\n")

    assert b'"kind": "room"' in event or b'"kind": "message"' in event


async def test_the_organization_is_shown_and_changed(sandbox: Sandbox):
    client = sandbox.client
    await client.change_person(
        "dave@acme.example", licences=["Webex Calling - Standard"], location="Lyon"
    )
    await client.place_phone("AABBCCDDEE01", "DMS Cisco 8845", ownerEmail="bob@acme.example")

    snapshot = await client.organization()

    people = {person["email"]: person for person in snapshot["people"]}
    assert people["dave@acme.example"]["location"] == "Lyon"
    assert people["dave@acme.example"]["licences"] == ["Webex Calling - Standard"]
    placed = [device for device in snapshot["devices"] if device["mac"] == "AABBCCDDEE01"]
    assert placed[0]["owner"] == "Bob Keller"


async def test_an_account_changes_its_address_or_is_recreated(sandbox: Sandbox, bot: ClientSession):
    client = sandbox.client
    await client.change_person(VERA, newEmail="vera@gone.example", external=True)
    await client.recreate_person("dave@acme.example")

    vera, dave = [
        (await (await bot.get("/v1/people", params={"email": email})).json())["items"]
        for email in ("vera@gone.example", "dave@acme.example")
    ]
    assert len(vera) == len(dave) == 1
    assert vera[0]["orgId"] != dave[0]["orgId"]


async def test_a_crowd_makes_the_organization_large(sandbox: Sandbox):
    before = await sandbox.client.organization()

    added = [
        await sandbox.client.crowd(people=1_200, workspaces=30, phones=40),
        await sandbox.client.crowd(people=5),
    ]

    people = [person for crowd in added for person in crowd["people"]]
    assert len({person["email"] for person in people}) == len(people) == 1_205
    assert len({person["displayName"] for person in added[0]["people"]}) == 1_200
    assert {person["location"] for person in people} == {"Berlin", "Lyon", "Austin"}
    kinds = [person["calling"] for person in added[0]["people"]]
    assert [kinds.count(kind) for kind in ("professional", "standard", None)] == [840, 240, 120]
    after = await sandbox.client.organization()
    assert len(after["people"]) - len(before["people"]) == 1_205
    assert len(after["devices"]) - len(before["devices"]) == 40
    assert [room["displayName"] for room in added[0]["workspaces"]][:2] == [
        "Meeting Room 101", "Lab 102",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [-1, 1.5, "9", True, 10**6])
async def test_a_crowd_is_a_number(sandbox: Sandbox, number: object):
    with pytest.raises(ControlError, match="'people' must be a whole number"):
        await sandbox.client.crowd(people=number)  # type: ignore[arg-type]


async def test_locations_swap_names_at_once(sandbox: Sandbox):
    before = sandbox.cloud.organization.locations
    keys = {place.name: key for key, place in before.items()}
    await sandbox.client.rename_locations(Lyon="Berlin", Berlin="Lyon")
    assert {place.name: key for key, place in before.items()} == keys | {
        "Lyon": keys["Berlin"],
        "Berlin": keys["Lyon"],
    }
