"""Messages (docs/webex/messaging.md §3.5)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

from aiohttp import web

from sandbox.chat import NO_MESSAGE
from sandbox.chat_model import Message, Room
from sandbox.cloud import Cloud
from sandbox.endpoints import MESSAGING, Endpoint, json_body, json_response, no_content
from sandbox.errors import bad_request, forbidden, not_found
from sandbox.ids import key_of, public_id
from sandbox.messaging.cursor_paging import list_response, next_link, page_size
from sandbox.messaging.drafts import draft_from_body, read_draft
from sandbox.messaging.fields import find_person, required_text
from sandbox.messaging.json_views import message_json
from sandbox.tokens import Token

DESTINATIONS: Final = ("roomId", "toPersonId", "toPersonEmail")
MAX_MENTIONS_PAGE: Final = 100
MAX_PAGE: Final = 1000


async def create_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """POST /messages: exactly one destination, and some content."""
    body, draft = await read_draft(request)
    room = _destination(body, cloud, token)
    message = cloud.chat.post(token.person_key, room, draft)
    addressee = {name: body[name] for name in DESTINATIONS[1:] if body.get(name)}
    return json_response(message_json(cloud, message) | addressee)


def _destination(body: Mapping[str, Any], cloud: Cloud, token: Token) -> Room:
    named = [name for name in DESTINATIONS if body.get(name)]
    if len(named) != 1:
        raise bad_request("Exactly one of 'roomId', 'toPersonId' or 'toPersonEmail' is required.")
    value = required_text(body, named[0])
    if named[0] == "roomId":
        return cloud.chat.room_for(token.person_key, key_of(value, "ROOM"))
    by_id = named[0] == "toPersonId"
    person = find_person(cloud, value if by_id else None, None if by_id else value)
    return cloud.chat.direct_room(token.person_key, person.key)


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
    mentioned = request.query.get("mentionedPeople")
    if mentioned is None:
        return False
    if mentioned != "me" and key_of(mentioned, "PEOPLE") != token.person_key:
        raise bad_request("'mentionedPeople' can only be 'me' or the id of the caller.")
    return True


def _matching(request: web.Request, cloud: Cloud, token: Token, room: Room) -> Iterator[Message]:
    messages = cloud.chat.newest_first(room, _before_message(request, cloud, token))
    before = _date(request.query.get("before"))
    if before:
        messages = (message for message in messages if message.created < before)
    if "parentId" in request.query:
        root = key_of(request.query["parentId"], "MESSAGE")
        messages = (message for message in messages if message.parent_key == root)
    if "mentionedPeople" in request.query:
        messages = (
            message for message in messages if token.person_key in message.content.mentioned
        )
    return messages


def _before_message(request: web.Request, cloud: Cloud, token: Token) -> Message | None:
    message_id = request.query.get("beforeMessage")
    return (
        cloud.chat.message_for(token.person_key, key_of(message_id, "MESSAGE"))
        if message_id
        else None
    )


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
    request: web.Request, cloud: Cloud, messages: Iterator[Message], *, mentions: bool
) -> web.Response:
    size = page_size(request, 50, MAX_MENTIONS_PAGE if mentions else MAX_PAGE)
    page = list(islice(messages, size + 1))
    rest = page[size:]
    headers = (
        next_link(request, beforeMessage=public_id("MESSAGE", page[size - 1].key)) if rest else {}
    )
    return list_response([message_json(cloud, message) for message in page[:size]], headers)


async def list_direct(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /messages/direct?personEmail=…: the direct room with a person; 404 if there is none."""
    person = find_person(cloud, request.query.get("personId"), request.query.get("personEmail"))
    room = cloud.chat.find_direct(token.person_key, person.key)
    if room is None:
        raise not_found("Failed to get one on one conversation")
    return _page(request, cloud, _matching(request, cloud, token, room), mentions=False)


def message_from_path(request: web.Request, cloud: Cloud, token: Token) -> Message:
    """Return the message of the path; 404 unless the caller can see it."""
    key = key_of(request.match_info["message_id"], "MESSAGE")
    return cloud.chat.message_for(token.person_key, key)


async def get_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """GET /messages/{messageId}; others than the author may have to wait for it.

    See docs/webex/messaging.md §5, item 5.
    """
    message = message_from_path(request, cloud, token)
    age = (cloud.clock.now() - message.created).total_seconds()
    if age < cloud.settings.message_get_lag_s and message.person_key != token.person_key:
        raise not_found(NO_MESSAGE)
    return json_response(message_json(cloud, message))


async def edit_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """PUT /messages/{messageId}: change the text of the caller's message."""
    message = message_from_path(request, cloud, token)
    body = await json_body(request)
    room_key = key_of(required_text(body, "roomId"), "ROOM")
    if body.get("html") and body.get("markdown"):
        raise bad_request("'html' cannot be given together with 'markdown'.")
    if not (body.get("text") or body.get("markdown")):
        raise bad_request("One of 'text' or 'markdown' is required.")
    cloud.chat.edit(token.person_key, message, room_key, draft_from_body(body))
    return json_response(message_json(cloud, message))


async def delete_message(request: web.Request, cloud: Cloud, token: Token) -> web.Response:
    """DELETE /messages/{messageId}."""
    cloud.chat.delete(token.person_key, message_from_path(request, cloud, token))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("POST", "/messages", create_message, MESSAGING),
    Endpoint("GET", "/messages", list_messages, MESSAGING),
    Endpoint("GET", "/messages/direct", list_direct, MESSAGING),
    Endpoint("GET", "/messages/{message_id}", get_message, MESSAGING),
    Endpoint("PUT", "/messages/{message_id}", edit_message, MESSAGING),
    Endpoint("DELETE", "/messages/{message_id}", delete_message, MESSAGING),
]
