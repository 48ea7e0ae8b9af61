"""Who gets to see and hear what; bots see less than people do (webex-messaging.md §2.1, §3.5)."""

from sandbox.chat_model import Action, ChatEvent, Message, Room
from sandbox.people import Person


def sees_message(viewer: Person, room: Room, message: Message) -> bool:
    """People see all of their rooms; a bot in a group sees its own messages and its mentions."""
    if viewer.key not in room.members:
        return False
    if not viewer.is_bot or room.kind == "direct":
        return True
    return message.person_key == viewer.key or viewer.key in message.words.mentioned


def sees_action(viewer: Person, room: Room, action: Action) -> bool:
    """In a group a bot learns of presses on its own cards only."""
    if viewer.key not in room.members:
        return False
    return not viewer.is_bot or room.kind == "direct" or action.card_author_key == viewer.key


def hears(listener: Person, event: ChatEvent) -> bool:
    """Whether this person's devices are told of the event."""
    if listener.key == event.person_key:
        return True  # whoever comes or goes is told, a member (still) or not
    if listener.key not in event.room.members:
        return False
    if event.message is not None:
        return sees_message(listener, event.room, event.message)
    if event.action is not None:
        return sees_action(listener, event.room, event.action)
    return not listener.is_bot or event.verb == "create" or event.room.kind == "direct"


def audience(event: ChatEvent) -> set[str]:
    """The keys of all people who might hear of the event."""
    return {*event.room.members, *([event.person_key] if event.person_key else [])}
