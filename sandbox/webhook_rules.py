"""Webhooks as state: kept, listed, changed; not delivered (webex-messaging.md §3.7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sandbox.problems import bad_request

EVENTS: Final = {
    "messages": frozenset({"created", "updated", "deleted"}),
    "attachmentActions": frozenset({"created"}),
    "memberships": frozenset({"created", "updated", "deleted"}),
    "rooms": frozenset({"created", "updated", "migrated"}),
    "all": frozenset(),
}


@dataclass
class Webhook:
    """A registration. ``key`` is a uuid."""

    key: str
    owner_key: str
    name: str
    target_url: str
    resource: str
    event: str
    created: datetime
    filter: str | None = None
    secret: str | None = None


def check_subscription(resource: str, event: str) -> None:
    """400 for a resource or event that does not exist."""
    if resource not in EVENTS:
        raise bad_request("The value of 'resource' is not valid.")
    if event not in EVENTS[resource] | {"all"}:
        raise bad_request("The value of 'event' is not valid.")
