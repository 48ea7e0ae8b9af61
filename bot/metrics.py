"""What is measured, by prometheus-client. Labels are few and never name a person, a device or a space."""

import re
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

EVENTS = Counter(
    "provbot_events", "Events heard, by kind and what became of them", ["kind", "outcome"], registry=REGISTRY
)  # fmt: skip
REPLY = Histogram(
    "provbot_reply_seconds", "From an event to its answer", ["kind"], buckets=SECONDS, registry=REGISTRY
)  # fmt: skip
RESULT = Histogram(
    "provbot_result_seconds", "From Confirm or the last approval to the end of a request",
    ["operation", "state"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
CALLS = Histogram(
    "provbot_api_seconds", "Calls to Webex, by path template and status (0: no answer)",
    ["method", "path", "status"], buckets=SECONDS, registry=REGISTRY,
)  # fmt: skip
LIMITED = Counter(
    "provbot_api_limited_seconds", "Seconds that Webex asked to wait (429, 423)", registry=REGISTRY
)
CONNECTIONS = Counter("provbot_connections", "Websockets that came into service", registry=REGISTRY)
CONNECTED = Gauge("provbot_connected", "Whether a websocket is in service", registry=REGISTRY)
QUEUE = Gauge("provbot_events_waiting", "Events claimed and not answered yet", registry=REGISTRY)
OLDEST = Gauge(
    "provbot_oldest_event_seconds", "Age of the oldest event that is not answered", registry=REGISTRY
)  # fmt: skip
REQUESTS = Gauge("provbot_requests", "Requests by state", ["state"], registry=REGISTRY)
APPROVAL_AGE = Gauge(
    "provbot_oldest_approval_seconds", "Age of the oldest request that waits for approval", registry=REGISTRY
)  # fmt: skip
TOKEN_LIFE = Gauge(
    "provbot_token_seconds", "Until the service app's access token runs out", registry=REGISTRY
)

# What stands where names and numbers stand in a path: REST ids, uuids, MACs.
_ID = re.compile(r"(?<=/)(?:[A-Za-z0-9_=-]{20,}|[0-9A-Fa-f:-]{12,}|\d+)(?=/|$)")
KNOWN_WORDS = re.compile(r"^[A-Za-z_/{}]*$")


def template(path: str) -> str:
    """`/devices/Y2lz…/x?y` → `/devices/{id}/x`; what is still no plain path is `other`."""
    found = _ID.sub("{id}", "/" + path.split("?")[0].strip("/"))
    return found if KNOWN_WORDS.match(found) else "other"


def set_requests(states: Mapping[str, int]) -> None:
    """How many requests are in each state; those in none any more count zero."""
    REQUESTS.clear()
    for state, count in states.items():
        REQUESTS.labels(state).set(count)


def text() -> bytes:
    """As Prometheus scrapes it."""
    return generate_latest(REGISTRY)
