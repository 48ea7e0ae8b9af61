"""Who is behind a person id."""

from sqlite_utils import Database


def remember(db: Database, person_id: str, email: str, now: float) -> None:
    """Keep the email that Webex gives for a person."""
    db.table("people").upsert(
        {"person_id": person_id, "email": email.strip().lower(), "seen_at": now}, pk="person_id"
    )


def email_of(db: Database, person_id: str, not_before: float) -> str | None:
    """The email learned since `not_before` (Unix seconds), or None: then Webex must be asked."""
    rows = db.query(
        "select email from people where person_id = ? and seen_at >= ?", [person_id, not_before]
    )
    return next((row["email"] for row in rows), None)
