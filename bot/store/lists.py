"""The table `lists`: what a request of many rows is about, as it was read."""

import json
from collections.abc import Sequence

from bot.store.sql import Database, select, upsert


def put(db: Database, code: str, content: str) -> None:
    """Store the list of a request as JSON, in place of an earlier one."""
    row = {"request": code, "content": content, "secrets_lost": None}
    upsert(db, "lists", "request", row)


def find(db: Database, code: str) -> str | None:
    """Return the list of a request; None if it has none."""
    row = next(select(db, "select content from lists where request = ?", [code]), None)
    return str(row["content"]) if row else None


def set_secrets_lost(db: Database, code: str, lost: Sequence[str]) -> None:
    """Record that what the list made for its requester has reached them, but of these steps.

    `lost` are keys of steps.
    """
    query = "update lists set secrets_lost = ? where request = ?"
    db.execute(query, [json.dumps(list(lost)), code])


def secrets_lost(db: Database, code: str) -> list[str] | None:
    """Return the keys of the steps whose secrets are lost; None if none was delivered yet."""
    row = next(select(db, "select secrets_lost from lists where request = ?", [code]), None)
    return json.loads(row["secrets_lost"]) if row and row["secrets_lost"] else None
