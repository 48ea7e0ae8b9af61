"""Chat events as webhooks tell of them, and to whom (webex-messaging.md §3.7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.chat_model import ChatEvent, Membership
from sandbox.cloud import Cloud
from sandbox.ids import public_id
from sandbox.messaging.present import action_json, membership_json, message_json, room_json
from sandbox.messaging.webhooks import webhook_json
from sandbox.people import Person
from sandbox.visibility import hears
from sandbox.webhook_rules import Webhook

# The words of a message and the inputs of a card are never told: they are fetched.
MESSAGE_FACTS: Final = (
    "id", "roomId", "roomType", "personId", "personEmail", "mentionedPeople", "files", "created",
)  # fmt: skip
ACTION_FACTS: Final = ("id", "type", "messageId", "personId", "roomId", "created")

MESSAGE_EVENTS: Final = {
    "post": "created",
    "share": "created",
    "edit": "updated",
    "delete": "deleted",
}
MEMBER_EVENTS: Final = {
    "add": "created",
    "leave": "deleted",
    "assignModerator": "updated",
    "unassignModerator": "updated",
}
ROOM_EVENTS: Final = {"create": "created", "rename": "updated"}


@dataclass(frozen=True)
class News:
    """One thing to tell: what became of what, in ``data``."""

    resource: str
    event: str
    data: Mapping[str, Any]


def announce(cloud: Cloud, event: ChatEvent) -> None:
    """Send an event to every webhook that is for it; its moment is now, whenever it is posted."""
    for hook in cloud.webhooks.values():
        if hook.status == "active":
            for news in _told(cloud, event, hook):
                _send(cloud, event, hook, news)


def _send(cloud: Cloud, event: ChatEvent, hook: Webhook, news: News) -> None:
    envelope = _envelope(cloud, event, hook, news)
    lag = cloud.settings.webhook_lag_s
    cloud.schedule.after(lag, lambda: cloud.deliveries.send(hook, envelope))


def _told(cloud: Cloud, event: ChatEvent, hook: Webhook) -> Iterator[News]:
    owner = cloud.people[hook.owner_key]
    owner_id = public_id("PEOPLE", owner.key)
    for news in _news(cloud, event, owner):
        visible = _sees(owner, event, news.resource) or hook.org_wide
        if visible and hook.wants(news.resource, news.event) and hook.fits(news.data, owner_id):
            yield news


def _sees(owner: Person, event: ChatEvent, resource: str) -> bool:
    """Messages and presses by the rules for sockets; rooms and members are for every member."""
    if resource in ("messages", "attachmentActions"):
        return hears(owner, event)
    return owner.key in (*event.room.members, event.person_key)


def _news(cloud: Cloud, event: ChatEvent, owner: Person) -> Iterator[News]:
    if event.message is not None and event.verb in MESSAGE_EVENTS:
        data = _picked(message_json(cloud, event.message), MESSAGE_FACTS)
        yield News("messages", MESSAGE_EVENTS[event.verb], data)
    if event.action is not None:
        yield News("attachmentActions", "created", _picked(action_json(event.action), ACTION_FACTS))
    if event.verb in ROOM_EVENTS and owner.key in event.room.members:
        yield News("rooms", ROOM_EVENTS[event.verb], room_json(cloud, event.room, owner.key))
    for what, membership in _memberships(event):
        yield News("memberships", what, membership_json(cloud, event.room, membership))


def _memberships(event: ChatEvent) -> Iterator[tuple[str, Membership]]:
    """The memberships an event is about: a new room is one of each member."""
    if event.verb == "create":
        yield from (("created", one) for one in event.room.members.values())
    elif event.person_key is not None and event.verb in MEMBER_EVENTS:
        gone = Membership(event.room.key, event.person_key, event.at)
        yield MEMBER_EVENTS[event.verb], event.room.members.get(event.person_key, gone)


def _picked(facts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: facts[name] for name in names if name in facts}


def _envelope(cloud: Cloud, event: ChatEvent, hook: Webhook, news: News) -> dict[str, Any]:
    shown = webhook_json(cloud, hook)
    shown.pop("secret", None)
    return {
        **shown,
        "resource": news.resource,
        "event": news.event,
        "appId": public_id("APPLICATION", hook.owner_key),
        "actorId": public_id("PEOPLE", event.actor_key),
        "data": dict(news.data),
    }
