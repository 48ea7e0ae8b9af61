"""Actions on the running cloud: on its sockets, its tokens, and on behalf of its people."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sandbox.chat_model import Draft, File, Message, Room
from sandbox.cloud import Cloud
from sandbox.control.buttons import action_inputs, buttons
from sandbox.errors import bad_request, not_found
from sandbox.faults import FaultAction
from sandbox.ids import random_uuid
from sandbox.mercury.hub import Connection, Envelope
from sandbox.people import Person
from sandbox.tokens import TokenKind

Arguments = Mapping[str, Any]

# Larger than the 1 MiB that webex-bot's library accepts by default (docs/webex/messaging.md §1.6).
HUGE_FRAME_BYTES: Final = 2 * 1024 * 1024
BURST: Final = 100


def perform(cloud: Cloud, act: FaultAction) -> None:
    """Run the action; raises ApiError (400 or 404) if it cannot be done."""
    ACTIONS[act.name](cloud, act.arguments)


# Sockets


def drop(cloud: Cloud, _given: Arguments) -> None:
    """Cut the connection of every socket."""
    for connection in cloud.hub.connections():
        connection.drop()


def close(cloud: Cloud, arguments: Arguments) -> None:
    """Close every socket with ``code`` and ``reason``."""
    for connection in cloud.hub.connections():
        connection.close(int(arguments.get("code", 1000)), str(arguments.get("reason", "")))


def shutdown(cloud: Cloud, arguments: Arguments) -> None:
    """Ask every client to open a new socket; after ``seconds`` the old one is closed with 4001."""
    connections = cloud.hub.connections()
    for connection in connections:
        connection.draining = True
        connection.send_bare({"id": random_uuid(), "type": "shutdown"})
    if "seconds" in arguments:
        cloud.scheduler.after(arguments["seconds"], partial(_close_replaced, connections))


def _close_replaced(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close(4001, "replaced")


def stall(cloud: Cloud, _given: Arguments) -> None:
    """Leave every socket half open: no frames, no pongs, no close."""
    for connection in cloud.hub.connections():
        connection.stall()


def huge_frame(cloud: Cloud, arguments: Arguments) -> None:
    """Send every socket a frame of ``bytes``, with an event that no bot needs."""
    size = arguments.get("bytes", HUGE_FRAME_BYTES)
    data = {"eventType": "featureToggle_update", "padding": "x" * size}
    envelope = Envelope(random_uuid(), json.dumps(data), f"MERCURY_{random_uuid()}")
    for connection in cloud.hub.connections():
        connection.send(envelope)


# People


def say(cloud: Cloud, arguments: Arguments) -> None:
    """Post ``text`` as ``person`` in ``room``.

    ``room`` is a title; by default it is the direct room with the bot.
    """
    person = _acting_person(cloud, arguments)
    _say(cloud, person, _room(cloud, arguments, person), arguments)


def burst(cloud: Cloud, arguments: Arguments) -> None:
    """Post ``text`` as ``person`` ``count`` times at once."""
    person = _acting_person(cloud, arguments)
    room = _room(cloud, arguments, person)
    for _ in range(arguments.get("count", BURST)):
        _say(cloud, person, room, arguments)


def _say(cloud: Cloud, person: Person, room: Room, arguments: Arguments) -> None:
    text = arguments.get("text", "help")
    mention = arguments.get("mention", False) and room.kind == "group"
    name = f"<@personEmail:{cloud.bot.email}|{cloud.bot.display_name}>"
    draft = Draft(markdown=f"{name} {text}") if mention else Draft(text=text)
    cloud.chat.post(person.key, room, draft)


def edit(cloud: Cloud, arguments: Arguments) -> None:
    """Edit the newest message of ``person`` in ``room``."""
    person = _acting_person(cloud, arguments)
    room = _room(cloud, arguments, person)
    message = _newest(cloud, room, lambda candidate: candidate.person_key == person.key)
    cloud.chat.edit(person.key, message, room.key, Draft(text=arguments.get("text", "help")))


def share(cloud: Cloud, arguments: Arguments) -> None:
    """Send a file as ``person``: a share, and an update once the file was scanned."""
    person = _acting_person(cloud, arguments)
    file = File(arguments.get("name", "phones.csv"), "text/csv", b"mac,model\n")
    draft = Draft(text=arguments.get("text"), files=(file,))
    cloud.chat.post(person.key, _room(cloud, arguments, person), draft)


def press(cloud: Cloud, arguments: Arguments) -> None:
    """Press the button ``title`` of the newest card that has one, as several ``people`` at once."""
    people = [_find_person(cloud, email) for email in arguments["people"]]
    title, inputs = arguments["title"], arguments.get("inputs", {})

    def has_button(message: Message) -> bool:
        card = message.card
        return card is not None and any(button.title == title for button in buttons(card))

    for person in people:
        room = _room(cloud, arguments, person)
        card = _newest(cloud, room, has_button)
        cloud.chat.press(person.key, card, action_inputs(card.card or {}, title, inputs))


def _newest(cloud: Cloud, room: Room, matches: Callable[[Message], bool]) -> Message:
    for message in cloud.chat.newest_first(room):
        if matches(message):
            return message
    raise not_found("There is no such message in the room.")


def _acting_person(cloud: Cloud, arguments: Arguments) -> Person:
    return _find_person(cloud, arguments["person"])


def _find_person(cloud: Cloud, email: str) -> Person:
    person = cloud.person_by_email(email)
    if person is None:
        raise not_found(f"Nobody here has the address {email}.")
    return person


def _room(cloud: Cloud, arguments: Arguments, person: Person) -> Room:
    title = arguments.get("room")
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


def tokens(cloud: Cloud, arguments: Arguments) -> None:
    """``expire`` or ``revoke`` every ``token`` of a kind; open sockets are closed."""
    kind = TOKEN_KINDS.get(arguments["token"])
    if kind is None:
        raise bad_request(f"'token' must be one of {', '.join(TOKEN_KINDS)}.")
    end = cloud.tokens.revoke if arguments["action"] == "revoke" else cloud.tokens.expire
    ended = {token.value for token in cloud.tokens.of_kind(kind)}
    for value in ended:
        end(value)
    for connection in cloud.hub.connections():
        if connection.token in ended:
            connection.close(4401, "Authorization failed")


ACTIONS: Final[Mapping[str, Callable[[Cloud, Arguments], None]]] = {
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
