"""The table `lists`: what a request of many rows is about, as it was read."""

from sqlite_utils import Database

from bot.store.database import select


def put(db: Database, code: str, content: str) -> None:
    """Store the list of a request as JSON, in place of an earlier one."""
    db.execute("insert or replace into lists (request, content) values (?, ?)", [code, content])


def find(db: Database, code: str) -> str | None:
    """Return the list of a request; None if it has none."""
    row = next(select(db, "select content from lists where request = ?", [code]), None)
    return str(row["content"]) if row else None


def set_secrets_told(db: Database, code: str) -> None:
    """Record that what the list made for its requester has reached them."""
    db.execute("update lists set secrets_told = 1 where request = ?", [code])


def are_secrets_told(db: Database, code: str) -> bool:
    """Whether what the list made for its requester has reached them."""
    query = "select 1 from lists where request = ? and secrets_told"
    return next(select(db, query, [code]), None) is not None
