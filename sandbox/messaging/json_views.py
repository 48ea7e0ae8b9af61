"""Chat state as the REST API shows it (docs/webex/messaging.md §2.6, §3.3-3.6)."""

from typing import Any

from sandbox.chat_model import Action, Membership, Message, Room
from sandbox.clock import webex_date
from sandbox.cloud import Cloud
from sandbox.ids import public_id
from sandbox.people import Person


def message_json(cloud: Cloud, message: Message) -> dict[str, Any]:
    """Return a message; missing properties are left out."""
    room = cloud.chat.room_of(message)
    person = cloud.people[message.person_key]
    content = message.content
    optional = {
        "parentId": message.parent_key and public_id("MESSAGE", message.parent_key),
        "text": content.text,
        "markdown": content.markdown,
        "html": content.html,
        "mentionedPeople": [public_id("PEOPLE", key) for key in content.mentioned],
        "mentionedGroups": ["all"] if content.mentions_all else None,
        "files": [content_url(cloud, message, number) for number in range(len(message.files))],
        "attachments": attachments_json(message),
        "updated": message.updated and webex_date(message.updated),
    }
    return {
        "id": public_id("MESSAGE", message.key),
        "roomId": public_id("ROOM", room.key),
        "roomType": room.kind,
        "personId": public_id("PEOPLE", person.key),
        "personEmail": person.email,
        "created": webex_date(message.created),
        **{name: value for name, value in optional.items() if value},
    }


def attachments_json(message: Message) -> list[dict[str, Any]]:
    """Return the card of a message in its envelope, if it has one."""
    if message.card is None:
        return []
    return [{"contentType": "application/vnd.microsoft.card.adaptive", "content": message.card}]


def content_url(cloud: Cloud, message: Message, number: int) -> str:
    """Return the URL of one of the files of a message."""
    return f"{cloud.api_url}/contents/{public_id('CONTENT', f'{message.key}/{number}')}"


def action_json(action: Action) -> dict[str, Any]:
    """Return a card action."""
    return {
        "id": public_id("ATTACHMENT_ACTION", action.key),
        "type": "submit",
        "messageId": public_id("MESSAGE", action.message_key),
        "inputs": action.inputs,
        "personId": public_id("PEOPLE", action.person_key),
        "roomId": public_id("ROOM", action.room_key),
        "created": webex_date(action.created),
    }


def room_json(cloud: Cloud, room: Room, viewer_key: str) -> dict[str, Any]:
    """Return a room as this member sees it; a direct room has the other person's name."""
    return {
        "id": public_id("ROOM", room.key),
        "title": room_title(cloud, room, viewer_key),
        "type": room.kind,
        "isLocked": False,
        "lastActivity": webex_date(room.last_activity),
        "creatorId": public_id("PEOPLE", room.creator_key),
        "created": webex_date(room.created),
        "ownerId": public_id("ORGANIZATION", cloud.organization.key),
        "isPublic": False,
        "isReadOnly": False,
    }


def room_title(cloud: Cloud, room: Room, viewer_key: str) -> str:
    """Return the title, or the name of the other person in a direct room."""
    if room.kind == "group":
        return room.title
    other = next(key for key in room.members if key != viewer_key)
    return cloud.people[other].display_name


def membership_json(cloud: Cloud, room: Room, membership: Membership) -> dict[str, Any]:
    """Return a person's membership in a room."""
    person = cloud.people[membership.person_key]
    return {
        "id": public_id("MEMBERSHIP", membership.key),
        "roomId": public_id("ROOM", room.key),
        "personId": public_id("PEOPLE", person.key),
        "personEmail": person.email,
        "personDisplayName": person.display_name,
        "personOrgId": public_id("ORGANIZATION", person.org_key),
        "isModerator": membership.is_moderator,
        "isMonitor": membership.is_moderator,
        "isRoomHidden": False,
        "roomType": room.kind,
        "created": webex_date(membership.created),
    }


def person_json(person: Person) -> dict[str, Any]:
    """Return the public fields of a person."""
    names = {"firstName": person.first_name, "lastName": person.last_name}
    return {
        "id": public_id("PEOPLE", person.key),
        "emails": [person.email],
        "phoneNumbers": [],
        "displayName": person.display_name,
        "nickName": person.nick_name,
        **({} if person.is_bot else names),
        "userName": person.email,
        "avatar": person.avatar,
        "orgId": public_id("ORGANIZATION", person.org_key),
        "created": webex_date(person.created),
        "status": "unknown",
        "type": person.kind,
        **({"timezone": person.time_zone} if person.time_zone else {}),
    }
