"""Checks the states that a request went through by the audit trail, and that nobody changed it."""

import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise

from tests.torture.records import Finding, Json, Record

# The design's picture of a request's life.
NEXT = {
    "draft": {"waiting", "approved", "expired", "cancelled"},
    "waiting": {"waiting", "approved", "rejected", "expired", "cancelled"},
    "approved": {"running", "expired", "cancelled"},
    "running": {"done", "failed", "unknown"},
    "unknown": {"running", "done", "failed"},
}
BUSY = frozenset({"approved", "running", "unknown"})
ACTIONS = {"confirmed": "approved", "approve": "approved", "reject": "rejected"}
NO_STATE = frozenset({"call", "denied"})
FIELDS = ("seq", "at", "actor_id", "actor", "action", "request", "digest", "detail", "before")


def way_of(record: Record, code: str) -> list[str]:
    """The states of a request, in order, from draft on."""
    rows = [row for row in record.trail[code] if row["action"] not in NO_STATE]
    return ["draft", *(ACTIONS.get(row["action"], str(row["action"])) for row in rows)]


def check(record: Record) -> Iterator[Finding]:
    """Only steps of the table; nothing stuck; the row says what the trail says."""
    for row in record.requests:
        code, way = str(row["code"]), way_of(record, str(row["code"]))
        for now, then in pairwise(way):
            if then not in NEXT.get(now, set()):
                yield Finding("state", code, f"went from {now} to {then}")
        if row["state"] != way[-1]:
            yield Finding("state", code, f"is {row['state']}, but the trail ends with {way[-1]}")
        if row["state"] in BUSY:
            yield Finding("state", code, f"is stuck: still {row['state']}")
        yield from _versions(record, code)


def _versions(record: Record, code: str) -> Iterator[Finding]:
    rows = [row for row in record.trail[code] if row["action"] not in NO_STATE]
    numbers = [int(json.loads(row["detail"]).get("version", 0)) for row in rows]
    if any(after <= before for before, after in pairwise(numbers)):
        yield Finding("state", code, f"two steps from the same version: {numbers}")


def check_chain(record: Record) -> Iterator[Finding]:
    """Each row carries the hash of the one before, and of itself; none is missing."""
    before, number = "", 0
    for row in record.audit:
        if row["seq"] != number + 1 or row["before"] != before or row["hash"] != seal(row):
            yield Finding("chain", str(row["seq"]), "is not what was written there")
        number, before = row["seq"], row["hash"]
    if (number, before) != record.head:
        yield Finding("chain", str(number), "is not the last one that was written")


def seal(row: Json) -> str:
    """SHA-256 over all fields of a row, the hash before it among them."""
    text = json.dumps([row[name] for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
