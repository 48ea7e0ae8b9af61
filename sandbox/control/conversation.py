"""Play a person: post messages and files, press buttons, and read the answers."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from aiohttp import web

from sandbox.chat_model import Draft, File, Message, Room
from sandbox.cloud import Cloud
from sandbox.control.buttons import action_inputs
from sandbox.control.fields import number_from, person_from, room_from
from sandbox.control.files import file_facts
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response
from sandbox.errors import bad_request, not_found
from sandbox.ids import key_of
from sandbox.message_text import mention_of
from sandbox.messaging.drafts import read_form
from sandbox.messaging.fields import bool_field, required_text, text_field
from sandbox.messaging.json_views import action_json, message_json
from sandbox.people import Person
from sandbox.tokens import Token

MAX_WAIT_SECONDS: Final = 60.0


async def say(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/say."""
    body = await json_body(request)
    return _post_or_repeat(cloud, body, ())


async def send_file(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/files: a form with one part ``file``."""
    body, files = await read_form(request, "file")
    return _post_or_repeat(cloud, body | {"mention": body.get("mention") == "true"}, files)


def _post_or_repeat(cloud: Cloud, body: Mapping[str, Any], files: tuple[File, ...]) -> web.Response:
    person = person_from(body, cloud)
    message = _posted_before(cloud, body, person) or _post(cloud, body, person, files)
    return json_response(_message_view(cloud, message) | {"seq": cloud.event_log.seq})


def _posted_before(cloud: Cloud, body: Mapping[str, Any], person: Person) -> Message | None:
    """Return the message of an earlier attempt with the same id; 404 if it was deleted since."""
    temp_id = text_field(body, "clientTempId")
    key = cloud.idempotency_keys.message_key_for(person.key, temp_id) if temp_id else None
    return cloud.chat.message_for(person.key, key) if key else None


def _post(
    cloud: Cloud, body: Mapping[str, Any], person: Person, files: tuple[File, ...]
) -> Message:
    room = room_from(body, cloud, person)
    message = cloud.chat.post(person.key, room, _draft(body, files, _mentioned(cloud, body, room)))
    temp_id = text_field(body, "clientTempId")
    if temp_id:
        cloud.idempotency_keys.remember(person.key, temp_id, message.key)
    return message


def _mentioned(cloud: Cloud, body: Mapping[str, Any], room: Room) -> Person | None:
    """Return the bot if it is to be mentioned, which makes a difference in group rooms only."""
    return cloud.bot if bool_field(body, "mention") and room.kind == "group" else None


def _draft(body: Mapping[str, Any], files: tuple[File, ...], mentioned: Person | None) -> Draft:
    text, markdown = text_field(body, "text"), text_field(body, "markdown")
    parent = text_field(body, "parentId")
    if mentioned is None:
        return Draft(text=text, markdown=markdown, parent=parent, files=files)
    if markdown:
        mention = f"<@personEmail:{mentioned.email}|{mentioned.display_name}>"
        # In front of a quote or a block of code, the mention would be part of its first line.
        separator = "\n\n" if markdown.startswith((">", "`", "#", "-")) else " "
        named = f"{mention}{separator}{markdown}"
        return Draft(markdown=named, parent=parent, files=files)
    escaped = escape(text or "", quote=False).replace("\n", "<br>")
    return Draft(html=f"<p>{mention_of(mentioned)} {escaped}</p>", parent=parent, files=files)


async def edit(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/edit: a mention of the bot stays, unless ``mention`` is false."""
    body = await json_body(request)
    person, message = _person_and_message(body, cloud)
    if not (text_field(body, "text") or text_field(body, "markdown")):
        raise bad_request("One of 'text' or 'markdown' is required.")
    body = {"mention": cloud.bot_key in message.content.mentioned} | body
    mentioned = _mentioned(cloud, body, cloud.chat.room_of(message))
    cloud.chat.edit(person.key, message, message.room_key, _draft(body, (), mentioned))
    return json_response(_message_view(cloud, message))


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/delete."""
    person, message = _person_and_message(await json_body(request), cloud)
    cloud.chat.delete(person.key, message)
    return json_response({"seq": cloud.event_log.seq})


async def press(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/press: a button by its ``title``, or crafted ``data``.

    With ``validate``, inputs that a client would not submit are refused.
    """
    body = await json_body(request)
    person, message = _person_and_message(body, cloud)
    if message.card is None:
        raise not_found("The message has no card.")
    action = cloud.chat.press(person.key, message, _press_inputs(body, message.card))
    return json_response(action_json(action) | {"seq": cloud.event_log.seq})


def _press_inputs(body: Mapping[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    inputs, data = body.get("inputs") or {}, body.get("data") or {}
    if not isinstance(inputs, dict) or not isinstance(data, dict):
        raise bad_request("'inputs' and 'data' must be objects.")
    title = text_field(body, "title")
    if title is None:
        return {**data, **inputs}
    return action_inputs(card, title, inputs, validate=bool_field(body, "validate"))


def _person_and_message(body: Mapping[str, Any], cloud: Cloud) -> tuple[Person, Message]:
    person = person_from(body, cloud)
    key = key_of(required_text(body, "messageId"), "MESSAGE")
    return person, cloud.chat.message_for(person.key, key)


async def messages(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/messages: oldest first; with ``after`` only those that changed since that
    number.

    With ``wait`` it also waits for the next change, for at most that many seconds.
    """
    person = person_from(request.query, cloud)
    room = room_from(request.query, cloud, person)
    after = int(number_from(request.query, "after"))
    if "after" in request.query:
        await _wait_for_change(
            cloud, room, after, min(number_from(request.query, "wait"), MAX_WAIT_SECONDS)
        )
    changed = [_message_view(cloud, message) for message in room.changed_after(after)]
    return json_response({"messages": changed, "seq": cloud.event_log.seq})


async def _wait_for_change(cloud: Cloud, room: Room, after: int, max_seconds: float) -> None:
    """Return when the room has changed after that number, or at the timeout."""
    deadline = cloud.event_log.deadline(max_seconds)
    while room.seq <= after and await cloud.event_log.next(deadline):
        pass


def _message_view(cloud: Cloud, message: Message) -> dict[str, Any]:
    """Return the message as in the REST API, plus facts about its files."""
    names = [file.name for file in message.files]
    extras = {"fileNames": names, "fileFacts": file_facts(message), "seq": message.seq}
    temp_id = cloud.idempotency_keys.temp_id_for(message.key)
    return message_json(cloud, message) | extras | ({"clientTempId": temp_id} if temp_id else {})


ENDPOINTS: Final = [
    Endpoint("POST", "/say", say, NO_TOKEN),
    Endpoint("POST", "/files", send_file, NO_TOKEN),
    Endpoint("POST", "/edit", edit, NO_TOKEN),
    Endpoint("POST", "/delete", delete, NO_TOKEN),
    Endpoint("POST", "/press", press, NO_TOKEN),
    Endpoint("GET", "/messages", messages, NO_TOKEN),
]
