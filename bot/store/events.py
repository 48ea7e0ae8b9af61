"""The table `events`: an event is claimed by its id before it is handled, and handled once."""

import json
from typing import Any, NamedTuple

from bot.store.sql import Database, select

RETENTION = 7 * 24 * 3600.0  # seconds; Webex does not redeliver older events
SAME_JOIN_WINDOW = 60.0  # seconds; the websocket and the REST API may date one event differently


class Claimed(NamedTuple):
    """An event that is stored, and when it was received (Unix seconds)."""

    event: dict[str, Any]
    received_at: float


def claim(db: Database, event_id: str, kind: str, event: dict[str, object], now: float) -> bool:
    """Store an event; False if it was claimed before.

    An event that can recur with the same id (being added to a space) carries its time as `at`.
    """
    done = db.execute(
        "insert into events (id, kind, event, received_at) values (?, ?, ?, ?)"
        " on conflict (id) do update set event = excluded.event,"
        " received_at = excluded.received_at, handled_at = null"
        " where cast(json_extract(excluded.event, '$.at') as double precision)"
        " > cast(json_extract(events.event, '$.at') as double precision) + ?",
        [event_id, kind, json.dumps(event), now, SAME_JOIN_WINDOW],
    )
    return done.rowcount == 1


def handled(db: Database, event_id: str, now: float) -> None:
    """Record that an event was answered."""
    db.execute("update events set handled_at = ? where id = ?", [now, event_id])


def unhandled(db: Database) -> list[Claimed]:
    """Return the events that were claimed but not answered, oldest first."""
    rows = select(
        db,
        "select event, received_at from events where handled_at is null"
        " order by received_at, rowid",
    )
    return [Claimed(json.loads(row["event"]), float(row["received_at"])) for row in rows]


def forget(db: Database, now: float) -> None:
    """Delete answered events that Webex does not redeliver any more, and what they said."""
    db.execute("delete from events where handled_at < ?", [now - RETENTION])
    db.execute("delete from message_versions where read_at < ?", [now - RETENTION])
