"""The audit trail's rows: appended with the hash of the row before, never changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.models import Sender, Value
from bot.store.database import insert

FIELDS = ("seq", "at", "actor_id", "actor", "action", "request", "digest", "detail", "before")


class Entry(Value):
    """One row. `before` and `hash` are SHA-256 in hex; `at` is ISO 8601 in UTC; `detail` is JSON."""

    seq: int
    at: str
    actor_id: str
    actor: str
    action: str
    request: str
    digest: str
    detail: str
    before: str
    hash: str

    @property
    def about(self) -> str:
        """The most telling words of the detail."""
        try:
            detail = dict(json.loads(self.detail))
        except (ValueError, TypeError):  # somebody has edited it: for `provbot audit verify`
            return "not readable"
        names = ("outcome", "title", "who", "why", "reason", "operation", "method")
        return next((str(detail[name]) for name in names if detail.get(name)), "")


def append(  # noqa: PLR0913 - the columns of a row
    db: Database, /, *, at: str, actor: Sender, action: str, request: str = "", digest: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add a row; in the caller's transaction, so that it stands or falls with what it tells of."""
    last = next(db.query("select seq, hash from audit_head where id = 1"))
    row = {
        "seq": last["seq"] + 1, "at": at, "actor_id": actor.person_id, "actor": actor.email,
        "action": action, "request": request, "digest": digest,
        "detail": json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False),
        "before": last["hash"],
    }  # fmt: skip
    row["hash"] = seal(row)
    insert(db, "audit", row)
    db.execute("update audit_head set seq = ?, hash = ? where id = 1", [row["seq"], row["hash"]])


def seal(row: Mapping[str, Any]) -> str:
    """The hash of a row: over all its fields, in a fixed order, the hash before it among them."""
    text = json.dumps([row[name] for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(db: Database, since: str = "") -> Iterator[Entry]:
    """All rows from that moment on (ISO 8601), oldest first."""
    for row in db.query("select * from audit where at >= ? or at is null order by seq", [since]):
        yield _entry(row)


def last(db: Database, limit: int) -> list[Entry]:
    """The newest rows, newest first."""
    rows = db.query("select * from audit order by seq desc limit ?", [limit])
    return [_entry(row) for row in rows]


def steps(db: Database, request: str) -> list[tuple[str, float]]:
    """What became of a request: action and Unix time of each entry, in order."""
    rows = db.query("select action, at from audit where request = ? order by seq", [request])
    return [(str(row["action"]), _seconds(row["at"])) for row in rows]


def _seconds(at: Any) -> float:
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:  # somebody has edited it: for `provbot audit verify`
        return 0.0


def head(db: Database) -> tuple[int, str]:
    """Number and hash of the last row that was appended; zero where even that was removed."""
    row = next(db.query("select seq, hash from audit_head where id = 1"), None)
    return (int(row["seq"]), str(row["hash"])) if row else (0, "")


def _entry(row: Mapping[str, Any]) -> Entry:
    """What is no text where text was written is shown as what it is: its hash will not fit."""
    shown = {
        name: value if name == "seq" or isinstance(value, str) else repr(value)
        for name, value in row.items()
    }
    return Entry.model_validate(shown)
