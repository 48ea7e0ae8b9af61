"""The entities of a chat. Keys are uuids; times are timezone-aware."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

RoomKind = Literal["direct", "group"]
ScanState = Literal["pending", "safe"]
Verb = Literal[
    "post",
    "share",
    "update",
    "edit",
    "delete",
    "cardAction",
    "create",
    "rename",
    "add",
    "leave",
    "assignModerator",
    "unassignModerator",
]


@dataclass
class File:
    """An uploaded file."""

    name: str
    content_type: str
    data: bytes
    state: ScanState = "safe"


@dataclass(frozen=True)
class Draft:
    """The content of a message before it is validated.

    ``parent`` is an id as the caller wrote it. ``attachments`` is the JSON list of the request.
    """

    text: str | None = None
    markdown: str | None = None
    html: str | None = None
    parent: str | None = None
    files: tuple[File, ...] = ()
    attachments: Any = None


@dataclass(frozen=True)
class MessageContent:
    """A text in its three renderings, and the people it mentions (keys)."""

    text: str | None = None
    markdown: str | None = None
    html: str | None = None
    mentioned: tuple[str, ...] = ()
    mentions_all: bool = False


@dataclass
class Message:
    """A message. ``key`` is the uuid of its activity; ``seq`` the number of its last change.

    ``number`` counts up through all messages ever posted.
    """

    key: str
    room_key: str
    person_key: str
    created: datetime
    content: MessageContent
    parent_key: str | None = None
    files: tuple[File, ...] = ()
    card: dict[str, Any] | None = None
    updated: datetime | None = None
    edits: int = 0
    number: int = 0
    seq: int = 0


@dataclass(frozen=True)
class Membership:
    """A person's membership in a room."""

    room_key: str
    person_key: str
    created: datetime
    is_moderator: bool = False

    @property
    def key(self) -> str:
        """``<person uuid>:<room uuid>``, as in public ids."""
        return f"{self.person_key}:{self.room_key}"


@dataclass
class Room:
    """A room with its messages, in the order of posting and in the order of their last change.

    ``read_up_to`` has the number of the last message that each person (by key) has read.
    """

    key: str
    kind: RoomKind
    title: str
    creator_key: str
    created: datetime
    last_activity: datetime
    members: dict[str, Membership] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    by_change: dict[str, Message] = field(default_factory=dict)
    read_up_to: dict[str, int] = field(default_factory=dict)
    seq: int = 0

    def changed_after(self, seq: int) -> list[Message]:
        """Return the messages that changed after that number, in the order of posting."""
        changed = takewhile(lambda message: message.seq > seq, reversed(self.by_change.values()))
        return sorted(changed, key=lambda message: message.number)


@dataclass(frozen=True)
class Action:
    """A pressed button of a card. ``key`` is the uuid of the activity."""

    key: str
    message_key: str
    card_author_key: str
    room_key: str
    person_key: str
    inputs: dict[str, Any]
    created: datetime


@dataclass(frozen=True)
class ChatEvent:
    """An event in a room; every event becomes an activity.

    ``message`` belongs to post, share, update, edit and delete; ``action`` to cardAction;
    ``person_key`` to membership events.
    """

    verb: Verb
    key: str
    room: Room
    actor_key: str
    at: datetime
    message: Message | None = None
    action: Action | None = None
    person_key: str | None = None
