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
    "running": {"done", "partly", "failed", "cancelled", "unknown"},
    "unknown": {"running", "done", "partly", "failed", "cancelled"},
}
STEP_ENDS = frozenset({"done", "failed", "skipped"})
BUSY = frozenset({"approved", "running", "unknown"})
ACTIONS = {"confirmed": "approved", "approve": "approved", "reject": "rejected"}
NO_STATE = frozenset({"call", "denied", "stop"})
STEP = "step "  # so begin the entries of steps
FIELDS = ("seq", "at", "actor_id", "actor", "action", "request", "digest", "detail", "before")


def way_of(record: Record, code: str) -> list[str]:
    """The states of a request, in order, from draft on."""
    return [
        "draft",
        *(ACTIONS.get(row["action"], str(row["action"])) for row in _moves(record, code)),
    ]


def _moves(record: Record, code: str) -> list[Json]:
    """The entries about the state of the request itself."""
    rows = record.trail[code]
    return [
        row for row in rows if row["action"] not in NO_STATE and not row["action"].startswith(STEP)
    ]


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
        else:
            yield from _open_steps(record, code)
        yield from _versions(record, code)


def _open_steps(record: Record, code: str) -> Iterator[Finding]:
    """A request that has ended has no step that goes on; one that waits has none that began."""
    row = next(row for row in record.requests if row["code"] == code)
    wanted = frozenset({"pending"}) if row["state"] in ("draft", "waiting") else STEP_ENDS
    for step in record.journal[code]:
        if step["state"] not in wanted:
            yield Finding("state", code, f"is {row['state']}, but {step['key']} is {step['state']}")


def _versions(record: Record, code: str) -> Iterator[Finding]:
    numbers = [int(json.loads(row["detail"]).get("version", 0)) for row in _moves(record, code)]
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
