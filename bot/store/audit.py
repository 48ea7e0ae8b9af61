"""The table `audit`: rows are appended with the hash of the previous row, and never changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.core.models.audit import AuditEntry, TrailFilter
from bot.core.models.people import Sender
from bot.store.sql import Database, insert, select

# A search for a person reads every row, so only the newest: years in most organizations.
MAX_SEARCHED = 100_000
PAGE = 2_000  # rows read at once
FIRST = -(2**63)  # the smallest number that a row can have
_RECENT = f"seq + {MAX_SEARCHED} > (select max(seq) from audit)"  # noqa: S608 - our own number
FIELDS = ("seq", "at", "actor_id", "actor", "action", "request", "digest", "detail", "before")


def append(  # noqa: PLR0913 - the columns of a row
    db: Database, /, *, at: str, actor: Sender, action: str, request: str = "", digest: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append a row in the caller's transaction, so that it is written together with the change."""
    last = next(select(db, "select seq, hash from audit_head where id = 1"))
    row = {
        "seq": last["seq"] + 1, "at": at, "actor_id": actor.person_id, "actor": actor.email,
        "action": action, "request": request, "digest": digest,
        "detail": json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False),
        "before": last["hash"],
    }  # fmt: skip
    # PostgreSQL cannot hold NUL, and the hash is that of what is stored.
    row = {name: _without_nul(value) for name, value in row.items()}
    row["hash"] = row_hash(row)
    insert(db, "audit", row)
    db.execute("update audit_head set seq = ?, hash = ? where id = 1", [row["seq"], row["hash"]])


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def row_hash(row: Mapping[str, Any]) -> str:
    """Return the hash of a row: of all fields in a fixed order, including the previous hash."""
    text = json.dumps([row[name] for name in FIELDS], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entries(db: Database, since: str = "") -> Iterator[AuditEntry]:
    """Yield the rows since a time (ISO 8601), oldest first."""
    query = "select * from audit where seq >= ? and (at >= ? or at is null) order by seq limit ?"
    # By pages, because psycopg holds the whole answer to a query in memory.
    rows = list(select(db, query, [FIRST, since, PAGE]))
    while rows:
        yield from map(_entry, rows)
        is_last = len(rows) < PAGE
        rows = [] if is_last else list(select(db, query, [rows[-1]["seq"] + 1, since, PAGE]))


def search(
    db: Database, trail_filter: TrailFilter, limit: int, offset: int = 0
) -> list[AuditEntry]:
    """Return the newest rows that pass the filter, newest first."""
    where, values = _where(trail_filter)
    rows = select(
        db,
        f"select * from audit where {where} order by seq desc limit ? offset ?",  # noqa: S608 - our own words
        [*values, limit, offset],
    )
    return [_entry(row) for row in rows]


def count(db: Database, trail_filter: TrailFilter) -> int:
    """Count the rows that pass the filter."""
    where, values = _where(trail_filter)
    rows = select(db, f"select count(*) as number from audit where {where}", values)  # noqa: S608 - our own words
    return int(next(rows)["number"])


def actors(db: Database) -> list[str]:
    """Return the addresses of people among the rows that are searched."""
    rows = select(
        db,
        f"select distinct actor from audit where {_RECENT} and actor like '%@%' limit 1000",  # noqa: S608 - our own words
    )
    return [str(row["actor"]) for row in rows]


def _where(trail_filter: TrailFilter) -> tuple[str, list[str]]:
    """A condition and its values. An address may also stand in the detail of a row."""
    conditions, values = [_RECENT] if trail_filter.people else ["1 = 1"], []
    if trail_filter.request:
        conditions.append("request = ?")
        values.append(trail_filter.request)
    if trail_filter.people:
        names_person = "(lower(actor) = ? or instr(lower(detail), ?) > 0)"
        conditions.append(f"({' or '.join([names_person] * len(trail_filter.people))})")
        values += [email.lower() for email in trail_filter.people for _ in range(2)]
    for sign, moment in ((">=", trail_filter.since), ("<", trail_filter.until)):
        if moment:
            conditions.append(f"at {sign} ?")
            values.append(moment)
    return " and ".join(conditions), values


def steps(db: Database, request: str) -> list[tuple[str, float]]:
    """Return the action and the Unix time of each entry about a request, oldest first."""
    rows = select(db, "select action, at from audit where request = ? order by seq", [request])
    return [(str(row["action"]), _seconds(row["at"])) for row in rows]


def _seconds(at: Any) -> float:
    try:
        return datetime.fromisoformat(str(at)).timestamp()
    except ValueError:  # an edited row; `provbot audit verify` reports it
        return 0.0


def head(db: Database) -> tuple[int, str]:
    """Return the number and the hash of the last appended row; (0, "") if they were removed."""
    row = next(select(db, "select seq, hash from audit_head where id = 1"), None)
    return (int(row["seq"]), str(row["hash"])) if row else (0, "")


def _entry(row: Mapping[str, Any]) -> AuditEntry:
    """Convert a row. Edited fields that are not text are shown; the hash reveals them."""
    readable = {
        name: value if name == "seq" or isinstance(value, str) else repr(value)
        for name, value in row.items()
    }
    return AuditEntry.model_validate(readable)
