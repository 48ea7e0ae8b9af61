"""Inboxes: the rooms of every cast member, with the last line and the number of unread messages.

Webex stores how far each person has read, so that all of their clients agree; so does the sandbox.
"""

from itertools import takewhile
from typing import Any, Final

from aiohttp import web

from sandbox.chat_model import Message, Room
from sandbox.cloud import Cloud
from sandbox.control.fields import person_from, room_from
from sandbox.endpoints import NO_TOKEN, Endpoint, json_body, json_response, no_content
from sandbox.ids import public_id
from sandbox.messaging.json_views import room_json
from sandbox.people import Person
from sandbox.tokens import Token

COUNTED: Final = 100  # newest messages of a room; a client shows "99+"
LINE_CHARS: Final = 120


async def inbox(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/inbox: the rooms of every cast member.

    The shape is {people: [{email, unread, rooms: [{id, title, type, lastActivity, unread,
    lastLine}]}]}. ``lastLine`` is {personEmail, text, created} or null. Only the newest 100
    messages of a room are counted.
    """
    cast = [person for person in cloud.people.values() if person.cast]
    return json_response({"people": [_inbox_of(cloud, person) for person in cast]})


def _inbox_of(cloud: Cloud, person: Person) -> dict[str, Any]:
    rooms = [_room(cloud, room, person) for room in cloud.chat.rooms_of(person.key)]
    return {
        "email": person.email,
        "unread": min(sum(room["unread"] for room in rooms), COUNTED),
        "rooms": rooms,
    }


def _room(cloud: Cloud, room: Room, person: Person) -> dict[str, Any]:
    fields = room_json(cloud, room, person.key)
    names = ("id", "title", "type", "lastActivity")
    newest = _newest(cloud, room)
    return {name: fields[name] for name in names} | {
        "unread": _unread(cloud, room, person),
        "lastLine": newest and _line(cloud, newest),
    }


def _unread(cloud: Cloud, room: Room, person: Person) -> int:
    """Count the messages of others that a person has not read yet, up to a limit."""
    read = room.read_up_to.get(person.key, 0)
    newest = cloud.chat.newest(room, COUNTED)
    fresh = takewhile(lambda message: message.number > read, newest)
    return sum(message.person_key != person.key for message in fresh)


def _newest(cloud: Cloud, room: Room) -> Message | None:
    return next(iter(cloud.chat.newest(room, 1)), None)


def _line(cloud: Cloud, message: Message) -> dict[str, Any]:
    return {
        "personEmail": cloud.people[message.person_key].email,
        "text": " ".join(_words(message).split())[:LINE_CHARS],
        "id": public_id("MESSAGE", message.key),
    }


def _words(message: Message) -> str:
    if message.content.text:
        return message.content.text
    return message.files[0].name if message.files else "Card"


async def read(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/read: mark everything in `roomId` as read by `person`."""
    body = await json_body(request)
    person = person_from(body, cloud)
    room = room_from(body, cloud, person)
    newest = _newest(cloud, room)
    if newest and room.read_up_to.get(person.key, 0) < newest.number:
        room.read_up_to[person.key] = newest.number
        cloud.event_log.append("read", email=person.email, roomId=public_id("ROOM", room.key))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/inbox", inbox, NO_TOKEN),
    Endpoint("POST", "/read", read, NO_TOKEN),
]
