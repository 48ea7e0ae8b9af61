"""Removing what nobody needs any more. The audit trail is not touched: each entry seals the one before."""

from sqlite_utils import Database

# A draft that old can never be confirmed: its plan was good for minutes. What is open is never removed.
OVER = ("draft", "done", "failed", "rejected", "expired", "cancelled")
PARTS = (("decisions", "request"), ("approval_cards", "request"), ("requests", "code"))


def sweep(db: Database, before: float, most: int) -> int:
    """Remove at most so many requests that ended before that moment, with all that hangs on them; how many."""
    states = ",".join("?" * len(OVER))
    found = db.execute(
        f"select code from requests where changed_at < ? and state in ({states}) order by changed_at limit ?",  # noqa: S608 - marks only
        [before, *OVER, most],
    ).fetchall()
    codes = [code for (code,) in found]
    marks = ",".join("?" * len(codes))
    for table, column in PARTS:
        db.execute(f"delete from {table} where {column} in ({marks})", codes)  # noqa: S608 - our own names
    return len(codes)


def forget_people(db: Database, before: float) -> int:
    """Drop the emails of those who were not seen since; they are learned again when they come back."""
    return db.execute("delete from people where seen_at < ?", [before]).rowcount
