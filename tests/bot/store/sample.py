"""A row to write and read where any will do: addresses as older versions kept them."""

from bot.store.sql import Database, select


def remember(db: Database, person_id: str, email: str, now: float) -> None:
    """Write one."""
    db.execute(
        "insert or replace into people (person_id, email, seen_at) values (?, ?, ?)",
        [person_id, email.strip().lower(), now],
    )


def email_of(db: Database, person_id: str, not_before: float) -> str | None:
    """Read one."""
    rows = select(
        db, "select email from people where person_id = ? and seen_at >= ?", [person_id, not_before]
    )
    return next((row["email"] for row in rows), None)
