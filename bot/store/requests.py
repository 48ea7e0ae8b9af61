"""Requests: rows that change state by compare-and-set only."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from pydantic import Field
from sqlite_utils import Database

from bot.models import Place, Sender, Value
from bot.store import lines
from bot.store.database import insert

# What people can say on the phone without being asked twice: no 0/O, 1/I/L, 2/Z, 5/S, 8/B, U/V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
CODE_LENGTH = 4
TRIES = 50


class Request(Value):
    """A row. `inputs` never hold secrets; times are Unix seconds."""

    code: str
    state: str
    version: int
    operation: str
    event_id: str
    requester: Sender
    place: Place
    card_id: str | None = None
    inputs: dict[str, str]
    plan: dict[str, Any] | None = None
    digest: str | None = None
    planned_at: float | None = None
    approve_by: float | None = None
    run_by: float | None = None
    reminded_at: float | None = None
    outcome: dict[str, Any] | None = None
    spent: dict[str, dict[str, float]] = Field(
        default_factory=dict
    )  # by stage: see `bot.tally.SPENT`
    told: bool = False  # whether the requester heard how it ended
    created_at: float
    changed_at: float
    changed_by: str


class Moved(Exception):
    """Somebody else changed the request first; carries it as it is now."""

    def __init__(self, request: Request | None) -> None:
        super().__init__("the request has moved on")
        self.request = request


def create(
    db: Database, *, operation: str, event_id: str, requester: Sender, place: Place, now: float
) -> Request:
    """A new draft with a code nobody has; the one there is where this event asked before."""
    known = next(db.query("select * from requests where event_id = ?", [event_id]), None)
    if known:
        return _request(known)
    row = {
        "code": _free_code(db), "state": "draft", "version": 1, "operation": operation,
        "event_id": event_id,
        "requester_id": requester.person_id, "requester_email": requester.email,
        "room_id": place.room_id, "direct": int(place.direct), "thread_id": place.thread_id,
        "inputs": "{}", "told": 0, "created_at": now, "changed_at": now, "changed_by": requester.email,
    }  # fmt: skip
    insert(db, "requests", row)
    return find_or_fail(db, str(row["code"]))


def find(db: Database, code: str) -> Request | None:
    """By code, as people type it: `7k3f`, `#7K3F`, `7K3F:`."""
    bare = code.strip(" #.,:;").upper()
    row = next(db.query("select * from requests where code = ?", [bare]), None)
    return _request(row) if row else None


def find_or_fail(db: Database, code: str) -> Request:
    """By a code that must exist."""
    found = find(db, code)
    if found is None:
        raise Moved(None)
    return found


def mine(db: Database, person_id: str, limit: int) -> list[Request]:
    """A person's requests, newest first."""
    rows = db.query(
        "select * from requests where requester_id = ? order by created_at desc, rowid desc limit ?",
        [person_id, limit],
    )
    return [_request(row) for row in rows]


def in_states(db: Database, states: list[str]) -> list[Request]:
    """All requests in one of these states, oldest first."""
    marks = ",".join("?" * len(states))
    rows = db.query(
        f"select * from requests where state in ({marks}) order by created_at",  # noqa: S608 - marks only
        states,
    )
    return [_request(row) for row in rows]


def change(db: Database, /, before: Request, *, by: str, now: float, **values: Any) -> Request:
    """Compare-and-set: write `values` if the row is still at `before.version`; Moved otherwise."""
    written = {
        name: json.dumps(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
    columns = {**written, "version": before.version + 1, "changed_at": now, "changed_by": by}
    marks = ", ".join(f"{name} = ?" for name in columns)
    done = db.execute(
        f"update requests set {marks} where code = ? and version = ?",  # noqa: S608 - our own column names
        [*columns.values(), before.code, before.version],
    )
    if done.rowcount != 1:
        raise Moved(find(db, before.code))
    return find_or_fail(db, before.code)


def set_card(db: Database, code: str, card_id: str) -> None:
    """Remember which message shows the request's newest card. No state, so no version."""
    db.execute("update requests set card_id = ? where code = ?", [card_id, code])


def set_reminded(db: Database, code: str, now: float) -> None:
    """Those who could decide were reminded. No state, so no version."""
    db.execute("update requests set reminded_at = ? where code = ?", [now, code])


def set_told(db: Database, code: str, gone: Sequence[str] = ()) -> None:
    """The requester heard how it ended, and the messages `gone` were taken away."""
    db.execute("update requests set told = 1 where code = ?", [code])
    if gone:
        lines.drop(db, *gone)


def untold(db: Database) -> list[Request]:
    """Ended, but the process died before the requester was told."""
    rows = db.query(
        "select * from requests where told = 0"
        " and state in ('done', 'failed', 'rejected', 'expired', 'cancelled')"
    )
    return [_request(row) for row in rows]


def _free_code(db: Database) -> str:
    for _ in range(TRIES):
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        # All letters could spell something; a code reads as a code when it has a digit.
        if any(c.isdigit() for c in code) and not _was_used(db, code):
            return code
    raise RuntimeError("no free request code was found")


def _was_used(db: Database, code: str) -> bool:
    """Also by a request that is not kept any more: the audit trail speaks of it."""
    rows = db.query(
        "select 1 from requests where code = ? union all select 1 from audit where request = ? limit 1",
        [code, code],
    )
    return next(rows, None) is not None


def _request(row: dict[str, Any]) -> Request:
    return Request(
        requester=Sender(row["requester_id"], row["requester_email"]),
        place=Place(row["room_id"], bool(row["direct"]), row["thread_id"]),
        inputs=json.loads(row["inputs"]),
        plan=json.loads(row["plan"]) if row["plan"] else None,
        outcome=json.loads(row["outcome"]) if row["outcome"] else None,
        spent=json.loads(row["spent"] or "{}"),
        told=bool(row["told"]),
        **{
            name: row[name]
            for name in (
                "code", "state", "version", "operation", "event_id", "card_id", "digest",
                "planned_at", "approve_by", "run_by", "reminded_at",
                "created_at", "changed_at", "changed_by",
            )
        },
    )  # fmt: skip
