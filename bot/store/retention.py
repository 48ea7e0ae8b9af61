"""Delete old requests. The audit trail stays, because each entry depends on the previous one."""

from bot.store.sql import Database

# Old drafts cannot be confirmed any more. Open requests are never deleted.
DELETABLE_STATES = ("draft", "done", "failed", "rejected", "expired", "cancelled", "partly")
TABLES = (
    ("decisions", "request"),
    ("approval_cards", "request"),
    ("steps", "request"),
    ("lists", "request"),
    ("followed", "request"),
    ("followed_messages", "request"),
    ("requests", "code"),
)


def sweep(db: Database, before: float, limit: int) -> int:
    """Delete up to `limit` requests that ended before a time; return how many."""
    states = ",".join("?" * len(DELETABLE_STATES))
    rows = db.execute(
        f"select code from requests where state in ({states})"  # noqa: S608 - question marks
        " and changed_at < ? order by changed_at limit ?",
        [*DELETABLE_STATES, before, limit],
    ).fetchall()
    codes = [code for (code,) in rows]
    if not codes:
        return 0
    marks = ",".join("?" * len(codes))
    for table, column in TABLES:
        query = f"delete from {table} where {column} in ({marks})"  # noqa: S608 - our own names
        db.execute(query, codes)
    return len(codes)


def forget_people(db: Database, before: float) -> int:
    """Delete the addresses of people not seen since a time; the bot learns them again."""
    return db.execute("delete from people where seen_at < ?", [before]).rowcount
