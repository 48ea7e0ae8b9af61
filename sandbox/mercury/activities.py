"""Chat events as the activities that devices receive (docs/webex/messaging.md §2).

Ids here are raw uuids. Nothing is encrypted and no ``encryptionKeyUrl`` is sent, so clients use the
text as it is (messaging.md §2.1).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.chat_model import ChatEvent, File, Message, Room
from sandbox.clock import webex_date
from sandbox.ids import key_of, public_id
from sandbox.people import Person

_WIRE_VERBS: Final = {"edit": "post", "rename": "update"}
_OBJECT_ID: Final = re.compile(r'(?<=data-object-id=")[^"]+')


@dataclass(frozen=True)
class ActivityContext:
    """What an activity refers to besides the event. ``conversation_url`` has no trailing slash."""

    people: dict[str, Person]
    conversation_url: str


def activity_of(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    """Return the activity of an event."""
    actor = context.people[event.actor_key]
    return {
        "id": event.key,
        "objectType": "activity",
        "url": f"{context.conversation_url}/activities/{event.key}",
        "published": webex_date(event.at),
        "verb": _WIRE_VERBS.get(event.verb, event.verb),
        "actor": _person(actor) | {"type": "BOT" if actor.is_bot else "PERSON"},
        **_OBJECTS[event.verb](event, context),
        "target": _target(event.room, context),
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.key,
        "objectType": "person",
        "displayName": person.display_name,
        "orgId": person.org_key,
        "emailAddress": person.email,
        "entryUUID": person.key,
    }


def _target(room: Room, context: ActivityContext) -> dict[str, Any]:
    return {
        "id": room.key,
        "objectType": "conversation",
        "url": f"{context.conversation_url}/conversations/{room.key}",
        "participants": {"items": []},
        "activities": {"items": []},
        "tags": ["ONE_ON_ONE"] if room.kind == "direct" else [],
        "globalId": public_id("ROOM", room.key),
    }


def _message(event: ChatEvent) -> Message:
    if event.message is None:
        raise ValueError(f"A {event.verb} needs its message.")
    return event.message


def _post(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    message = _message(event)
    thread = {"parent": {"id": message.parent_key, "type": "reply"}} if message.parent_key else {}
    return {**thread, "object": {"objectType": "comment", **_message_object(message, context)}}


def _edit(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    message = _message(event)
    edited = {"objectType": "comment", **_message_object(message, context)}
    return {"parent": {"id": message.key, "type": "edit"}, "object": edited}


def _message_object(message: Message, context: ActivityContext) -> dict[str, Any]:
    content = message.content
    mentioned = [_mention(context.people[key]) for key in content.mentioned]
    everybody = [{"objectType": "groupMention", "groupType": "all"}] if content.mentions_all else []
    parts: dict[str, Any] = {
        "displayName": content.text,
        "content": content.html and _OBJECT_ID.sub(lambda m: key_of(m[0], "PEOPLE"), content.html),
        "mentions": {"items": mentioned} if mentioned else None,
        "groupMentions": {"items": everybody} if everybody else None,
        "cards": [json.dumps(message.card)] if message.card else None,
    }
    return {name: part for name, part in parts.items() if part}


def _mention(person: Person) -> dict[str, Any]:
    return {"id": person.key, "objectType": "person", "displayName": person.display_name}


def _share(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    message = _message(event)
    return _post(event, context) | {"object": _content(message) | _message_object(message, context)}


def _update(event: ChatEvent, _around: ActivityContext) -> dict[str, Any]:
    message = _message(event)
    return {"object": _content(message) | {"id": message.key}}


def _content(message: Message) -> dict[str, Any]:
    files = [_file(file) for file in message.files]
    category = _category(message.files[0].content_type)
    return {"objectType": "content", "contentCategory": category, "files": {"items": files}}


def _file(file: File) -> dict[str, Any]:
    return {
        "objectType": "file",
        "displayName": file.name,
        "mimeType": file.content_type,
        "fileSize": len(file.data),
        "malwareQuarantineState": file.state,
    }


def _category(content_type: str) -> str:
    family = content_type.partition("/")[0]
    return {"image": "images", "video": "videos"}.get(family, "documents")


def _delete(event: ChatEvent, _around: ActivityContext) -> dict[str, Any]:
    return {"object": {"objectType": "activity", "id": _message(event).key}}


def _create(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    # The JS SDK expects the room in the object here, and in the target everywhere else.
    members = [_person(context.people[key]) for key in event.room.members]
    return {"object": _target(event.room, context) | {"participants": {"items": members}}}


def _rename(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    return {"object": _target(event.room, context) | {"displayName": event.room.title}}


def _member(event: ChatEvent, context: ActivityContext) -> dict[str, Any]:
    if event.person_key is None:
        raise ValueError(f"A {event.verb} needs its person.")
    return {"object": _person(context.people[event.person_key])}


def _card_action(event: ChatEvent, _around: ActivityContext) -> dict[str, Any]:
    if event.action is None:
        raise ValueError("A cardAction needs its action.")
    return {
        "parent": {"id": event.action.message_key, "type": "cardAction"},
        "object": {"objectType": "submit", "inputs": json.dumps(event.action.inputs)},
    }


_OBJECTS: Final[dict[str, Callable[[ChatEvent, ActivityContext], dict[str, Any]]]] = {
    "post": _post,
    "share": _share,
    "update": _update,
    "edit": _edit,
    "delete": _delete,
    "create": _create,
    "rename": _rename,
    "assignModerator": _member,
    "unassignModerator": _member,
    "add": _member,
    "leave": _member,
    "cardAction": _card_action,
}
