"""Visibility rules: bots see less than people (docs/webex/messaging.md §2.1, §3.5)."""

from sandbox.chat_model import Action, ChatEvent, Message, Room
from sandbox.people import Person


def sees_message(viewer: Person, room: Room, message: Message) -> bool:
    """Whether the viewer sees it. In a group a bot sees only its own messages and its mentions."""
    if viewer.key not in room.members:
        return False
    if not viewer.is_bot or room.kind == "direct":
        return True
    return message.person_key == viewer.key or viewer.key in message.content.mentioned


def sees_action(viewer: Person, room: Room, action: Action) -> bool:
    """Whether the viewer sees it. In a group a bot sees only presses on its own cards."""
    if viewer.key not in room.members:
        return False
    return not viewer.is_bot or room.kind == "direct" or action.card_author_key == viewer.key


def hears(listener: Person, event: ChatEvent) -> bool:
    """Whether this person's devices receive the event."""
    if listener.key == event.person_key:
        return True  # a person who joins or leaves always receives it
    if listener.key not in event.room.members:
        return False
    if event.message is not None:
        return sees_message(listener, event.room, event.message)
    if event.action is not None:
        return sees_action(listener, event.room, event.action)
    return not listener.is_bot or event.verb == "create" or event.room.kind == "direct"


def audience(event: ChatEvent) -> set[str]:
    """Return the keys of all people who might receive the event."""
    return {*event.room.members, *([event.person_key] if event.person_key else [])}
