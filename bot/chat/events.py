"""Turns a frame of the socket into an event, or into nothing. Pure.

Shapes: docs/webex/messaging.md §1.4 and §2. The contents of real frames are encrypted, so an event
only carries ids; the message or press itself is fetched over REST.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.webex.responses import timestamp

# The values are stored in the inbox: they stay as they are.
MESSAGE, CARD_ACTION, JOINED = "said", "pressed", "welcomed"
KIND_LABELS = {MESSAGE: "message", CARD_ACTION: "card_action", JOINED: "joined"}
_KIND_OF_VERB = {
    "post": MESSAGE,
    "share": MESSAGE,
    "cardAction": CARD_ACTION,
    "add": JOINED,
    "create": JOINED,
}
_EDITING = ("post", "share", "update")


@dataclass(frozen=True)
class Event:
    """Something a person did. Its ids are uuids, not REST ids.

    `id` is the activity's uuid: of a message its own, of an edit another one. Of a join, which REST
    reports as well, it is made from the space.
    """

    id: str
    kind: str
    room: str
    actor: str
    direct: bool
    host: str  # of the conversation service: tells the cluster of public ids
    message: str = ""  # of a press: the card's message; of an edit: the message
    cluster: str = ""  # of the public ids, where it is known
    at: float | None = None  # of a join or an edit: when, in Unix seconds

    @property
    def label(self) -> str:
        """The kind in metrics and the log."""
        return KIND_LABELS[self.kind]

    @property
    def message_key(self) -> str:
        """Of a message and of its edits: the uuid of the message."""
        return self.message or self.id

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Restore an event from its `facts`."""
        return cls(**values)

    def facts(self) -> dict[str, object]:
        """The values that the inbox stores."""
        return {**vars(self)}


def frame(text: str | bytes) -> dict[str, Any]:
    """Decode a text or binary frame; empty if it is no JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read(message: Mapping[str, Any], me: str) -> Event | None:
    """The event in a frame, if it concerns the bot `me` (its uuid)."""
    data = message.get("data")
    if not isinstance(data, dict) or data.get("eventType") != "conversation.activity":
        return None
    activity = data.get("activity")
    try:
        if isinstance(activity, dict) and _is_for_bot(activity, me):
            return _event(activity, me)
    except (KeyError, TypeError, AttributeError, UnicodeEncodeError):
        pass  # an undocumented shape
    return None


def _event(activity: dict[str, Any], me: str) -> Event | None:
    edited = _edited_message(activity)
    kind = MESSAGE if edited else _KIND_OF_VERB[activity["verb"]]
    if kind == JOINED and me not in _added_people(activity):
        return None
    target = activity["target"]
    event = Event(
        id=join_id(str(target["id"])) if kind == JOINED else str(activity["id"]),
        kind=kind,
        room=str(target["id"]),
        actor=_uuid(activity["actor"]),
        direct="ONE_ON_ONE" in (target.get("tags") or ()),
        host=str(target.get("url") or ""),
        message=_card_id(activity) if kind == CARD_ACTION else edited,
        at=timestamp(activity.get("published")) if kind == JOINED or edited else None,
    )
    # Raises for half a surrogate pair: it cannot be stored, so Webex would send the frame forever.
    "".join(value for value in event.facts().values() if isinstance(value, str)).encode()
    return event


def _edited_message(activity: Mapping[str, Any]) -> str:
    """The message that was edited; empty if this is no edit.

    There are two forms (docs/webex/messaging.md §2.2). An update of another kind of object is the
    result of a scan, or concerns the space.
    """
    parent, subject = activity.get("parent") or {}, activity.get("object") or {}
    if activity["verb"] in _EDITING and parent.get("type") == "edit":
        return str(parent["id"])
    is_comment = subject.get("objectType") == "comment"
    return str(subject["id"]) if activity["verb"] == "update" and is_comment else ""


def _card_id(press: Mapping[str, Any]) -> str:
    return str((press.get("parent") or {}).get("id") or "")


def join_id(room: str) -> str:
    """The event id of the bot's joining a space. Both the socket and REST report it."""
    return f"welcome {room}"


def _added_people(activity: Mapping[str, Any]) -> list[str]:
    """Who joined the space: one person, or everybody in a new group space (messaging.md §2.5)."""
    subject = activity.get("object") or {}
    if activity["verb"] == "add":
        return [_uuid(subject)]
    if "ONE_ON_ONE" in (activity["target"].get("tags") or ()):
        return []
    return [_uuid(person) for person in (subject.get("participants") or {}).get("items") or ()]


def _is_for_bot(activity: Mapping[str, Any], me: str) -> bool:
    """Whether a person did this: not the bot itself (messaging.md §5 item 20), nor another bot."""
    actor = activity.get("actor") or {}
    return _uuid(actor) != me and actor.get("type", "PERSON") == "PERSON"


def _uuid(person: Mapping[str, Any]) -> str:
    return str(person.get("entryUUID") or person.get("id") or "")
