"""Webhooks: state and rules for subscriptions, filters, and deactivation.

There is no HTTP here (docs/webex/messaging.md §3.7).
"""

import hashlib
import hmac
import ipaddress
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlsplit

from sandbox.errors import bad_request

Status = Literal["active", "inactive"]

EVENTS: Final = {
    "messages": frozenset({"created", "updated", "deleted"}),
    "attachmentActions": frozenset({"created"}),
    "memberships": frozenset({"created", "updated", "deleted"}),
    "rooms": frozenset({"created", "updated", "migrated"}),
    "all": frozenset(),
}
FILTERS: Final = {
    "messages": {"roomId", "roomType", "personId", "personEmail", "mentionedPeople", "hasFiles"},
    "attachmentActions": {"roomId", "personId", "messageId"},
    "memberships": {"roomId", "personId", "personEmail", "isModerator"},
    "rooms": {"type", "isLocked"},
    "all": set(),
}


@dataclass
class Webhook:
    """A registration. ``key`` is a uuid; ``failures`` are the times of the latest failures."""

    key: str
    owner_key: str
    name: str
    target_url: str
    resource: str
    event: str
    created: datetime
    filter: str | None = None
    secret: str | None = None
    org_wide: bool = False
    status: Status = "active"
    failures: deque[datetime] = field(default_factory=deque)

    def wants(self, resource: str, event: str) -> bool:
        """Whether it subscribes to this event; ``all`` does not include card actions."""
        if self.resource == "all":
            return resource != "attachmentActions"
        return self.resource == resource and self.event in (event, "all")

    def fits(self, data: Mapping[str, Any], owner_id: str) -> bool:
        """Whether the data passes every part of the filter; ``me`` is the owner."""
        parts = parse_qsl(self.filter or "")
        return all(_passes(data, name, _bare(owner_id if v == "me" else v)) for name, v in parts)

    def failed(self, now: datetime, *, limit: int, window_s: float) -> None:
        """Count a failure; too many within the window deactivate the webhook."""
        self.failures.append(now)
        while self.failures[0] < now - timedelta(seconds=window_s):
            self.failures.popleft()
        if len(self.failures) >= limit:
            self.status = "inactive"

    def revive(self) -> None:
        """Activate it again and clear its failures."""
        self.status = "active"
        self.failures.clear()


def check_subscription(resource: str, event: str) -> None:
    """Raise 400 for a resource or event that does not exist."""
    if resource not in EVENTS:
        raise bad_request("The value of 'resource' is not valid.")
    if event not in EVENTS[resource] | {"all"}:
        raise bad_request("The value of 'event' is not valid.")


def check_filter(resource: str, text: str | None) -> None:
    """Raise 400 for a filter that the resource does not have."""
    parts = parse_qsl(text or "", keep_blank_values=True)
    if (text and not parts) or any(name not in FILTERS[resource] or not v for name, v in parts):
        raise bad_request("The value of 'filter' is not valid.")


def _passes(data: Mapping[str, Any], name: str, expected: str) -> bool:
    if name == "hasFiles":
        return bool(data.get("files")) == (expected == "true")
    held = data.get(name)
    if isinstance(held, list):
        return expected in map(_bare, held)
    return _bare(str(held).lower() if isinstance(held, bool) else str(held)) == expected


def _bare(text: str) -> str:
    """Normalize a value: ids without padding, addresses in lower case."""
    return text.lower() if "@" in text else text.rstrip("=")


def is_loopback(url: str) -> bool:
    """Whether a target is certainly on this machine; no name is resolved."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def signature(secret: str, body: bytes) -> str:
    """Return ``X-Spark-Signature``: HMAC-SHA1 of the raw body, in lowercase hex."""
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
