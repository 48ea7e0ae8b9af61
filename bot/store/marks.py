"""Until when everything that people said was heard: what came later is fetched after an outage."""

from sqlite_utils import Database


def heard_until(db: Database) -> float | None:
    """Unix seconds; None before the first connection ever."""
    row = next(db.query("select heard_until from marks"), None)
    return float(row["heard_until"]) if row else None


def set_heard_until(db: Database, at: float) -> None:
    """Everything before this moment is in the inbox."""
    db.table("marks").upsert({"id": 1, "heard_until": at}, pk="id")
