"""Statistics of the database, for health checks and metrics."""

import json
from collections.abc import Collection

from bot.core.models.base import Value
from bot.store.sql import Database, select


class Figures(Value):
    """Requests by state, waiting events, and ages in seconds (0 if there is none).

    `last_event` is the Unix time of the last answered event; 0 if there is none.
    """

    states: dict[str, int]
    waiting: float
    oldest_event: float
    oldest_approval: float
    last_event: float


def figures(db: Database, now: float, apart: Collection[str] = ()) -> Figures:
    """Return the statistics. Events with an id in `apart` do not count as waiting."""
    by_state = select(db, "select state, count(*) n from requests group by state")
    states = {str(row["state"]): int(row["n"]) for row in by_state}
    event = next(
        select(
            db,
            "select count(*) n, min(received_at) at from events"
            " where handled_at is null"
            " and id not in (select value from json_each(cast(? as text)))",
            [json.dumps(list(apart))],
        )
    )
    last = next(select(db, "select max(handled_at) at from events"))
    asked = next(select(db, "select min(changed_at) at from requests where state = 'waiting'"))
    return Figures(
        states=states,
        waiting=event["n"],
        oldest_event=now - (event["at"] or now),
        oldest_approval=now - (asked["at"] or now),
        last_event=last["at"] or 0.0,
    )


def look(db: Database) -> None:
    """Read a row. The store's transaction also needs the write lock, so this tests the lock."""
    db.execute("select id from instance").fetchall()


def touch(db: Database) -> None:
    """Write a row without changing it."""
    db.execute("update instance set id = id")
