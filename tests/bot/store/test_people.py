"""Emails by person id: newest first, and not written at each message."""

from bot.store import people
from bot.store.people import OFTEN_ENOUGH


def test_an_email_is_known_from_when_it_was_seen(db):
    people.remember(db, "id-1", " Ann@Example.com ", 100.0)
    assert people.email_of(db, "id-1", 100.0) == "ann@example.com"
    assert people.email_of(db, "id-1", 101.0) is None
    assert people.email_of(db, "id-2", 0.0) is None


def test_another_email_counts_at_once(db):
    people.remember(db, "id-1", "ann@example.com", 100.0)
    people.remember(db, "id-1", "anna@example.com", 101.0)
    assert people.email_of(db, "id-1", 101.0) == "anna@example.com"


def test_the_same_email_is_written_again_only_after_a_while(db):
    people.remember(db, "id-1", "ann@example.com", 100.0)
    before = db.conn.total_changes
    people.remember(db, "id-1", "ann@example.com", 100.0 + OFTEN_ENOUGH)
    assert db.conn.total_changes == before
    people.remember(db, "id-1", "ann@example.com", 101.0 + OFTEN_ENOUGH)
    assert people.email_of(db, "id-1", 101.0 + OFTEN_ENOUGH) == "ann@example.com"
