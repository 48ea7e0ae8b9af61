"""What can be done to the cloud at a moment: to its sockets, its tokens, and in its people's names."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sandbox.chat_model import Draft, File, Message, Room
from sandbox.cloud import Cloud
from sandbox.control.buttons import buttons, submitted
from sandbox.faults import Act
from sandbox.ids import random_uuid
from sandbox.mercury.hub import Envelope, Line
from sandbox.people import Person
from sandbox.problems import bad_request, not_found
from sandbox.tokens import TokenKind

Given = Mapping[str, Any]

# Larger than the 1 MiB that the library of webex-bot takes by default (webex-messaging.md §1.6).
HUGE_FRAME_BYTES: Final = 2 * 1024 * 1024
BURST: Final = 100


def perform(cloud: Cloud, act: Act) -> None:
    """Do it; 400 or 404 as a Problem when it cannot be done."""
    ACTS[act.name](cloud, act.given)


# Sockets


def drop(cloud: Cloud, _given: Given) -> None:
    """Cut the connection of every socket."""
    for line in cloud.hub.lines():
        line.drop()


def close(cloud: Cloud, given: Given) -> None:
    """Close every socket with ``code`` and ``reason``."""
    for line in cloud.hub.lines():
        line.close(int(given.get("code", 1000)), str(given.get("reason", "")))


def shutdown(cloud: Cloud, given: Given) -> None:
    """Ask every client to move to a new socket; after ``seconds`` the old one is closed with 4001."""
    lines = cloud.hub.lines()
    for line in lines:
        line.draining = True
        line.send_bare({"id": random_uuid(), "type": "shutdown"})
    if "seconds" in given:
        cloud.schedule.after(given["seconds"], partial(_replace, lines))


def _replace(lines: list[Line]) -> None:
    for line in lines:
        line.close(4001, "replaced")


def stall(cloud: Cloud, _given: Given) -> None:
    """Half-open sockets: no frames, no pongs, no close."""
    for line in cloud.hub.lines():
        line.stall()


def huge_frame(cloud: Cloud, given: Given) -> None:
    """Send every socket a frame of ``bytes``, of a kind that no bot needs."""
    size = given.get("bytes", HUGE_FRAME_BYTES)
    data = {"eventType": "featureToggle_update", "padding": "x" * size}
    envelope = Envelope(random_uuid(), json.dumps(data), f"MERCURY_{random_uuid()}")
    for line in cloud.hub.lines():
        line.send(envelope)


# People


def say(cloud: Cloud, given: Given) -> None:
    """Let a ``person`` say ``text`` in a ``room``: a title, or else the direct room with the bot."""
    person = _person(cloud, given)
    _say(cloud, person, _room(cloud, given, person), given)


def burst(cloud: Cloud, given: Given) -> None:
    """Let a ``person`` say ``text`` ``count`` times at once."""
    person = _person(cloud, given)
    room = _room(cloud, given, person)
    for _ in range(given.get("count", BURST)):
        _say(cloud, person, room, given)


def _say(cloud: Cloud, person: Person, room: Room, given: Given) -> None:
    text = given.get("text", "help")
    mention = given.get("mention", False) and room.kind == "group"
    name = f"<@personEmail:{cloud.bot.email}|{cloud.bot.display_name}>"
    draft = Draft(markdown=f"{name} {text}") if mention else Draft(text=text)
    cloud.chat.post(person.key, room, draft)


def edit(cloud: Cloud, given: Given) -> None:
    """Let a ``person`` change the newest message of theirs in a ``room``."""
    person = _person(cloud, given)
    room = _room(cloud, given, person)
    message = _newest(cloud, room, lambda one: one.person_key == person.key)
    cloud.chat.edit(person.key, message, room.key, Draft(text=given.get("text", "help")))


def share(cloud: Cloud, given: Given) -> None:
    """Let a ``person`` send a file: a share, and the update once it was scanned."""
    person = _person(cloud, given)
    file = File(given.get("name", "phones.csv"), "text/csv", b"mac,model\n")
    draft = Draft(text=given.get("text"), files=(file,))
    cloud.chat.post(person.key, _room(cloud, given, person), draft)


def press(cloud: Cloud, given: Given) -> None:
    """Let several ``people`` press the button ``title`` of the newest card that has one, at once."""
    people = [_named(cloud, email) for email in given["people"]]
    title, inputs = given["title"], given.get("inputs", {})
    for person in people:
        room = _room(cloud, given, person)
        card = _newest(cloud, room, lambda one: _has_button(one, title))
        cloud.chat.press(person.key, card, submitted(card.card or {}, title, inputs))


def _has_button(message: Message, title: str) -> bool:
    return message.card is not None and any(one.title == title for one in buttons(message.card))


def _newest(cloud: Cloud, room: Room, which: Callable[[Message], bool]) -> Message:
    for message in cloud.chat.newest_first(room):
        if which(message):
            return message
    raise not_found("There is no such message in the room.")


def _person(cloud: Cloud, given: Given) -> Person:
    return _named(cloud, given["person"])


def _named(cloud: Cloud, email: str) -> Person:
    person = cloud.person_by_email(email)
    if person is None:
        raise not_found(f"Nobody here has the address {email}.")
    return person


def _room(cloud: Cloud, given: Given, person: Person) -> Room:
    title = given.get("room")
    if title is None:
        return cloud.chat.direct_room(person.key, cloud.bot_key)
    for room in cloud.chat.rooms_of(person.key):
        if room.title == title:
            return room
    raise not_found(f"{person.email} has no room '{title}'.")


# Tokens

TOKEN_KINDS: Final[Mapping[str, TokenKind]] = {
    "bot": "bot",
    "service_app": "service_app",
    "refresh": "refresh",
}


def tokens(cloud: Cloud, given: Given) -> None:
    """``expire`` or ``revoke`` every ``token`` of a kind; open sockets are closed."""
    kind = TOKEN_KINDS.get(given["token"])
    if kind is None:
        raise bad_request(f"'token' must be one of {', '.join(TOKEN_KINDS)}.")
    end = cloud.tokens.revoke if given["action"] == "revoke" else cloud.tokens.expire
    ended = {token.value for token in cloud.tokens.of_kind(kind)}
    for value in ended:
        end(value)
    for line in cloud.hub.lines():
        if line.token in ended:
            line.close(4401, "Authorization failed")


ACTS: Final[Mapping[str, Callable[[Cloud, Given], None]]] = {
    "drop": drop,
    "close": close,
    "shutdown": shutdown,
    "stall": stall,
    "huge_frame": huge_frame,
    "say": say,
    "burst": burst,
    "edit": edit,
    "share": share,
    "press": press,
    "tokens": tokens,
}
