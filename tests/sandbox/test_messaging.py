"""The rules of messages, rooms and memberships, over the wire (docs/webex/messaging.md §3)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from sandbox.ids import key_of, public_id
from sandbox.server import Sandbox
from tests.sandbox.conftest import session, token_of

VERA, TOM = "vera@acme.example", "tom@acme.example"
CARD = {
    "contentType": "application/vnd.microsoft.card.adaptive",
    "content": {"type": "AdaptiveCard", "version": "1.3", "body": [], "actions": []},
}


class Caller:
    """Makes calls with one token; ``call`` returns status and body."""

    def __init__(self, http: ClientSession) -> None:
        self.http = http

    async def call(self, method: str, path: str, json: Any = None, **query: str) -> tuple[int, Any]:
        body = {} if json is None else {"json": json}
        async with self.http.request(method, f"/v1{path}", params=query, **body) as response:
            return response.status, await response.json() if response.status != 204 else None

    async def good(self, method: str, path: str, json: Any = None, **query: str) -> Any:
        status, answer = await self.call(method, path, json, **query)
        assert status in (200, 204), answer
        return answer

    async def post(self, **body: Any) -> Any:
        return await self.good("POST", "/messages", body)


@pytest.fixture
def prov(bot: ClientSession) -> Caller:
    return Caller(bot)


@pytest.fixture
async def vera(sandbox: Sandbox) -> AsyncIterator[Caller]:
    async with session(sandbox, token_of(sandbox, VERA)) as http:
        yield Caller(http)


@pytest.fixture
async def team(sandbox: Sandbox) -> str:
    return await sandbox.client.room(VERA, "Field team")


# Access


async def test_a_call_without_a_good_token_is_unauthorized(sandbox: Sandbox):
    async with session(sandbox, "nonsense") as http:
        status, body = await Caller(http).call("GET", "/people/me")

    assert status == 401
    assert set(body) == {"message", "errors", "trackingId"}


async def test_a_service_app_may_not_send_messages(sandbox: Sandbox):
    app = sandbox.cloud.service_app
    token = sandbox.cloud.tokens.issue("service_app", app.person_key, app.scopes)
    async with session(sandbox, token.value) as http:
        status, _ = await Caller(http).call(
            "POST", "/messages", {"toPersonEmail": VERA, "text": "x"}
        )

    assert status == 403


async def test_a_bot_may_not_call_admin_apis(prov: Caller):
    assert (await prov.call("GET", "/devices"))[0] == 403


async def test_every_answer_carries_the_callers_tracking_id(bot: ClientSession):
    async with bot.get("/v1/people/me", headers={"TrackingID": "mine_1"}) as response:
        assert response.headers["trackingid"] == "mine_1"


async def test_an_unknown_path_is_answered_in_webex_form(prov: Caller):
    status, body = await prov.call("GET", "/nothing")

    assert (status, body["message"]) == (404, "The requested resource could not be found.")


# People


async def test_people_are_found_by_email_name_and_id(prov: Caller):
    by_email = await prov.good("GET", "/people", email="VERA@acme.example")
    by_name = await prov.good("GET", "/people", displayName="Vera L")
    vera_id = by_email["items"][0]["id"]
    by_id = await prov.good("GET", "/people", id=f"{vera_id},{public_id('PEOPLE', 'nobody')}")

    assert by_email["items"] == by_name["items"] == by_id["items"]
    assert by_email["notFoundIds"] is None
    assert by_id["notFoundIds"] == [public_id("PEOPLE", "nobody")]


async def test_a_bot_cannot_list_everybody(prov: Caller):
    assert (await prov.call("GET", "/people"))[0] == 400


async def test_a_bot_sees_no_licences(prov: Caller):
    vera = (await prov.good("GET", "/people", email=VERA))["items"][0]

    assert "licenses" not in vera
    assert vera["avatar"].startswith("https://")


# Posting


async def test_a_message_to_a_person_makes_the_direct_room(prov: Caller):
    message = await prov.post(toPersonEmail=VERA, text="hello")

    assert message["roomType"] == "direct"
    assert message["toPersonEmail"] == VERA
    room = await prov.good("GET", f"/rooms/{message['roomId']}")
    assert room["title"] == "Vera Lindqvist"


async def test_markdown_is_rendered_and_wins_over_text(prov: Caller, team: str):
    message = await prov.post(
        roomId=team,
        markdown=f"**done** <@personEmail:{VERA}|Vera> <@personEmail:x@y.example|X>",
        text="no",
    )

    vera_id = message["mentionedPeople"][0]
    mention = (
        f'<spark-mention data-object-type="person" data-object-id="{vera_id}">Vera</spark-mention>'
    )
    assert message["html"] == f"<p><strong>done</strong> {mention} X</p>"
    assert message["text"] == "done Vera X"
    assert len(message["mentionedPeople"]) == 1


async def test_the_answer_has_the_documented_form(prov: Caller):
    message = await prov.post(toPersonEmail=VERA, text="hello")

    assert set(message) == {
        "id",
        "roomId",
        "roomType",
        "toPersonEmail",
        "text",
        "personId",
        "personEmail",
        "created",
    }
    assert message["created"].endswith("Z")
    assert key_of(message["id"], "MESSAGE")[14] == "1"  # a time-based uuid


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "nowhere"}, 400),
        ({"toPersonEmail": VERA, "toPersonId": "x", "text": "twice"}, 400),
        ({"toPersonEmail": VERA}, 400),
        ({"toPersonEmail": VERA, "text": 7}, 400),
        ({"toPersonEmail": VERA, "text": "x", "colour": "red"}, 400),
        ({"toPersonEmail": VERA, "text": "é" * 3720}, 400),
        ({"toPersonEmail": VERA, "text": "é" * 3719}, 200),
        ({"toPersonEmail": VERA, "markdown": "x" * 7440}, 400),
        ({"toPersonEmail": VERA, "text": "x", "files": ["a", "b"]}, 400),
        ({"toPersonEmail": VERA, "text": "x", "attachments": [CARD, CARD]}, 400),
        ({"toPersonEmail": VERA, "text": "x", "attachments": [CARD]}, 200),
        ({"toPersonEmail": VERA, "text": "x", "parentId": "nonsense"}, 400),
        ({"toPersonEmail": "provbot@webex.bot", "text": "me"}, 400),
        ({"toPersonEmail": "nobody@acme.example", "text": "x"}, 404),
        ({"roomId": public_id("ROOM", "unknown"), "text": "x"}, 404),
        (["no object"], 400),
    ],
)
async def test_allowed_and_refused_posts(prov: Caller, body: Any, status: int):
    assert (await prov.call("POST", "/messages", body))[0] == status


async def test_a_body_that_is_not_json_is_refused(bot: ClientSession):
    async with bot.post("/v1/messages", data="x") as plain:
        assert plain.status == 415
    kind = {"Content-Type": "application/json"}
    async with bot.post("/v1/messages", data="{", headers=kind) as broken:
        assert broken.status == 400


async def test_a_stranger_to_the_room_cannot_post_there(sandbox: Sandbox, team: str):
    async with session(sandbox, token_of(sandbox, "sam@acme.example")) as http:
        status, _ = await Caller(http).call("POST", "/messages", {"roomId": team, "text": "x"})

    assert status == 404


async def test_threads_are_one_level_deep_and_stay_in_their_room(prov: Caller, team: str):
    root = await prov.post(roomId=team, text="root")
    reply = await prov.post(roomId=team, text="reply", parentId=key_of(root["id"], "MESSAGE"))
    deep = {"roomId": team, "text": "deep", "parentId": reply["id"]}
    elsewhere = {"toPersonEmail": VERA, "text": "elsewhere", "parentId": root["id"]}

    assert reply["parentId"] == root["id"]
    assert (await prov.call("POST", "/messages", deep))[0] == 400
    assert (await prov.call("POST", "/messages", elsewhere))[0] == 400


# Visibility for bots


async def test_a_bot_in_a_space_sees_mentions_and_its_own_messages_only(
    prov: Caller, sandbox: Sandbox, team: str
):
    unheard = await sandbox.client.say(VERA, "not for you", roomId=team)
    heard = await sandbox.client.say(VERA, "for you", roomId=team, mention=True)
    own = await prov.post(roomId=team, text="mine")

    statuses = [
        (await prov.call("GET", f"/messages/{membership['id']}"))[0]
        for membership in (unheard, heard, own)
    ]
    unknown = await prov.call("GET", f"/messages/{public_id('MESSAGE', 'x')}")
    response = await prov.call("GET", f"/messages/{unheard['id']}")

    assert statuses == [404, 200, 200]
    assert (unknown[0], unknown[1]["message"]) == (response[0], response[1]["message"])


async def test_a_bot_lists_a_space_by_its_mentions_only(prov: Caller, sandbox: Sandbox, team: str):
    await sandbox.client.say(VERA, "not for you", roomId=team)
    await sandbox.client.say(VERA, "for you", roomId=team, mention=True)

    assert (await prov.call("GET", "/messages", roomId=team))[0] == 403
    listed = await prov.good("GET", "/messages", roomId=team, mentionedPeople="me")
    assert [message["text"] for message in listed["items"]] == ["Provbot for you"]
    stranger = public_id("PEOPLE", "somebody")
    assert (await prov.call("GET", "/messages", roomId=team, mentionedPeople=stranger))[0] == 400


async def test_messages_are_listed_newest_first_page_by_page(prov: Caller, bot: ClientSession):
    posted = [await prov.post(toPersonEmail=VERA, text=str(number)) for number in range(5)]
    query = {"roomId": posted[0]["roomId"], "max": "2"}

    async with bot.get("/v1/messages", params=query) as first:
        texts = [message["text"] for message in (await first.json())["items"]]
        link = str(first.links["next"]["url"])
    async with bot.get(link.removeprefix(str(bot._base_url).rstrip("/"))) as second:
        texts += [message["text"] for message in (await second.json())["items"]]

    assert texts == ["4", "3", "2", "1"]
    # Use times that no message has: two can have the same millisecond.
    newest = await prov.good("GET", "/messages", before="2099-01-01T00:00:00.000Z", **query)
    assert [message["text"] for message in newest["items"]] == ["4", "3"]
    oldest = await prov.good("GET", "/messages", before=posted[0]["created"], **query)
    assert oldest["items"] == []
    assert (await prov.call("GET", "/messages", roomId=query["roomId"], max="0"))[0] == 400


async def test_direct_messages_are_listed_by_person(prov: Caller):
    assert (await prov.call("GET", "/messages/direct", personEmail=TOM))[0] == 404
    root = await prov.post(toPersonEmail=TOM, text="hello")
    await prov.post(toPersonEmail=TOM, text="again", parentId=root["id"])

    listed = await prov.good("GET", "/messages/direct", personEmail=TOM)
    thread = await prov.good("GET", "/messages/direct", personEmail=TOM, parentId=root["id"])

    assert [message["text"] for message in listed["items"]] == ["again", "hello"]
    assert [message["text"] for message in thread["items"]] == ["again"]


# Editing and deleting


async def test_a_message_is_edited_ten_times_at_most(prov: Caller):
    message = await prov.post(toPersonEmail=VERA, text="0")
    path, room = f"/messages/{message['id']}", message["roomId"]

    for number in range(10):
        edited = await prov.good("PUT", path, {"roomId": room, "text": str(number)})
        assert edited["updated"]

    assert (await prov.call("PUT", path, {"roomId": room, "text": "11"}))[0] == 400
    assert (await prov.good("GET", path))["text"] == "9"


@pytest.mark.parametrize(
    "change",
    [
        {"text": "no room"},
        {"roomId": public_id("ROOM", "other"), "text": "x"},
        {"roomId": "…"},
        {"roomId": "…", "markdown": "x", "html": "<p>x</p>"},
        {"roomId": "…", "text": "x", "attachments": [CARD]},
    ],
)
async def test_edits_that_are_refused(prov: Caller, change: dict[str, Any]):
    message = await prov.post(toPersonEmail=VERA, text="x")
    if change.get("roomId") == "…":
        change = change | {"roomId": message["roomId"]}

    assert (await prov.call("PUT", f"/messages/{message['id']}", change))[0] == 400


async def test_a_card_cannot_be_edited(prov: Caller):
    message = await prov.post(toPersonEmail=VERA, text="x", attachments=[CARD])
    change = {"roomId": message["roomId"], "text": "y"}

    assert (await prov.call("PUT", f"/messages/{message['id']}", change))[0] == 400


async def test_only_authors_edit_and_delete(prov: Caller, vera: Caller):
    message = await prov.post(toPersonEmail=VERA, text="x")
    path = f"/messages/{message['id']}"

    assert (await vera.call("PUT", path, {"roomId": message["roomId"], "text": "y"}))[0] == 403
    assert (await vera.call("DELETE", path))[0] == 403
    assert (await prov.call("DELETE", path))[0] == 204
    assert (await prov.call("DELETE", path))[0] == 404


async def test_a_moderator_deletes_what_others_said(prov: Caller, vera: Caller, team: str):
    message = await prov.post(roomId=team, text="x")
    members = await vera.good("GET", "/memberships", roomId=team, personEmail=VERA)
    await vera.good("PUT", f"/memberships/{members['items'][0]['id']}", {"isModerator": True})

    assert (await vera.call("DELETE", f"/messages/{message['id']}"))[0] == 204


# Rooms and memberships


async def test_memberships_say_who_is_in_a_room(prov: Caller, team: str):
    everybody = await prov.good("GET", "/memberships", roomId=team)
    own = await prov.good("GET", "/memberships")

    assert {person["personEmail"] for person in everybody["items"]} >= {
        VERA,
        TOM,
        "provbot@webex.bot",
    }
    assert {membership["personEmail"] for membership in own["items"]} == {"provbot@webex.bot"}
    assert (await prov.call("GET", "/memberships", personEmail=VERA))[0] == 400


async def test_people_come_and_go(prov: Caller, team: str):
    body = {"roomId": team, "personEmail": "sam@acme.example"}
    joined = await prov.good("POST", "/memberships", body)

    assert (await prov.call("POST", "/memberships", body))[0] == 409
    assert (await prov.good("GET", f"/memberships/{joined['id']}"))["roomType"] == "group"
    assert (await prov.call("DELETE", f"/memberships/{joined['id']}"))[0] == 204
    assert (await prov.call("GET", f"/memberships/{joined['id']}"))[0] == 404


async def test_rooms_are_made_renamed_and_deleted(prov: Caller):
    room = await prov.good("POST", "/rooms", {"title": "War room"})
    renamed = await prov.good("PUT", f"/rooms/{room['id']}", {"title": "Peace room"})

    assert renamed["title"] == "Peace room"
    message = await prov.post(roomId=room["id"], text="hello")
    assert (await prov.call("DELETE", f"/rooms/{room['id']}"))[0] == 204
    assert (await prov.call("GET", f"/rooms/{room['id']}"))[0] == 404
    for method in ("GET", "DELETE"):  # its messages are gone with it
        assert (await prov.call(method, f"/messages/{message['id']}"))[0] == 404


async def test_rooms_are_sorted_by_last_activity(prov: Caller, team: str):
    await prov.post(roomId=team, text="hello")

    listed = await prov.good("GET", "/rooms", sortBy="lastactivity", type="group")

    assert listed["items"][0]["title"] == "Field team"
    assert (await prov.call("GET", "/rooms", type="secret"))[0] == 400
    assert (await prov.call("GET", "/rooms", sortBy="colour"))[0] == 400


# Cards and files


async def test_actions_are_submitted_by_people_and_read_by_the_bot(prov: Caller, vera: Caller):
    message = await prov.post(toPersonEmail=VERA, text="x", attachments=[CARD])
    body = {"type": "submit", "messageId": message["id"], "inputs": {"a": "1"}}

    action = await vera.good("POST", "/attachment/actions", body)
    read = await prov.good("GET", f"/attachment/actions/{action['id']}")

    assert read == action
    assert set(read) == {"id", "type", "messageId", "inputs", "personId", "roomId", "created"}
    assert (await prov.call("POST", "/attachment/actions", body))[0] == 403
    assert (await vera.call("POST", "/attachment/actions", body | {"inputs": "x"}))[0] == 400


async def test_a_file_comes_in_a_form_and_is_fetched_with_a_token(bot: ClientSession, prov: Caller):
    form = FormData({"toPersonEmail": VERA, "markdown": "the **list**"}, quote_fields=False)
    form.add_field("files", b"a,b\n", filename="mäcs.csv", content_type="text/csv")
    async with bot.post("/v1/messages", data=form) as response:
        message = await response.json()

    path = message["files"][0].removeprefix(str(bot._base_url).rstrip("/"))
    async with bot.get(path) as fetched, bot.head(path) as head:
        assert await fetched.read() == b"a,b\n"
        assert head.headers["Content-Type"] == "text/csv"
        assert head.headers["Content-Length"] == "4"
        assert 'filename="m_cs.csv"' in head.headers["Content-Disposition"]
    assert (await prov.call("GET", f"/contents/{public_id('CONTENT', 'x/0')}"))[0] == 404


async def test_a_file_behind_a_url_is_fetched(prov: Caller, sandbox: Sandbox):
    url = f"{sandbox.page_url}/icon.svg"

    message = await prov.post(toPersonEmail=VERA, files=[url])

    assert len(message["files"]) == 1
    missing = {"toPersonEmail": VERA, "files": [f"{sandbox.page_url}/missing.svg"]}
    assert (await prov.call("POST", "/messages", missing))[0] == 400


async def test_two_forms_at_once_do_not_mix(bot: ClientSession):
    async def send(name: str) -> str:
        form = FormData({"toPersonEmail": VERA, "text": name})
        form.add_field("files", name.encode(), filename=name)
        async with bot.post("/v1/messages", data=form) as response:
            return str((await response.json())["text"])

    assert await asyncio.gather(*(send(f"file {n}") for n in range(5))) == [
        f"file {n}" for n in range(5)
    ]


# People


async def test_a_person_has_a_time_zone_only_if_they_have_set_one(prov: Caller):
    (tom,) = (await prov.good("GET", "/people", email=TOM))["items"]
    (vera,) = (await prov.good("GET", "/people", email=VERA))["items"]
    assert tom["timezone"] == "Europe/Berlin"
    assert "timezone" not in vera
