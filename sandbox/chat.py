"""Rooms, memberships, messages and card actions: state and rules.

There is no HTTP here; a broken rule raises ApiError (docs/webex/messaging.md §3.4-3.6).
"""

import uuid
from bisect import bisect_left
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sandbox.card_validation import validated_card
from sandbox.chat_model import (
    Action,
    ChatEvent,
    Draft,
    Membership,
    Message,
    Room,
    Verb,
)
from sandbox.clock import Clock
from sandbox.errors import bad_request, conflict, forbidden, not_found
from sandbox.ids import activity_uuid, key_of, random_uuid
from sandbox.message_text import compose
from sandbox.people import Person
from sandbox.retention import RetentionQueue
from sandbox.settings import Settings
from sandbox.visibility import sees_action, sees_message

MAX_EDITS: Final = 10
NO_ROOM: Final = "Could not find a room with provided ID."
NO_MESSAGE: Final = "Message not found."

Publish = Callable[[ChatEvent], None]


class Chat:
    """All rooms and their messages. ``publish`` is called for every event."""

    def __init__(
        self, people: Mapping[str, Person], clock: Clock, publish: Publish, settings: Settings
    ) -> None:
        self._people = people
        self._clock = clock
        self._publish = publish
        self._rooms: dict[str, Room] = {}
        self._rooms_of: defaultdict[str, dict[str, Room]] = defaultdict(dict)
        self._messages: dict[str, Message] = {}
        self._actions: OrderedDict[str, Action] = OrderedDict()
        self._retention = RetentionQueue(settings.kept_messages, settings.kept_file_bytes)
        self._max_presses = settings.kept_presses
        self._posted = 0

    # Rooms

    def rooms_of(self, person_key: str) -> list[Room]:
        """Return the rooms of a person, oldest membership first."""
        return list(self._rooms_of[person_key].values())

    def room_for(self, viewer_key: str, room_key: str) -> Room:
        """Return the room, if the viewer is in it; else 404."""
        room = self._rooms_of[viewer_key].get(room_key)
        if room is None:
            raise not_found(NO_ROOM)
        return room

    def find_direct(self, person_key: str, other_key: str) -> Room | None:
        """Return the direct room of two people, if they have one."""
        return self._rooms.get(_direct_key(person_key, other_key))

    def direct_room(self, actor_key: str, other_key: str) -> Room:
        """Return the direct room of two people, creating it if needed.

        400 for the same person twice, 403 for two bots.
        """
        room = self.find_direct(actor_key, other_key)
        if room:
            return room
        if actor_key == other_key:
            raise bad_request("A direct room needs two people.")
        if self._people[actor_key].is_bot and self._people[other_key].is_bot:
            raise forbidden("Bots cannot have direct rooms with other bots.")
        return self._new_room(_direct_key(actor_key, other_key), "", actor_key, (other_key,))

    def create_group(self, creator_key: str, title: str, member_keys: tuple[str, ...] = ()) -> Room:
        """Create a group room; it is not locked, so its creator is no moderator."""
        if not title.strip():
            raise bad_request("A room needs a title.")
        return self._new_room(random_uuid(), title, creator_key, member_keys)

    def _new_room(self, key: str, title: str, creator: str, member_keys: tuple[str, ...]) -> Room:
        now = self._clock.now()
        room = Room(key, "group" if title else "direct", title, creator, now, now)
        self._rooms[key] = room
        for person_key in dict.fromkeys((creator, *member_keys)):
            self._join(room, person_key, now)
        self._publish_event("create", room, creator)
        return room

    def rename(self, actor_key: str, room: Room, title: str) -> None:
        """Change the title of a group room."""
        if room.kind == "direct" or not title.strip():
            raise bad_request("Only group rooms have a title, and it cannot be empty.")
        room.title = title
        self._publish_event("rename", room, actor_key)

    def close(self, actor_key: str, room: Room) -> None:
        """Delete a group room and its contents; all members leave."""
        if room.kind == "direct":
            raise forbidden("Direct rooms cannot be deleted.")
        for person_key in list(room.members):
            self.remove(actor_key, room, person_key)
        del self._rooms[room.key]

    # Memberships

    def add(
        self, actor_key: str, room: Room, person_key: str, *, moderator: bool = False
    ) -> Membership:
        """Add a person to a group room; 409 for a member."""
        if room.kind == "direct":
            raise forbidden("Nobody can be added to a direct room.")
        if person_key in room.members:
            raise conflict("The person is already a member of the room.")
        membership = self._join(room, person_key, self._clock.now(), moderator=moderator)
        self._publish_event("add", room, actor_key, person_key=person_key)
        return membership

    def moderate(
        self, actor_key: str, room: Room, person_key: str, *, moderator: bool
    ) -> Membership:
        """Set or clear the moderator flag of a member."""
        old = room.members[person_key]
        membership = self._join(room, person_key, old.created, moderator=moderator)
        verb: Verb = "assignModerator" if moderator else "unassignModerator"
        self._publish_event(verb, room, actor_key, person_key=person_key)
        return membership

    def remove(self, actor_key: str, room: Room, person_key: str) -> None:
        """Remove a person from a group room."""
        if room.kind == "direct":
            raise forbidden("Nobody can leave a direct room.")
        del room.members[person_key]
        del self._rooms_of[person_key][room.key]
        self._publish_event("leave", room, actor_key, person_key=person_key)

    def _join(
        self, room: Room, person_key: str, at: datetime, *, moderator: bool = False
    ) -> Membership:
        membership = Membership(room.key, person_key, at, moderator)
        room.members[person_key] = membership
        self._rooms_of[person_key][room.key] = room
        return membership

    # Messages

    def message_for(self, viewer_key: str, message_key: str) -> Message:
        """Return the message, if the viewer can see it; else 404, as for an unknown one."""
        message = self._messages.get(message_key)
        if message is None or not self._sees(viewer_key, message):
            raise not_found(NO_MESSAGE)
        return message

    def _sees(self, viewer_key: str, message: Message) -> bool:
        room = self._rooms.get(message.room_key)  # None: the room was deleted, and all in it
        return room is not None and sees_message(self._people[viewer_key], room, message)

    def room_of(self, message: Message) -> Room:
        """Return the room of a message."""
        return self._rooms[message.room_key]

    def newest_first(self, room: Room, before: Message | None = None) -> Iterator[Message]:
        """Iterate over the messages of a room, or those before the given one, newest first."""
        end = bisect_left(room.messages, before.number, key=_number) if before else None
        return reversed(room.messages[:end])

    def newest(self, room: Room, count: int) -> list[Message]:
        """Return the newest ``count`` messages, newest first."""
        return list(islice(reversed(room.messages), count))

    def post(self, author_key: str, room: Room, draft: Draft) -> Message:
        """Post a message in a room; 400 if the draft breaks a rule."""
        if not (draft.text or draft.markdown or draft.html or draft.files or draft.attachments):
            raise bad_request("One of 'text', 'markdown', 'files' or 'attachments' is required.")
        if len(draft.files) > 1:
            raise bad_request("A message may have one file only.")
        self._posted += 1
        message = Message(
            key=activity_uuid(),
            room_key=room.key,
            person_key=author_key,
            created=self._clock.now(),
            content=compose(draft, self._members(room)),
            parent_key=self._root(room, draft.parent),
            files=draft.files,
            card=None if draft.attachments is None else validated_card(draft.attachments),
            number=self._posted,
        )
        self._store(room, message)
        return message

    def _store(self, room: Room, message: Message) -> None:
        self._messages[message.key] = message
        room.messages.append(message)
        for old in self._retention.add(message):
            self._delete_old(old)
        room.last_activity = message.created
        if not message.files:
            self._publish_event("post", room, message.person_key, key=message.key, message=message)
            return
        # The upload is announced before it is scanned, and again when the scan found it safe.
        self._publish_event("share", room, message.person_key, key=message.key, message=message)
        for file in message.files:
            file.state = "safe"
        self._publish_event("update", room, message.person_key, message=message)

    def _delete_old(self, message: Message) -> None:
        """Delete an old message and its files without an event."""
        room = self._rooms.get(message.room_key)
        if self._messages.pop(message.key, None) is not None and room is not None:
            del room.messages[bisect_left(room.messages, message.number, key=_number)]
            room.by_change.pop(message.key, None)
        message.files = ()

    def _members(self, room: Room) -> dict[str, Person]:
        return {key: self._people[key] for key in room.members}

    def _root(self, room: Room, parent: str | None) -> str | None:
        """Return the key of the thread's first message; threads are one level deep."""
        if parent is None:
            return None
        message = self._messages.get(key_of(parent, "MESSAGE"))
        if message is None or message.room_key != room.key:
            raise bad_request("The parent message could not be found in this room.")
        if message.parent_key is not None:
            raise bad_request("A reply cannot be replied to; use the first message of its thread.")
        return message.key

    def edit(self, editor_key: str, message: Message, room_key: str, draft: Draft) -> None:
        """Edit a message as its author, at most ten times (docs/webex/messaging.md §3.5)."""
        if message.person_key != editor_key:
            raise forbidden("Only the author of a message can edit it.")
        if message.room_key != room_key:
            raise bad_request("The 'roomId' is not the room of the message.")
        if message.files or message.card is not None or draft.attachments is not None:
            raise bad_request("Messages with files or attachments cannot be edited.")
        if message.edits >= MAX_EDITS:
            raise bad_request(f"A message can be edited {MAX_EDITS} times at most.")
        room = self._rooms[room_key]
        message.content = compose(draft, self._members(room))
        message.updated = self._clock.now()
        message.edits += 1
        self._publish_event("edit", room, editor_key, message=message)

    def delete(self, actor_key: str, message: Message) -> None:
        """Delete a message as its author or as a moderator; replies stay."""
        room = self._rooms[message.room_key]
        if message.person_key != actor_key and not room.members[actor_key].is_moderator:
            raise forbidden("Only its author or a moderator can delete a message.")
        del self._messages[message.key]
        del room.messages[bisect_left(room.messages, message.number, key=_number)]
        self._publish_event("delete", room, actor_key, message=message)

    # Card actions

    def press(self, actor_key: str, message: Message, inputs: dict[str, Any]) -> Action:
        """Submit a card, which stays and can be submitted again by anyone who sees it."""
        if message.card is None:
            raise bad_request("The message has no card.")
        action = Action(
            key=activity_uuid(),
            message_key=message.key,
            card_author_key=message.person_key,
            room_key=message.room_key,
            person_key=actor_key,
            inputs=inputs,
            created=self._clock.now(),
        )
        self._actions[action.key] = action
        if len(self._actions) > self._max_presses:
            self._actions.popitem(last=False)
        room = self._rooms[message.room_key]
        self._publish_event("cardAction", room, actor_key, key=action.key, action=action)
        return action

    def action_for(self, viewer_key: str, action_key: str) -> Action:
        """Return the action, if the viewer can see it; else 404."""
        action = self._actions.get(action_key)
        room = self._rooms.get(action.room_key) if action else None
        if not action or not room or not sees_action(self._people[viewer_key], room, action):
            raise not_found()
        return action

    def _publish_event(
        self,
        verb: Verb,
        room: Room,
        actor_key: str,
        *,
        key: str | None = None,
        **details: Any,
    ) -> None:
        now = self._clock.now()
        self._publish(ChatEvent(verb, key or activity_uuid(), room, actor_key, now, **details))


def _direct_key(person_key: str, other_key: str) -> str:
    """Return the key of two people's direct room, which is the same from both sides."""
    return str(
        uuid.uuid5(uuid.NAMESPACE_URL, "direct:" + ":".join(sorted((person_key, other_key))))
    )


def _number(message: Message) -> int:
    return message.number
