"""A row to write and read where any will do: addresses as older versions kept them."""

from bot.store.sql import Database, select, upsert


def remember(db: Database, person_id: str, email: str, now: float) -> None:
    """Write one."""
    row = {"person_id": person_id, "email": email.strip().lower(), "seen_at": now}
    upsert(db, "people", "person_id", row)


def email_of(db: Database, person_id: str, not_before: float) -> str | None:
    """Read one."""
    rows = select(
        db, "select email from people where person_id = ? and seen_at >= ?", [person_id, not_before]
    )
    return next((row["email"] for row in rows), None)
