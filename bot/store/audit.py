"""The table `audit`: rows are appended with the hash of the previous row, and never changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.models.audit import AuditEntry
from bot.core.models.people import Sender
from bot.store.database import insert

FIELDS = ("seq", "at", "actor_id", "actor", "action", "request", "digest", "detail", "before")


def append(  # noqa: PLR0913 - the columns of a row
    db: Database, /, *, at: str, actor: Sender, action: str, request: str = "", digest: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append a row in the caller's transaction, so that it is written together with the change."""
    last = next(db.query("select seq, hash from audit_head where id = 1"))
    row = {
        "seq": last["seq"] + 1, "at": at, "actor_id": actor.person_id, "actor": actor.email,
        "action": action, "request": request, "digest": digest,
        "detail": json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False),
        "before": last["hash"],
    }  # fmt: skip
    row["hash"] = row_hash(row)
    insert(db, "audit", row)
    db.execute("update audit_head set seq = ?, hash = ? where id = 1", [row["seq"], row["hash"]])


def row_hash(row: Mapping[str, Any]) -> str:
    """Return the hash of a row: of all fields in a fixed order, including the previous hash."""
    text = json.dumps([row[name] for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(db: Database, since: str = "") -> Iterator[AuditEntry]:
    """Yield the rows since a time (ISO 8601), oldest first."""
    for row in db.query("select * from audit where at >= ? or at is null order by seq", [since]):
        yield _entry(row)


def last(db: Database, limit: int) -> list[AuditEntry]:
    """Return the newest rows, newest first."""
    rows = db.query("select * from audit order by seq desc limit ?", [limit])
    return [_entry(row) for row in rows]


def steps(db: Database, request: str) -> list[tuple[str, float]]:
    """Return the action and the Unix time of each entry about a request, oldest first."""
    rows = db.query("select action, at from audit where request = ? order by seq", [request])
    return [(str(row["action"]), _seconds(row["at"])) for row in rows]


def _seconds(at: Any) -> float:
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:  # an edited row; `provbot audit verify` reports it
        return 0.0


def head(db: Database) -> tuple[int, str]:
    """Return the number and the hash of the last appended row; (0, "") if they were removed."""
    row = next(db.query("select seq, hash from audit_head where id = 1"), None)
    return (int(row["seq"]), str(row["hash"])) if row else (0, "")


def _entry(row: Mapping[str, Any]) -> AuditEntry:
    """Convert a row. Edited fields that are not text are shown; the hash reveals them."""
    readable = {
        name: value if name == "seq" or isinstance(value, str) else repr(value)
        for name, value in row.items()
    }
    return AuditEntry.model_validate(readable)
