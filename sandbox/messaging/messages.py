"""Messages (webex-messaging.md §3.5)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

from aiohttp import web

from sandbox.chat import NO_MESSAGE
from sandbox.chat_model import Message, Room
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, answer, json_body, no_content
from sandbox.ids import key_of, public_id
from sandbox.messaging.drafts import draft_of, read_draft
from sandbox.messaging.fields import person_named, required_text
from sandbox.messaging.paging import listed, next_link, page_size
from sandbox.messaging.present import message_json
from sandbox.problems import bad_request, forbidden, not_found
from sandbox.tokens import Token

DESTINATIONS: Final = ("roomId", "toPersonId", "toPersonEmail")
MAX_MENTIONS_PAGE: Final = 100
MAX_PAGE: Final = 1000


async def create_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /messages: exactly one destination, at least one thing to say."""
    body, draft = await read_draft(request)
    room = _destination(body, cloud, token)
    message = cloud.chat.post(token.person_key, room, draft)
    return answer(message_json(cloud, message) | _addressed(body))


def _destination(body: Mapping[str, Any], cloud: Cloud, token: Token) -> Room:
    named = [name for name in DESTINATIONS if body.get(name)]
    if len(named) != 1:
        raise bad_request("Exactly one of 'roomId', 'toPersonId' or 'toPersonEmail' is required.")
    value = required_text(body, named[0])
    if named[0] == "roomId":
        return cloud.chat.room_for(token.person_key, key_of(value, "ROOM"))
    by_id = named[0] == "toPersonId"
    person = person_named(cloud, value if by_id else None, None if by_id else value)
    return cloud.chat.direct_room(token.person_key, person.key)


def _addressed(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in DESTINATIONS[1:] if body.get(name)}


async def list_messages(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /messages?roomId=…: newest first. Bots must ask for their mentions in group rooms."""
    room = cloud.chat.room_for(token.person_key, key_of(_required(request, "roomId"), "ROOM"))
    mentions = _own_mentions(request, token)
    if token.kind == "bot" and room.kind == "group" and not mentions:
        raise forbidden(
            "Bots can list the messages of a group room only with 'mentionedPeople=me'."
        )
    return _page(request, cloud, _matching(request, cloud, token, room), mentions=mentions)


def _required(request: web.Request, name: str) -> str:
    value = request.query.get(name)
    if not value:
        raise bad_request(f"'{name}' is required.")
    return value


def _own_mentions(request: web.Request, token: Token) -> bool:
    """Whether the query asks for the caller's mentions; 400 for anybody else's."""
    wanted = request.query.get("mentionedPeople")
    if wanted is None:
        return False
    if wanted != "me" and key_of(wanted, "PEOPLE") != token.person_key:
        raise bad_request("'mentionedPeople' can only be 'me' or the id of the caller.")
    return True


def _matching(request: web.Request, cloud: Cloud, token: Token, room: Room) -> Iterator[Message]:
    found = cloud.chat.newest_first(room, _before_message(request, cloud, token))
    before = _date(request.query.get("before"))
    if before:
        found = (message for message in found if message.created < before)
    if "parentId" in request.query:
        root = key_of(request.query["parentId"], "MESSAGE")
        found = (message for message in found if message.parent_key == root)
    if "mentionedPeople" in request.query:
        found = (message for message in found if token.person_key in message.words.mentioned)
    return found


def _before_message(request: web.Request, cloud: Cloud, token: Token) -> Message | None:
    wanted = request.query.get("beforeMessage")
    return cloud.chat.message_for(token.person_key, key_of(wanted, "MESSAGE")) if wanted else None


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_request("The value of 'before' is not a valid date.") from error
    if moment.tzinfo is None:
        raise bad_request("The value of 'before' is not a valid date.")
    return moment


def _page(
    request: web.Request, cloud: Cloud, found: Iterator[Message], *, mentions: bool
) -> web.Response:
    size = page_size(request, 50, MAX_MENTIONS_PAGE if mentions else MAX_PAGE)
    page = list(islice(found, size + 1))
    more = page[size:]
    headers = (
        next_link(cloud, request, beforeMessage=public_id("MESSAGE", page[size - 1].key))
        if more
        else {}
    )
    return listed([message_json(cloud, message) for message in page[:size]], headers)


async def list_direct(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /messages/direct?personEmail=…: the direct room with a person; 404 when there is none."""
    person = person_named(cloud, request.query.get("personId"), request.query.get("personEmail"))
    room = cloud.chat.find_direct(token.person_key, person.key)
    if room is None:
        raise not_found("Failed to get one on one conversation")
    return _page(request, cloud, _matching(request, cloud, token, room), mentions=False)


def message_named(request: web.Request, cloud: Cloud, token: Token) -> Message:
    """The message of the path; 404 unless the caller sees it."""
    key = key_of(request.match_info["message_id"], "MESSAGE")
    return cloud.chat.message_for(token.person_key, key)


async def get_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /messages/{messageId}; only its author may be sure to find it at once (§5, item 5)."""
    message = message_named(request, cloud, token)
    age = (cloud.clock.now() - message.created).total_seconds()
    if age < cloud.settings.message_get_lag_s and message.person_key != token.person_key:
        raise not_found(NO_MESSAGE)
    return answer(message_json(cloud, message))


async def edit_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """PUT /messages/{messageId}: other words for one's own message."""
    message = message_named(request, cloud, token)
    body = await json_body(request)
    room_key = key_of(required_text(body, "roomId"), "ROOM")
    if body.get("html") and body.get("markdown"):
        raise bad_request("'html' cannot be given together with 'markdown'.")
    cloud.chat.edit(token.person_key, message, room_key, draft_of(body))
    return answer(message_json(cloud, message))


async def delete_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """DELETE /messages/{messageId}."""
    cloud.chat.delete(token.person_key, message_named(request, cloud, token))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("POST", "/messages", create_message, MESSAGING),
    Endpoint("GET", "/messages", list_messages, MESSAGING),
    Endpoint("GET", "/messages/direct", list_direct, MESSAGING),
    Endpoint("GET", "/messages/{message_id}", get_message, MESSAGING),
    Endpoint("PUT", "/messages/{message_id}", edit_message, MESSAGING),
    Endpoint("DELETE", "/messages/{message_id}", delete_message, MESSAGING),
]
