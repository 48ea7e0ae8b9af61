"""Who is behind a person id."""

from sqlite_utils import Database

OFTEN_ENOUGH = 600.0  # seconds: to write at each message that somebody was seen serves nobody


def remember(db: Database, person_id: str, email: str, now: float) -> None:
    """Keep the email that Webex gives for a person."""
    address = email.strip().lower()
    if email_of(db, person_id, now - OFTEN_ENOUGH) == address:
        return
    db.execute(
        "insert or replace into people (person_id, email, seen_at) values (?, ?, ?)",
        [person_id, address, now],
    )


def email_of(db: Database, person_id: str, not_before: float) -> str | None:
    """The email learned since `not_before` (Unix seconds), or None: then Webex must be asked."""
    rows = db.query(
        "select email from people where person_id = ? and seen_at >= ?", [person_id, not_before]
    )
    return next((row["email"] for row in rows), None)
