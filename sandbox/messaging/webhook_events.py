"""Chat events as webhooks report them, and to whom (docs/webex/messaging.md §3.7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.chat_model import ChatEvent, Membership
from sandbox.cloud import Cloud
from sandbox.ids import public_id
from sandbox.messaging.json_views import action_json, membership_json, message_json, room_json
from sandbox.messaging.webhooks import webhook_json
from sandbox.people import Person
from sandbox.visibility import hears
from sandbox.webhook_rules import Webhook

# The text of a message and the inputs of a card are not sent; clients fetch them.
MESSAGE_FACTS: Final = (
    "id",
    "roomId",
    "roomType",
    "personId",
    "personEmail",
    "mentionedPeople",
    "files",
    "created",
)
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
class WebhookEvent:
    """One event of a resource, with its ``data``."""

    resource: str
    event: str
    data: Mapping[str, Any]


def notify_webhooks(cloud: Cloud, event: ChatEvent) -> None:
    """Send an event to every matching webhook, with the content it has now."""
    for hook in cloud.webhooks.values():
        if hook.status == "active":
            for webhook_event in _matching_events(cloud, event, hook):
                _send(cloud, event, hook, webhook_event)


def _send(cloud: Cloud, event: ChatEvent, hook: Webhook, webhook_event: WebhookEvent) -> None:
    envelope = _envelope(cloud, event, hook, webhook_event)
    lag = cloud.settings.webhook_lag_s
    cloud.scheduler.after(lag, lambda: cloud.webhook_sender.send(hook, envelope))


def _matching_events(cloud: Cloud, event: ChatEvent, hook: Webhook) -> Iterator[WebhookEvent]:
    owner = cloud.people[hook.owner_key]
    owner_id = public_id("PEOPLE", owner.key)
    for webhook_event in _webhook_events(cloud, event, owner):
        visible = _is_visible(owner, event, webhook_event.resource) or hook.org_wide
        if (
            visible
            and hook.wants(webhook_event.resource, webhook_event.event)
            and hook.fits(webhook_event.data, owner_id)
        ):
            yield webhook_event


def _is_visible(owner: Person, event: ChatEvent, resource: str) -> bool:
    """Whether the owner sees it: messages and presses as on sockets, the rest as a member."""
    if resource in ("messages", "attachmentActions"):
        return hears(owner, event)
    return owner.key in (*event.room.members, event.person_key)


def _webhook_events(cloud: Cloud, event: ChatEvent, owner: Person) -> Iterator[WebhookEvent]:
    if event.message is not None and event.verb in MESSAGE_EVENTS:
        data = _select(message_json(cloud, event.message), MESSAGE_FACTS)
        yield WebhookEvent("messages", MESSAGE_EVENTS[event.verb], data)
    if event.action is not None:
        yield WebhookEvent(
            "attachmentActions", "created", _select(action_json(event.action), ACTION_FACTS)
        )
    if event.verb in ROOM_EVENTS and owner.key in event.room.members:
        yield WebhookEvent(
            "rooms", ROOM_EVENTS[event.verb], room_json(cloud, event.room, owner.key)
        )
    for event_name, membership in _memberships(event):
        yield WebhookEvent(
            "memberships", event_name, membership_json(cloud, event.room, membership)
        )


def _memberships(event: ChatEvent) -> Iterator[tuple[str, Membership]]:
    """Yield the memberships that an event is about: for a new room, one for each member."""
    if event.verb == "create":
        yield from (("created", membership) for membership in event.room.members.values())
    elif event.person_key is not None and event.verb in MEMBER_EVENTS:
        former = Membership(event.room.key, event.person_key, event.at)
        yield MEMBER_EVENTS[event.verb], event.room.members.get(event.person_key, former)


def _select(facts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: facts[name] for name in names if name in facts}


def _envelope(
    cloud: Cloud, event: ChatEvent, hook: Webhook, webhook_event: WebhookEvent
) -> dict[str, Any]:
    body = webhook_json(cloud, hook)
    body.pop("secret", None)
    return {
        **body,
        "resource": webhook_event.resource,
        "event": webhook_event.event,
        "appId": public_id("APPLICATION", hook.owner_key),
        "actorId": public_id("PEOPLE", event.actor_key),
        "data": dict(webhook_event.data),
    }
