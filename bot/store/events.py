"""The inbox: an event is claimed by its id before it is handled, and handled once."""

import json

from sqlite_utils import Database

KEPT = 7 * 24 * 3600.0  # seconds; Webex does not redeliver what is older


def claim(db: Database, event_id: str, kind: str, event: dict[str, object], now: float) -> bool:
    """Store an event; False when it was claimed before."""
    done = db.execute(
        "insert or ignore into events (id, kind, event, received_at) values (?, ?, ?, ?)",
        [event_id, kind, json.dumps(event), now],
    )
    return done.rowcount == 1


def handled(db: Database, event_id: str, now: float) -> None:
    """It was answered."""
    db.execute("update events set handled_at = ? where id = ?", [now, event_id])


def unhandled(db: Database) -> list[dict[str, object]]:
    """What was claimed but not answered before the process ended, oldest first."""
    rows = db.query("select event from events where handled_at is null order by received_at, rowid")
    return [json.loads(row["event"]) for row in rows]


def forget(db: Database, now: float) -> None:
    """Drop answered events that cannot come again."""
    db.execute("delete from events where handled_at < ?", [now - KEPT])
