"""What the database knows of how it goes: for health and metrics."""

from sqlite_utils import Database

from bot.models import Value


class Figures(Value):
    """Requests by state; events that wait; ages in seconds, 0 where there is none.

    `last_event` is when one was last answered, in Unix seconds; 0 where none ever was.
    """

    states: dict[str, int]
    waiting: float
    oldest_event: float
    oldest_approval: float
    last_event: float


def figures(db: Database, now: float) -> Figures:
    """As they are."""
    states = {str(row["state"]): int(row["n"]) for row in db.query("select state, count(*) n from requests group by state")}  # fmt: skip
    event = next(db.query("select count(*) n, min(received_at) at from events where handled_at is null"))  # fmt: skip
    last = next(db.query("select max(handled_at) at from events"))
    asked = next(db.query("select min(changed_at) at from requests where state = 'waiting'"))
    return Figures(
        states=states,
        waiting=event["n"],
        oldest_event=now - (event["at"] or now),
        oldest_approval=now - (asked["at"] or now),
        last_event=last["at"] or 0.0,
    )


def touch(db: Database) -> None:
    """Write something that changes nothing."""
    db.execute("update instance set id = id")
