"""webexpythonsdk, unmodified: each of its calls is tried here, or it is said why the sandbox has none of it."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from webexpythonsdk import ApiError, WebexAPI

from sandbox.admin import ADMIN_ENDPOINTS
from sandbox.messaging import MESSAGING_ENDPOINTS
from sandbox.server import Sandbox
from sandbox.tokens import SERVICE_APP_SCOPES
from tests.sandbox.conftest import token_of
from tests.sandbox.test_foreign_clients import CARD, PROXIES

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOM, VERA = "tom@acme.example", "vera@acme.example"
HOOK = {"name": "h", "targetUrl": "https://bot.acme.example/hook", "event": "created"}


@dataclass(frozen=True)
class Clients:
    """The library with the tokens of the bot, the service app and Tom; and the service app's facts."""

    bot: Any
    admin: Any
    tom: Any
    env: dict[str, str]

    def room(self, title: str) -> str:
        """A new group room of the bot's; its id."""
        return str(self.bot.rooms.create(title).id)

    def message(self, text: str) -> Any:
        """What the bot said to Vera."""
        return self.bot.messages.create(toPersonEmail=VERA, text=text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients() -> AsyncIterator[Clients]:
    with pytest.MonkeyPatch.context() as environment:  # the library of HTTP knows no other way
        async with Sandbox() as sandbox:
            for name in PROXIES:
                environment.delenv(name, raising=False)
            environment.setenv("REQUESTS_CA_BUNDLE", sandbox.ca_file)
            opened = [client(sandbox, token) for token in tokens(sandbox)]
            bot, admin, tom = opened
            yield Clients(bot, admin, tom, sandbox.env)
            for one in opened:
                one._session._req_session.close()


def tokens(sandbox: Sandbox) -> list[str]:
    account = sandbox.cloud.service_app.person_key
    admin = sandbox.cloud.tokens.issue("service_app", account, SERVICE_APP_SCOPES).value
    return [sandbox.cloud.bot_token, admin, token_of(sandbox, TOM)]


def client(sandbox: Sandbox, token: str) -> Any:
    return WebexAPI(access_token=token, base_url=sandbox.api_url + "/")


def refused(status: int, call: Callable[..., Any], *given: Any) -> None:
    with pytest.raises(ApiError) as caught:
        call(*given)
    assert caught.value.status_code == status


# One function a call, in the order of the table below.


def code_of_an_integration(one: Clients) -> None:
    """There is no login page that would give one out, so every code is a wrong one."""
    names = ("CLIENT_ID", "CLIENT_SECRET")
    credentials = [one.env[f"WEBEX_SERVICE_APP_{name}"] for name in names]
    refused(400, one.bot.access_tokens.get, *credentials, "code", "https://bot.acme.example")


def refresh_token(one: Clients) -> None:
    names = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
    granted = one.bot.access_tokens.refresh(*(one.env[f"WEBEX_SERVICE_APP_{n}"] for n in names))
    assert granted.access_token
    assert granted.expires_in > 0


def press(one: Clients) -> None:
    room = one.room("Cards")
    one.bot.memberships.create(room, personEmail=TOM)
    card = one.bot.messages.create(roomId=room, text="a card", attachments=[CARD])
    pressed = one.tom.attachment_actions.create("submit", card.id, {"ticket": "OPS-12"})
    read = one.bot.attachment_actions.get(pressed.id)
    assert (read.messageId, read.inputs["ticket"]) == (card.id, "OPS-12")


def licence(one: Clients) -> None:
    first, *_ = one.admin.licenses.list()
    assert one.admin.licenses.get(first.id).name == first.name


def licences(one: Clients) -> None:
    assert "Webex Calling - Professional" in [row.name for row in one.admin.licenses.list()]


def join(one: Clients) -> None:
    made = one.bot.memberships.create(one.room("Join"), personEmail=VERA)
    assert (made.personEmail, made.isModerator) == (VERA, False)


def leave(one: Clients) -> None:
    made = one.bot.memberships.create(one.room("Leave"), personEmail=VERA)
    one.bot.memberships.delete(made.id)
    refused(404, one.bot.memberships.get, made.id)


def membership(one: Clients) -> None:
    made = one.bot.memberships.create(one.room("Member"), personEmail=VERA)
    assert one.bot.memberships.get(made.id).personDisplayName == "Vera Lindqvist"


def members(one: Clients) -> None:
    room = one.room("Members")
    one.bot.memberships.create(room, personEmail=VERA)
    listed = one.bot.memberships.list(roomId=room, max=1)
    assert {row.personEmail for row in listed} == {VERA, "provbot@webex.bot"}


def moderate(one: Clients) -> None:
    made = one.bot.memberships.create(one.room("Moderator"), personEmail=VERA)
    assert one.bot.memberships.update(made.id, isModerator=True).isModerator is True


def say(one: Clients) -> None:
    made = one.bot.messages.create(toPersonEmail=VERA, markdown="**done**")
    assert (made.text, made.html) == ("done", "<p><strong>done</strong></p>")


def unsay(one: Clients) -> None:
    made = one.message("not so")
    one.bot.messages.delete(made.id)
    refused(404, one.bot.messages.get, made.id)


def edit(one: Clients) -> None:
    made = one.message("one")
    assert one.bot.messages.edit(made.id, roomId=made.roomId, text="two").text == "two"


def read(one: Clients) -> None:
    made = one.message("read me")
    assert one.bot.messages.get(made.id).text == "read me"


def messages(one: Clients) -> None:
    room = one.tom.rooms.create("Talk").id
    for number in range(5):
        one.tom.messages.create(roomId=room, text=f"{number}")
    assert [row.text for row in one.tom.messages.list(room, max=2)] == ["4", "3", "2", "1", "0"]


def direct_messages(one: Clients) -> None:
    made = one.message("between us")
    assert made.id in [row.id for row in one.bot.messages.list_direct(personEmail=VERA)]


def update(one: Clients) -> None:
    made = one.message("three")
    assert one.bot.messages.update(made.id, roomId=made.roomId, markdown="*four*").text == "four"


def organization(one: Clients) -> None:
    (own,) = one.admin.organizations.list()
    assert one.admin.organizations.get(own.id).displayName == "Acme Industries"


def organizations(one: Clients) -> None:
    assert [row.displayName for row in one.admin.organizations.list()] == ["Acme Industries"]


def person(one: Clients) -> None:
    (vera,) = one.bot.people.list(email=VERA)
    assert one.bot.people.get(vera.id).displayName == "Vera Lindqvist"


def people(one: Clients) -> None:
    assert [row.emails for row in one.admin.people.list(displayName="Vera")] == [[VERA]]
    assert len(list(one.admin.people.list(max=10))) > 10


def myself(one: Clients) -> None:
    me = one.bot.people.me()
    assert (me.emails, me.type, me.displayName) == (["provbot@webex.bot"], "bot", "Provbot")


def new_room(one: Clients) -> None:
    made = one.bot.rooms.create("War room")
    assert (made.title, made.type) == ("War room", "group")


def close_room(one: Clients) -> None:
    room = one.room("Over")
    one.bot.rooms.delete(room)
    refused(404, one.bot.rooms.get, room)


def room(one: Clients) -> None:
    assert one.bot.rooms.get(one.room("Here")).title == "Here"


def rooms(one: Clients) -> None:
    titles = {row.title for row in one.tom.rooms.list(type="group", max=1)}
    assert {"Phone rollout", "Field team"} <= titles


def rename(one: Clients) -> None:
    assert one.bot.rooms.update(one.room("Old"), "New").title == "New"


def new_hook(one: Clients) -> None:
    made = one.bot.webhooks.create(resource="attachmentActions", secret="s3cret", **HOOK)
    assert (made.status, made.resource, made.secret) == ("active", "attachmentActions", "s3cret")


def drop_hook(one: Clients) -> None:
    made = one.bot.webhooks.create(resource="rooms", **HOOK)
    one.bot.webhooks.delete(made.id)
    refused(404, one.bot.webhooks.get, made.id)


def hook(one: Clients) -> None:
    made = one.bot.webhooks.create(resource="messages", **HOOK)
    assert one.bot.webhooks.get(made.id).targetUrl == HOOK["targetUrl"]


def hooks(one: Clients) -> None:
    made = [one.bot.webhooks.create(resource="memberships", **HOOK).id for _ in range(3)]
    assert set(made) <= {row.id for row in one.bot.webhooks.list(max=1)}


def change_hook(one: Clients) -> None:
    made = one.bot.webhooks.create(resource="messages", **HOOK)
    changed = one.bot.webhooks.update(made.id, name="other", targetUrl=made.targetUrl)
    assert changed.name == "other"


TRIED: dict[str, Callable[[Clients], None]] = {
    "access_tokens.get": code_of_an_integration,
    "access_tokens.refresh": refresh_token,
    "attachment_actions.create": press,
    "attachment_actions.get": press,
    "licenses.get": licence,
    "licenses.list": licences,
    "memberships.create": join,
    "memberships.delete": leave,
    "memberships.get": membership,
    "memberships.list": members,
    "memberships.update": moderate,
    "messages.create": say,
    "messages.delete": unsay,
    "messages.edit": edit,
    "messages.get": read,
    "messages.list": messages,
    "messages.list_direct": direct_messages,
    "messages.update": update,
    "organizations.get": organization,
    "organizations.list": organizations,
    "people.get": person,
    "people.list": people,
    "people.me": myself,
    "rooms.create": new_room,
    "rooms.delete": close_room,
    "rooms.get": room,
    "rooms.list": rooms,
    "rooms.update": rename,
    "webhooks.create": new_hook,
    "webhooks.delete": drop_hook,
    "webhooks.get": hook,
    "webhooks.list": hooks,
    "webhooks.update": change_hook,
}

MEETINGS = "the sandbox has no meetings: phones are not provisioned in one"
TEAMS = "the sandbox has no teams: rooms stand by themselves"
PEOPLE = "people come from the seed; the control API changes them, as Control Hub would"
# A resource as a whole, or one call of it, and why it is not here; with the path it would be at.
ABSENT: dict[str, tuple[str, str, str]] = {
    "admin_audit_events": ("GET", "/adminAudit/events", "nobody uses Control Hub here"),
    "events": ("GET", "/events", "for compliance officers; a bot is not let in"),
    "guest_issuer": ("POST", "/jwt/login", "there are no guests"),
    "meeting_invitees": ("GET", "/meetingInvitees", MEETINGS),
    "meeting_registrants": ("GET", "/meetings/{meeting}/registrants", MEETINGS),
    "meeting_templates": ("GET", "/meetings/templates", MEETINGS),
    "meetings": ("GET", "/meetings", MEETINGS),
    "people.create": ("POST", "/people", PEOPLE),
    "people.delete": ("DELETE", "/people/{person_id}", PEOPLE),
    "people.update": ("PUT", "/people/{person_id}", PEOPLE),
    "recordings": ("GET", "/recordings", MEETINGS),
    "roles": ("GET", "/roles", "who may do what in Control Hub is not played"),
    "room_tabs": ("GET", "/room/tabs", "the page has no tabs in its rooms"),
    "rooms.get_meeting_info": ("GET", "/rooms/{room_id}/meetingInfo", MEETINGS),
    "team_memberships": ("GET", "/team/memberships", TEAMS),
    "teams": ("GET", "/teams", TEAMS),
}


def calls_of_the_library() -> set[str]:
    """`messages.create` and so on: every public method of every API object."""
    api = WebexAPI(access_token="nobody's")
    resources = {
        name: one for name, one in inspect.getmembers(api) if type(one).__name__.endswith("API")
    }
    return {
        f"{name}.{method}"
        for name, one in resources.items()
        for method, _ in inspect.getmembers(one, callable)
        if not method.startswith("_")
    }


async def test_no_call_of_the_library_is_forgotten():
    calls = calls_of_the_library()
    excused = {call for call in calls if call in ABSENT or call.split(".")[0] in ABSENT}

    assert excused.isdisjoint(TRIED)
    assert calls == excused | set(TRIED)
    assert {one.split(".")[0] for one in ABSENT} <= {one.split(".")[0] for one in calls}


@pytest.mark.parametrize("absent", ABSENT)
async def test_what_is_said_to_be_absent_is(absent: str):
    method, path, why = ABSENT[absent]
    served = {(one.method, one.path) for one in [*MESSAGING_ENDPOINTS, *ADMIN_ENDPOINTS]}

    assert why
    assert (method, path) not in served


@pytest.mark.parametrize("call", TRIED)
async def test_webexpythonsdk_works_as_it_is(clients: Clients, call: str):
    await asyncio.to_thread(TRIED[call], clients)
