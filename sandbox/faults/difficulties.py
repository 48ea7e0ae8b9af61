"""What makes a bot's life hard, one switch each: a name for people, and the faults behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.clock import webex_date
from sandbox.faults.book import Faults
from sandbox.faults.model import Fault
from sandbox.faults.orders import place_order, read_order

REFUSED: Final = "The refresh token provided is expired, revoked, malformed, or invalid."


@dataclass(frozen=True)
class Difficulty:
    """A switch. ``says`` is one sentence for whoever is about to turn it on."""

    id: str
    title: str
    says: str
    orders: tuple[Mapping[str, Any], ...]


DIFFICULTIES: Final = (
    Difficulty(
        "slow_api",
        "Slow API",
        "Every answer of Webex takes two to three seconds longer.",
        ({"what": "slow", "path": "/v1/*", "latency": 2.0, "jitter": 1.0},),
    ),
    Difficulty(
        "too_many_requests",
        "Too many requests (429)",
        "Webex turns every third call away and asks to be left alone for two seconds.",
        (
            {
                "what": "too_many_requests",
                "path": "/v1/*",
                "except_path": "/apps/*",
                "retry_after": 2,
                "every_nth": 3,
            },
        ),
    ),
    Difficulty(
        "server_errors",
        "Server errors (500)",
        "One call in four fails with an error of Webex's own, before anything was done.",
        (
            {
                "what": "call",
                "path": "/v1/*",
                "except_path": "/apps/*",
                "status": 500,
                "probability": 0.25,
            },
        ),
    ),
    Difficulty(
        "lost_answers",
        "Lost answers",
        "Every third change is made, but the connection breaks before the bot hears of it.",
        tuple(
            {"what": "lost_answer", "method": method, "path": "/v1/*", "every_nth": 3}
            for method in ("POST", "PUT", "PATCH", "DELETE")
        ),
    ),
    Difficulty(
        "dropped_socket",
        "Dropped socket",
        "The connection that brings messages to the bot breaks every ten seconds.",
        ({"what": "drop", "every": 10.0},),
    ),
    Difficulty(
        "outage_30s",
        "Outage of 30 seconds",
        "Nothing of Webex can be reached for half a minute; then it is all back.",
        ({"what": "outage", "lasts": 30.0},),
    ),
    Difficulty(
        "duplicate_events",
        "Duplicate events",
        "Everything that happens is told to the bot twice.",
        ({"what": "duplicate"},),
    ),
    Difficulty(
        "expired_token",
        "Expired token",
        "The service app's access token runs out, and so does its successor after every six calls.",
        ({"what": "call", "token": "service_app", "end_token": True, "every_nth": 6},),
    ),
    Difficulty(
        "revoked_service_app",
        "Revoked service app",
        "An administrator has taken the service app's authorization away; switch it off to give it back.",
        (
            {"what": "call", "token": "service_app", "status": 401, "times": 0},
            {
                "what": "call",
                "method": "POST",
                "path": "/access_token",
                "status": 400,
                "times": 0,
                "body": {"error": "invalid_request", "error_description": REFUSED},
            },
        ),
    ),
)


def difficulty_named(name: str) -> Difficulty | None:
    """The difficulty of this id."""
    return next((one for one in DIFFICULTIES if one.id == name), None)


def switch(difficulty: Difficulty, faults: Faults, now: datetime, *, on: bool) -> None:
    """Turn it on or off; what is so already stays as it is."""
    if not on:
        faults.remove_of(difficulty.id)
    elif not _in_force(difficulty, faults, now):
        for number, order in enumerate(difficulty.orders, 1):
            place = f"{difficulty.id} {number}"
            place_order(read_order(order, place), faults, now, difficulty.id)


def _in_force(difficulty: Difficulty, faults: Faults, now: datetime) -> list[Fault]:
    mine = [fault for fault in faults if fault.origin == difficulty.id]
    return [fault for fault in mine if fault.state(now) != "over"]


def as_json(difficulty: Difficulty, faults: Faults, now: datetime) -> dict[str, Any]:
    """How it stands: id, title, says, on, hits since it was turned on, endsAt."""
    mine = _in_force(difficulty, faults, now)
    ends = [fault.when.ends for fault in mine if fault.when.ends]
    return {
        "id": difficulty.id,
        "title": difficulty.title,
        "says": difficulty.says,
        "on": bool(mine),
        "hits": sum(fault.hits for fault in mine),
        "endsAt": webex_date(max(ends)) if ends else None,
    }
