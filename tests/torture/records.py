"""What happened, as plain values; the checker reads nothing else. Times are Unix seconds."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from tests.torture.dect_parts import Part

Json = dict[str, Any]


@dataclass(frozen=True)
class Deed:
    """What a person did that concerns the bot. `key` is the activity's uuid, `room` a room's."""

    key: str
    verb: str  # said, pressed
    person: str
    person_key: str
    room: str
    direct: bool
    at: float
    online: bool  # whether the bot had a socket
    text: str = ""
    inputs: Json = field(default_factory=dict)
    has_file: bool = False

    @property
    def request(self) -> str:
        """The code that a button carried."""
        return str(self.inputs.get("request", ""))


@dataclass(frozen=True)
class Post:
    """What the bot said, whether it was taken away again or not."""

    key: str
    room: str
    parent: str
    text: str
    card: Json
    at: float
    file: dict[str, str] = field(default_factory=dict)  # the text of its file, by its name

    def actions(self) -> Iterator[Json]:
        """Its buttons."""
        yield from self.card.get("actions", ())

    @property
    def buttons(self) -> list[str]:
        """Their titles."""
        return [str(action.get("title")) for action in self.actions()]

    @property
    def request(self) -> str:
        """The code that its buttons carry."""
        codes = (action.get("data", {}).get("request") for action in self.actions())
        return next((str(code) for code in codes if code), "")


@dataclass(frozen=True)
class Change:
    """A changing call of the service app that reached the organization; its answer may be lost."""

    method: str
    path: str  # below /v1
    body: Json
    status: int
    tracking_id: str
    at: float
    location: str  # of what it was done to
    made: frozenset[Part] = frozenset()  # of DECT networks, and what is not there any more
    unmade: frozenset[Part] = frozenset()

    @property
    def good(self) -> bool:
        """Whether it changed something."""
        return self.status < 300


@dataclass(frozen=True)
class Registration:
    """Something registered with Webex: the sandbox's key of a phone or base station, and when."""

    key: str
    mac: str
    at: float


@dataclass(frozen=True)
class TypedCode:
    """Somebody typed a code of this owner (a key) and model on the phone with that MAC."""

    owner: str
    model: str
    mac: str


@dataclass(frozen=True)
class Held:
    """A role and when it was held."""

    who: str
    role: str
    location: str = ""
    since: float = 0.0
    until: float = float("inf")


# Why a process ended that may not have noted what it had done.
LEADER_LOST = ("leader killed", "leader frozen", "leader cut off", "leader all cut off")
ENDS = ("kill", "restart", "end of the faults", "leader stopped", *LEADER_LOST)


@dataclass(frozen=True)
class Break:
    """Between these moments the bot may have heard nothing. `is_long`: so that it must say so.

    It must also say so, however short it was, after a leader that did not give its lease back.
    """

    since: float
    until: float
    why: str
    is_long: bool = False


@dataclass(frozen=True)
class FailOver:
    """What befell the leader and when, and the seconds until another one led and had a socket."""

    why: str
    at: float
    seconds: float


def mailbox(email: str) -> str:
    """What all aliases of an address have in common."""
    name, _, domain = email.lower().partition("@")
    return f"{name.partition('+')[0]}@{domain}"


@dataclass
class Record:
    """A run: what people did, what the cloud did, and what the bot's database holds at the end."""

    deeds: list[Deed] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)  # messages that their author deleted
    breaks: list[Break] = field(default_factory=list)
    hindered: list[Break] = field(default_factory=list)  # when nothing could be stored
    fail_overs: list[FailOver] = field(default_factory=list)
    roles: list[Held] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)  # passwords that people typed
    astray: list[str] = field(default_factory=list)  # paths that no operation has any business with
    log: str = ""
    events: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    lists: dict[str, Json] = field(default_factory=dict)  # by the code of their request
    steps: list[Json] = field(default_factory=list)  # the bot's journal
    decisions: list[Json] = field(default_factory=list)
    audit: list[Json] = field(default_factory=list)
    head: tuple[int, str] = (0, "")
    dect: frozenset[Part] = frozenset()  # the DECT networks at the end
    early: dict[str, int] = field(default_factory=dict)  # by network: changes that came too soon
    photos: dict[str, str] = field(default_factory=dict)  # by message: the MAC; empty: unreadable
    registrations: list[Registration] = field(default_factory=list)
    typed_codes: list[TypedCode] = field(default_factory=list)
    there: frozenset[str] = frozenset()  # the keys of phones and base stations at the end
    lost_posts: list[float] = field(default_factory=list)  # when answers to posts began to be lost
    followed: list[Json] = field(default_factory=list)

    # The same, by what one looks for.

    @cached_property
    def trail(self) -> defaultdict[str, list[Json]]:
        """The audit entries of each request."""
        return _by(self.audit, "request")

    @cached_property
    def journal(self) -> defaultdict[str, list[Json]]:
        """The steps of each request, in the order of its plan."""
        return _by(self.steps, "request")

    @cached_property
    def cancelled(self) -> dict[str, Json]:
        """The requests that somebody stopped, or cancelled when they were about to run, by code."""
        rows = {str(row["code"]): row for row in self.requests if row["state"] == "cancelled"}
        return {
            code: row
            for code, row in rows.items()
            if row.get("stopped_by")
            or any(entry["action"] == "confirmed" for entry in self.trail[code])
        }

    @cached_property
    def verdicts(self) -> defaultdict[str, list[Json]]:
        """The decisions on each request."""
        return _by(self.decisions, "request")

    @cached_property
    def noted(self) -> dict[str, str]:
        """The request that the trail names for each call, by tracking id."""
        calls = (row for row in self.audit if row["action"] == "call")
        return {json.loads(row["detail"])["tracking_id"]: str(row["request"]) for row in calls}

    @cached_property
    def not_found(self) -> list[float]:
        """When the bot looked for a message whose answer was lost, and could not."""
        return [_moment(line["timestamp"]) for line in self._logged("lost_message_not_found")]

    @cached_property
    def unstored(self) -> list[Break]:
        """From when somebody did something until the bot logged that it could not store that."""
        at = {deed.key: deed.at for deed in self.deeds}
        lines = [line for line in self._logged("event_kept_in_memory") if line["activity"] in at]
        return [
            Break(at[line["activity"]], _moment(line["timestamp"]), "unstored") for line in lines
        ]

    def _logged(self, event: str) -> list[Json]:
        words = f'"event": "{event}"'
        return [json.loads(line) for line in self.log.splitlines() if words in line]

    @cached_property
    def running_since(self) -> dict[str, float]:
        """When each request that ran began to: it sent nothing before that."""
        begun = (entry for entry in reversed(self.audit) if entry["action"] == "running")
        return {str(entry["request"]): _moment(entry["at"]) for entry in begun}

    @cached_property
    def planned(self) -> defaultdict[tuple[str, str], list[tuple[Json, Json]]]:
        """Requests that ran, and the body they planned, by method and path."""
        requests: defaultdict[tuple[str, str], list[tuple[Json, Json]]] = defaultdict(list)
        for row in self.requests:
            ran = any(entry["action"] == "running" for entry in self.trail[str(row["code"])])
            for step in json.loads(row["plan"])["steps"] if ran and row["plan"] else ():
                call = step["call"]
                requests[call["method"], call["path"]].append((row, call.get("body") or {}))
        return requests

    @cached_property
    def confirms(self) -> defaultdict[str, list[Deed]]:
        """The presses on Confirm for each request, crafted ones too."""
        presses: defaultdict[str, list[Deed]] = defaultdict(list)
        for deed in self.deeds:
            if deed.inputs.get("press") == "confirm":
                presses[deed.request].append(deed)
        return presses


def _moment(at: str) -> float:
    """`2026-11-20T09:06:40.100Z` → Unix seconds."""
    return datetime.fromisoformat(at).timestamp()


def _by(rows: Sequence[Json], name: str) -> defaultdict[str, list[Json]]:
    groups: defaultdict[str, list[Json]] = defaultdict(list)
    for row in rows:
        groups[str(row[name])].append(row)
    return groups


@dataclass(frozen=True)
class Finding:
    """A broken promise.

    `kind`: lost, unanswered, twice, unauthorised, untrue, told, state or chain.
    """

    kind: str
    about: str
    text: str
