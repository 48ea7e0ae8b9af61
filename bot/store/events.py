"""The inbox: an event is claimed by its id before it is handled, and handled once."""

import json

from sqlite_utils import Database

KEPT = 7 * 24 * 3600.0  # seconds; Webex does not redeliver what is older
SAME = 60.0  # seconds; the socket and the REST API may tell of one moment by different clocks


def claim(db: Database, event_id: str, kind: str, event: dict[str, object], now: float) -> bool:
    """Store an event; False when it was claimed before.

    What can happen again under the same id (being let into a space) tells when it did, as `at`.
    """
    done = db.execute(
        "insert into events (id, kind, event, received_at) values (?, ?, ?, ?)"
        " on conflict (id) do update set event = excluded.event,"
        " received_at = excluded.received_at, handled_at = null"
        " where json_extract(excluded.event, '$.at') > json_extract(event, '$.at') + ?",
        [event_id, kind, json.dumps(event), now, SAME],
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
