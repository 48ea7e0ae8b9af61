"""Every call of webexpythonsdk, unmodified, is tried here or listed as absent with a reason."""

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
    """The library with the tokens of the bot, the service app and Tom; and the environment."""

    bot: Any
    admin: Any
    tom: Any
    env: dict[str, str]

    def room(self, title: str) -> str:
        """Return the id of a new group room of the bot."""
        return str(self.bot.rooms.create(title).id)

    def message(self, text: str) -> Any:
        """Return a new message of the bot to Vera."""
        return self.bot.messages.create(toPersonEmail=VERA, text=text)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients() -> AsyncIterator[Clients]:
    with (
        pytest.MonkeyPatch.context() as environment
    ):  # requests reads proxies from the environment only
        async with Sandbox() as sandbox:
            for name in PROXIES:
                environment.delenv(name, raising=False)
            environment.setenv("REQUESTS_CA_BUNDLE", sandbox.ca_file)
            opened = [client(sandbox, token) for token in tokens(sandbox)]
            bot, admin, tom = opened
            yield Clients(bot, admin, tom, sandbox.env)
            for api in opened:
                api._session._req_session.close()


def tokens(sandbox: Sandbox) -> list[str]:
    account = sandbox.cloud.service_app.person_key
    admin = sandbox.cloud.tokens.issue("service_app", account, SERVICE_APP_SCOPES).value
    return [sandbox.cloud.bot_token, admin, token_of(sandbox, TOM)]


def client(sandbox: Sandbox, token: str) -> Any:
    return WebexAPI(access_token=token, base_url=sandbox.api_url + "/")


def refused(status: int, call: Callable[..., Any], *values: Any) -> None:
    with pytest.raises(ApiError) as caught:
        call(*values)
    assert caught.value.status_code == status


# One function for each call, in the order of the table below.


def code_of_an_integration(clients: Clients) -> None:
    """There is no login page, so every authorization code is invalid."""
    names = ("CLIENT_ID", "CLIENT_SECRET")
    credentials = [clients.env[f"WEBEX_SERVICE_APP_{name}"] for name in names]
    refused(400, clients.bot.access_tokens.get, *credentials, "code", "https://bot.acme.example")


def refresh_token(clients: Clients) -> None:
    names = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
    granted = clients.bot.access_tokens.refresh(
        *(clients.env[f"WEBEX_SERVICE_APP_{n}"] for n in names)
    )
    assert granted.access_token
    assert granted.expires_in > 0


def press(clients: Clients) -> None:
    room = clients.room("Cards")
    clients.bot.memberships.create(room, personEmail=TOM)
    card = clients.bot.messages.create(roomId=room, text="a card", attachments=[CARD])
    pressed = clients.tom.attachment_actions.create("submit", card.id, {"ticket": "OPS-12"})
    read = clients.bot.attachment_actions.get(pressed.id)
    assert (read.messageId, read.inputs["ticket"]) == (card.id, "OPS-12")


def licence(clients: Clients) -> None:
    first, *_ = clients.admin.licenses.list()
    assert clients.admin.licenses.get(first.id).name == first.name


def licences(clients: Clients) -> None:
    assert "Webex Calling - Professional" in [row.name for row in clients.admin.licenses.list()]


def join(clients: Clients) -> None:
    created = clients.bot.memberships.create(clients.room("Join"), personEmail=VERA)
    assert (created.personEmail, created.isModerator) == (VERA, False)


def leave(clients: Clients) -> None:
    created = clients.bot.memberships.create(clients.room("Leave"), personEmail=VERA)
    clients.bot.memberships.delete(created.id)
    refused(404, clients.bot.memberships.get, created.id)


def membership(clients: Clients) -> None:
    created = clients.bot.memberships.create(clients.room("Member"), personEmail=VERA)
    assert clients.bot.memberships.get(created.id).personDisplayName == "Vera Lindqvist"


def members(clients: Clients) -> None:
    room = clients.room("Members")
    clients.bot.memberships.create(room, personEmail=VERA)
    listed = clients.bot.memberships.list(roomId=room, max=1)
    assert {row.personEmail for row in listed} == {VERA, "provbot@webex.bot"}


def moderate(clients: Clients) -> None:
    created = clients.bot.memberships.create(clients.room("Moderator"), personEmail=VERA)
    assert clients.bot.memberships.update(created.id, isModerator=True).isModerator is True


def say(clients: Clients) -> None:
    created = clients.bot.messages.create(toPersonEmail=VERA, markdown="**done**")
    assert (created.text, created.html) == ("done", "<p><strong>done</strong></p>")


def unsay(clients: Clients) -> None:
    created = clients.message("not so")
    clients.bot.messages.delete(created.id)
    refused(404, clients.bot.messages.get, created.id)


def edit(clients: Clients) -> None:
    created = clients.message("one")
    assert clients.bot.messages.edit(created.id, roomId=created.roomId, text="two").text == "two"


def read(clients: Clients) -> None:
    created = clients.message("read me")
    assert clients.bot.messages.get(created.id).text == "read me"


def messages(clients: Clients) -> None:
    room = clients.tom.rooms.create("Talk").id
    for number in range(5):
        clients.tom.messages.create(roomId=room, text=f"{number}")
    assert [row.text for row in clients.tom.messages.list(room, max=2)] == ["4", "3", "2", "1", "0"]


def direct_messages(clients: Clients) -> None:
    created = clients.message("between us")
    assert created.id in [row.id for row in clients.bot.messages.list_direct(personEmail=VERA)]


def update(clients: Clients) -> None:
    created = clients.message("three")
    assert (
        clients.bot.messages.update(created.id, roomId=created.roomId, markdown="*four*").text
        == "four"
    )


def organization(clients: Clients) -> None:
    (own,) = clients.admin.organizations.list()
    assert clients.admin.organizations.get(own.id).displayName == "Acme Industries"


def organizations(clients: Clients) -> None:
    assert [row.displayName for row in clients.admin.organizations.list()] == ["Acme Industries"]


def person(clients: Clients) -> None:
    (vera,) = clients.bot.people.list(email=VERA)
    assert clients.bot.people.get(vera.id).displayName == "Vera Lindqvist"


def people(clients: Clients) -> None:
    assert [row.emails for row in clients.admin.people.list(displayName="Vera")] == [[VERA]]
    assert len(list(clients.admin.people.list(max=10))) > 10


def myself(clients: Clients) -> None:
    me = clients.bot.people.me()
    assert (me.emails, me.type, me.displayName) == (["provbot@webex.bot"], "bot", "Provbot")


def new_room(clients: Clients) -> None:
    created = clients.bot.rooms.create("War room")
    assert (created.title, created.type) == ("War room", "group")


def close_room(clients: Clients) -> None:
    room = clients.room("Over")
    clients.bot.rooms.delete(room)
    refused(404, clients.bot.rooms.get, room)


def room(clients: Clients) -> None:
    assert clients.bot.rooms.get(clients.room("Here")).title == "Here"


def rooms(clients: Clients) -> None:
    titles = {row.title for row in clients.tom.rooms.list(type="group", max=1)}
    assert {"Phone rollout", "Field team"} <= titles


def rename(clients: Clients) -> None:
    assert clients.bot.rooms.update(clients.room("Old"), "New").title == "New"


def new_hook(clients: Clients) -> None:
    created = clients.bot.webhooks.create(resource="attachmentActions", secret="s3cret", **HOOK)
    assert (created.status, created.resource, created.secret) == (
        "active",
        "attachmentActions",
        "s3cret",
    )


def drop_hook(clients: Clients) -> None:
    created = clients.bot.webhooks.create(resource="rooms", **HOOK)
    clients.bot.webhooks.delete(created.id)
    refused(404, clients.bot.webhooks.get, created.id)


def hook(clients: Clients) -> None:
    created = clients.bot.webhooks.create(resource="messages", **HOOK)
    assert clients.bot.webhooks.get(created.id).targetUrl == HOOK["targetUrl"]


def hooks(clients: Clients) -> None:
    created = [clients.bot.webhooks.create(resource="memberships", **HOOK).id for _ in range(3)]
    assert set(created) <= {row.id for row in clients.bot.webhooks.list(max=1)}


def change_hook(clients: Clients) -> None:
    created = clients.bot.webhooks.create(resource="messages", **HOOK)
    changed = clients.bot.webhooks.update(created.id, name="other", targetUrl=created.targetUrl)
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
# Resources or single calls that are absent, the reason, and their path.
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
    """Return every public method of every API object, such as `messages.create`."""
    api = WebexAPI(access_token="nobody's")
    resources = {
        name: resource
        for name, resource in inspect.getmembers(api)
        if type(resource).__name__.endswith("API")
    }
    return {
        f"{name}.{method}"
        for name, resource in resources.items()
        for method, _ in inspect.getmembers(resource, callable)
        if not method.startswith("_")
    }


async def test_no_call_of_the_library_is_forgotten():
    calls = calls_of_the_library()
    excused = {call for call in calls if call in ABSENT or call.split(".")[0] in ABSENT}

    assert excused.isdisjoint(TRIED)
    assert calls == excused | set(TRIED)
    assert {call.split(".")[0] for call in ABSENT} <= {call.split(".")[0] for call in calls}


@pytest.mark.parametrize("absent", ABSENT)
async def test_calls_listed_as_absent_are_absent(absent: str):
    method, path, why = ABSENT[absent]
    served = {
        (endpoint.method, endpoint.path) for endpoint in [*MESSAGING_ENDPOINTS, *ADMIN_ENDPOINTS]
    }

    assert why
    assert (method, path) not in served


@pytest.mark.parametrize("call", TRIED)
async def test_webexpythonsdk_works_unmodified(clients: Clients, call: str):
    await asyncio.to_thread(TRIED[call], clients)
