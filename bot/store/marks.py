"""Until when everything was heard: what came later is fetched after an outage."""

from sqlite_utils import Database


def heard_until(db: Database) -> float | None:
    """Unix seconds; None before the first connection ever."""
    row = next(db.query("select heard_until from marks"), None)
    return float(row["heard_until"]) if row else None


def began_at(db: Database) -> float:
    """Unix seconds: the first connection ever; 0 where that was before anybody noted it."""
    row = next(db.query("select began_at from marks"), None)
    return float((row and row["began_at"]) or 0.0)


def set_heard_until(db: Database, at: float) -> None:
    """Everything before this moment is in the inbox."""
    db.execute(
        "insert into marks (id, heard_until, began_at) values (1, ?, ?)"
        " on conflict (id) do update set heard_until = excluded.heard_until",
        [at, at],
    )
