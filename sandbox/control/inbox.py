"""What waits for whom: the rooms of everybody who can be played, with the last line and what is unread.

Webex keeps how far each person has read, so that all of one's clients agree; so does the sandbox.
"""

from itertools import takewhile
from typing import Any, Final

from aiohttp import web

from sandbox.chat_model import Message, Room
from sandbox.cloud import Cloud
from sandbox.control.fields import person_in, room_in
from sandbox.endpoints import NO_TOKEN, Endpoint, answer, json_body, no_content
from sandbox.ids import public_id
from sandbox.messaging.present import room_json
from sandbox.people import Person
from sandbox.tokens import Token

COUNTED: Final = 100  # of the newest messages of a room; a client shows "99+"
LINE_CHARS: Final = 120


async def inbox(_request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """GET /control/inbox: {people: [{email, unread, rooms: [{id, title, type, lastActivity, unread, lastLine}]}]}.

    ``lastLine`` is {personEmail, text, created} or null. Only the newest 100 messages of a room are counted.
    """
    cast = [person for person in cloud.people.values() if person.cast]
    return answer({"people": [_inbox_of(cloud, person) for person in cast]})


def _inbox_of(cloud: Cloud, person: Person) -> dict[str, Any]:
    rooms = [_room(cloud, room, person) for room in cloud.chat.rooms_of(person.key)]
    return {
        "email": person.email,
        "unread": min(sum(room["unread"] for room in rooms), COUNTED),
        "rooms": rooms,
    }


def _room(cloud: Cloud, room: Room, person: Person) -> dict[str, Any]:
    shown = room_json(cloud, room, person.key)
    names = ("id", "title", "type", "lastActivity")
    newest = _newest(cloud, room)
    return {name: shown[name] for name in names} | {
        "unread": _unread(cloud, room, person),
        "lastLine": newest and _line(cloud, newest),
    }


def _unread(cloud: Cloud, room: Room, person: Person) -> int:
    """Count the messages of others that a person has not seen yet, up to a limit."""
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
    if message.words.text:
        return message.words.text
    return message.files[0].name if message.files else "Card"


async def read(request: web.Request, cloud: Cloud, _token: Token) -> web.Response:
    """POST /control/read: `person` has seen everything in `roomId` that stands there now."""
    body = await json_body(request)
    person = person_in(body, cloud)
    room = room_in(body, cloud, person)
    newest = _newest(cloud, room)
    if newest and room.read_up_to.get(person.key, 0) < newest.number:
        room.read_up_to[person.key] = newest.number
        cloud.changes.note("read", email=person.email, roomId=public_id("ROOM", room.key))
    return no_content()


ENDPOINTS: Final = [
    Endpoint("GET", "/inbox", inbox, NO_TOKEN),
    Endpoint("POST", "/read", read, NO_TOKEN),
]
