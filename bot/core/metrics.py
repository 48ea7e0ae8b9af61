"""The Prometheus metrics. Labels are few and never name a person, a device or a space.

docs/metrics.md says what each means; a test compares.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import product

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
MAX_PATHS = 60  # templates of paths; there are half as many, and labels must never grow without end

EVENTS = Counter(
    "provbot_events", "Events handled, by kind and outcome", ["kind", "outcome"], registry=REGISTRY
)
REPLY = Histogram(
    "provbot_reply_seconds",
    "From receiving an event to the first reply",
    ["kind"],
    buckets=SECONDS,
    registry=REGISTRY,
)
RESULT = Histogram(
    "provbot_result_seconds",
    "From Confirm or the last approval to the end of a request",
    ["operation", "state"],
    buckets=SECONDS,
    registry=REGISTRY,
)
CALLS = Histogram(
    "provbot_api_seconds",
    "Calls to Webex, by path template and status (0: no response)",
    ["method", "path", "status"],
    buckets=SECONDS,
    registry=REGISTRY,
)
RETRIES = Counter(
    "provbot_retries", "Retries, by what is retried and why", ["what", "reason"], registry=REGISTRY
)
LIMITED = Counter(
    "provbot_api_limited_seconds",
    "Seconds that calls waited because Webex limits them (429), each call separately",
    registry=REGISTRY,
)
API_WAITING = Gauge(
    "provbot_api_waiting", "Calls that wait because Webex limits them", registry=REGISTRY
)
STEPS = Counter(
    "provbot_steps",
    "Steps of requests, by action and by the state that they came to",
    ["action", "state"],
    registry=REGISTRY,
)
REGISTERED = Counter(
    "provbot_registered",
    "Devices that were added and have registered with Webex, by kind",
    ["kind"],
    registry=REGISTRY,
)
CONNECTIONS = Counter("provbot_connections", "Websockets connected", registry=REGISTRY)
DISCONNECTIONS = Counter(
    "provbot_disconnections",
    "Websockets that ended, by what is done next",
    ["action"],
    registry=REGISTRY,
)
CONNECTED = Gauge("provbot_connected", "Websockets in service", registry=REGISTRY)
QUEUE = Gauge("provbot_events_waiting", "Events received and not answered yet", registry=REGISTRY)
OLDEST = Gauge(
    "provbot_oldest_event_seconds",
    "Age of the oldest event that is not answered",
    registry=REGISTRY,
)
LAST_EVENT = Gauge(
    "provbot_last_event_timestamp_seconds",
    "When an event was last answered (Unix time), 0: never",
    registry=REGISTRY,
)
REQUESTS = Gauge("provbot_requests", "Requests by state", ["state"], registry=REGISTRY)
APPROVAL_AGE = Gauge(
    "provbot_oldest_approval_seconds",
    "Age of the oldest request that waits for approval",
    registry=REGISTRY,
)
TOKEN_LIFE = Gauge(
    "provbot_token_seconds",
    "Seconds until the access or refresh token of the service app expires",
    ["token"],
    registry=REGISTRY,
)
LEADER = Gauge(
    "provbot_leader", "Whether this process leads, as far as it knows (1: yes)", registry=REGISTRY
)
LEASE_EPOCH = Gauge(
    "provbot_lease_epoch",
    "The epoch in which this process leads or led last, on PostgreSQL",
    registry=REGISTRY,
)
CHECKS = Gauge("provbot_check", "Checks of /readyz (1: healthy)", ["check"], registry=REGISTRY)

# What stands where names and numbers stand in a path: REST ids, uuids, MACs. A long word without
# a digit is none: `serviceabilityPassword`.
_ID = re.compile(r"(?<=/)(?:(?=[^/]*\d)[A-Za-z0-9_=-]{20,}|[0-9A-Fa-f:-]{12,}|\d+)(?=/|$)")
KNOWN_WORDS = re.compile(r"^[A-Za-z_/{}]*$")
OTHER = "other"
_PATHS: set[str] = set()


def template(path: str) -> str:
    """`/devices/Y2lz…/x?y` → `/devices/{id}/x`; what is still no plain path is `other`."""
    path_template = _ID.sub("{id}", "/" + path.split("?")[0].strip("/"))
    return path_template if KNOWN_WORDS.match(path_template) else OTHER


def bounded(value: str, known_values: set[str] = _PATHS) -> str:
    """A label value while there are few; `other` once there are many."""
    if value not in known_values:
        if len(known_values) >= MAX_PATHS:
            return OTHER
        known_values.add(value)
    return value


def expect(counter: Counter | Histogram, *values: Iterable[str]) -> None:
    """Start at zero: Prometheus sees no increase when a series first appears."""
    for labels in product(*values):
        counter.labels(*labels)


def call(method: str, path: str, status: int, seconds: float) -> None:
    """Record a call to Webex; status 0 means that there was no answer."""
    CALLS.labels(method, bounded(template(path)), str(status)).observe(seconds)


def set_requests(states: Mapping[str, int]) -> None:
    """Set the number of requests in each state."""
    REQUESTS.clear()
    for state, count in states.items():
        REQUESTS.labels(state).set(count)


def set_checks(problems: Mapping[str, str]) -> None:
    """Set the result of each readiness check: a sentence about its problem, or an empty one."""
    CHECKS.clear()
    for name, problem in problems.items():
        CHECKS.labels(name).set(not problem)


def text() -> bytes:
    """All metrics in the format that Prometheus scrapes."""
    return generate_latest(REGISTRY)
