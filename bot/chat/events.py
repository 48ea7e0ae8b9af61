"""From a frame of the socket to an event, or to nothing. Pure.

Shapes: webex-messaging.md §1.4 and §2. On the real wire the contents are encrypted, so an event only
names things; what was said or pressed is fetched over REST.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from bot.chat import text

SAID, PRESSED, WELCOMED = "said", "pressed", "welcomed"
KINDS = (SAID, PRESSED, WELCOMED)
_KINDS = {
    "post": SAID, "share": SAID, "cardAction": PRESSED, "add": WELCOMED, "create": WELCOMED,
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Something a person did. `id` is the activity's uuid, but of a welcome, which the REST API tells
    of as well, it is made of the space. All ids here are uuids, not REST ids.
    """

    id: str
    kind: str
    room: str
    actor: str
    direct: bool
    host: str  # of the conversation service: tells the cluster, and is asked when an id cannot be built
    message: str = ""  # the card's message, for a press
    cluster: str = ""  # where it is known: of the public ids
    at: float | None = None  # when, in Unix seconds; of a welcome

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Back from `facts`."""
        return cls(**values)

    def facts(self) -> dict[str, object]:
        """What the inbox keeps."""
        return {**vars(self)}


def frame(text: str | bytes) -> dict[str, Any]:
    """The decoded frame, text or binary; empty for what is no JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def read(message: Mapping[str, Any], me: str) -> Event | None:
    """The event in a frame, if it is one that concerns the bot `me` (its uuid)."""
    data = message.get("data")
    if not isinstance(data, dict) or data.get("eventType") != "conversation.activity":
        return None
    activity = data.get("activity")
    try:
        return (
            _event(activity, me) if isinstance(activity, dict) and _concerns(activity, me) else None
        )
    except (KeyError, TypeError, AttributeError, UnicodeEncodeError):
        return None  # a shape nobody has documented: not for us


def _event(activity: dict[str, Any], me: str) -> Event | None:
    kind = _KINDS[activity["verb"]]
    if kind == WELCOMED and me not in _let_in(activity):
        return None
    target = activity["target"]
    event = Event(
        id=welcome_id(str(target["id"])) if kind == WELCOMED else str(activity["id"]),
        kind=kind,
        room=str(target["id"]),
        actor=_uuid(activity["actor"]),
        direct="ONE_ON_ONE" in (target.get("tags") or ()),
        host=str(target.get("url") or ""),
        message=str((activity.get("parent") or {}).get("id") or "") if kind == PRESSED else "",
        at=text.moment_of(activity.get("published")) if kind == WELCOMED else None,
    )
    # Half a character cannot be stored; the frame would come again and again, and break each connection.
    "".join(value for value in event.facts().values() if isinstance(value, str)).encode()
    return event


def welcome_id(room: str) -> str:
    """What the inbox knows it by that the bot was let into a space, from wherever it heard of it."""
    return f"welcome {room}"


def _let_in(activity: Mapping[str, Any]) -> list[str]:
    """Who came into the space: one person, or all of a new group space (§2.5)."""
    about = activity.get("object") or {}
    if activity["verb"] == "add":
        return [_uuid(about)]
    if "ONE_ON_ONE" in (activity["target"].get("tags") or ()):
        return []
    return [_uuid(one) for one in (about.get("participants") or {}).get("items") or ()]


def _concerns(activity: Mapping[str, Any], me: str) -> bool:
    """Not our own echo, not another bot, not an edit of something answered before (§5 items 18, 20)."""
    actor = activity.get("actor") or {}
    edited = (activity.get("parent") or {}).get("type") == "edit"
    return (
        activity.get("verb") in _KINDS
        and _uuid(actor) != me
        and actor.get("type", "PERSON") == "PERSON"
        and not edited
    )


def _uuid(person: Mapping[str, Any]) -> str:
    return str(person.get("entryUUID") or person.get("id") or "")
