"""Playing a person: saying things, sending files, pressing buttons, and reading what came back."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from aiohttp import web

from sandbox.chat_model import Draft, File, Message, Room
from sandbox.cloud import Cloud
from sandbox.control.buttons import submitted
from sandbox.control.fields import number_in, person_in, room_in
from sandbox.control.files import file_facts
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, json_body
from sandbox.ids import key_of
from sandbox.messaging.drafts import read_form
from sandbox.messaging.fields import flag, required_text, text_field
from sandbox.messaging.present import action_json, message_json
from sandbox.people import Person
from sandbox.problems import bad_request, not_found
from sandbox.tokens import Token
from sandbox.words import mention_of

MAX_WAIT_SECONDS: Final = 60.0


async def say(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/say."""
    body = await json_body(request)
    return _said(cloud, body, ())


async def send_file(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/files: a form with one part ``file``."""
    body, files = await read_form(request, "file")
    return _said(cloud, body | {"mention": body.get("mention") == "true"}, files)


def _said(cloud: Cloud, body: Mapping[str, Any], files: tuple[File, ...]) -> web.Response:
    person = person_in(body, cloud)
    message = _said_before(cloud, body, person) or _post(cloud, body, person, files)
    return answer(_shown(cloud, message) | {"seq": cloud.changes.seq})


def _said_before(cloud: Cloud, body: Mapping[str, Any], person: Person) -> Message | None:
    """What came of the same attempt, if its answer was lost; 404 if it was deleted since."""
    temp_id = text_field(body, "clientTempId")
    key = cloud.attempts.message_of(person.key, temp_id) if temp_id else None
    return cloud.chat.message_for(person.key, key) if key else None


def _post(
    cloud: Cloud, body: Mapping[str, Any], person: Person, files: tuple[File, ...]
) -> Message:
    room = room_in(body, cloud, person)
    mentioned = cloud.bot if flag(body, "mention") and room.kind == "group" else None
    message = cloud.chat.post(person.key, room, _draft(body, files, mentioned))
    temp_id = text_field(body, "clientTempId")
    if temp_id:
        cloud.attempts.note(person.key, temp_id, message.key)
    return message


def _draft(body: Mapping[str, Any], files: tuple[File, ...], mentioned: Person | None) -> Draft:
    text, markdown = text_field(body, "text"), text_field(body, "markdown")
    parent = text_field(body, "parentId")
    if mentioned is None:
        return Draft(text=text, markdown=markdown, parent=parent, files=files)
    if markdown:
        named = f"<@personEmail:{mentioned.email}|{mentioned.display_name}> {markdown}"
        return Draft(markdown=named, parent=parent, files=files)
    words = escape(text or "", quote=False).replace("\n", "<br>")
    return Draft(html=f"<p>{mention_of(mentioned)} {words}</p>", parent=parent, files=files)


async def edit(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/edit."""
    body = await json_body(request)
    person, message = _person_and_message(body, cloud)
    draft = Draft(text=text_field(body, "text"), markdown=text_field(body, "markdown"))
    cloud.chat.edit(person.key, message, message.room_key, draft)
    return answer(_shown(cloud, message))


async def delete(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/delete."""
    person, message = _person_and_message(await json_body(request), cloud)
    cloud.chat.delete(person.key, message)
    return answer({"seq": cloud.changes.seq})


async def press(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/press: a button by its ``title``, or crafted ``data``."""
    body = await json_body(request)
    person, message = _person_and_message(body, cloud)
    if message.card is None:
        raise not_found("The message has no card.")
    action = cloud.chat.press(person.key, message, _inputs(body, message.card))
    return answer(action_json(action) | {"seq": cloud.changes.seq})


def _inputs(body: Mapping[str, Any], card: dict[str, Any]) -> dict[str, Any]:
    given, data = body.get("inputs") or {}, body.get("data") or {}
    if not isinstance(given, dict) or not isinstance(data, dict):
        raise bad_request("'inputs' and 'data' must be objects.")
    title = text_field(body, "title")
    return {**data, **given} if title is None else submitted(card, title, given)


def _person_and_message(body: Mapping[str, Any], cloud: Cloud) -> tuple[Person, Message]:
    person = person_in(body, cloud)
    key = key_of(required_text(body, "messageId"), "MESSAGE")
    return person, cloud.chat.message_for(person.key, key)


async def messages(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/messages: oldest first; with ``after`` only what changed since that number.

    With ``wait`` as well it answers as soon as something changed, or after so many seconds.
    """
    person = person_in(request.query, cloud)
    room = room_in(request.query, cloud, person)
    after = int(number_in(request.query, "after"))
    if "after" in request.query:
        await _changed(cloud, room, after, min(number_in(request.query, "wait"), MAX_WAIT_SECONDS))
    found = [_shown(cloud, message) for message in room.changed_after(after)]
    return answer({"messages": found, "seq": cloud.changes.seq})


async def _changed(cloud: Cloud, room: Room, after: int, patience: float) -> None:
    """Return when the room changed after that number, or when patience runs out."""
    deadline = cloud.changes.deadline(patience)
    while room.seq <= after and await cloud.changes.next(deadline):
        pass


def _shown(cloud: Cloud, message: Message) -> dict[str, Any]:
    """The REST shape, with what a client would ask for besides: what the files are."""
    names = [file.name for file in message.files]
    more = {"fileNames": names, "fileFacts": file_facts(message), "seq": message.seq}
    temp_id = cloud.attempts.id_of(message.key)
    return message_json(cloud, message) | more | ({"clientTempId": temp_id} if temp_id else {})


ENDPOINTS: Final = [
    Endpoint("POST", "/say", say, NO_TOKEN),
    Endpoint("POST", "/files", send_file, NO_TOKEN),
    Endpoint("POST", "/edit", edit, NO_TOKEN),
    Endpoint("POST", "/delete", delete, NO_TOKEN),
    Endpoint("POST", "/press", press, NO_TOKEN),
    Endpoint("GET", "/messages", messages, NO_TOKEN),
]
