"""Rows of the audit trail that somebody edited can still be shown."""

import pytest

from bot.core.models.audit import TrailFilter
from bot.core.models.people import Sender
from bot.store import audit
from tests.database import sqlite_only

pytestmark = sqlite_only

ANN = Sender("id", "ann@example.com")


@pytest.fixture
def db(open_db):
    """A trail with one entry."""
    db = open_db()
    audit.append(
        db, at="2026-11-28T09:00:00+00:00", actor=ANN, action="confirmed", request="QH4A",
        detail={"title": "Add a phone", "operation": "add phone"},
    )  # fmt: skip
    return db


def edit(db, statement: str, value: str) -> None:
    """Change an entry from outside: the triggers of the database refuse it, so they go first."""
    for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        db.execute(f"drop trigger {name}")
    db.execute(statement, [value])


def test_an_entry_is_summarized_by_its_title(db):
    assert [entry.about for entry in audit.search(db, TrailFilter(), 5)] == ["Add a phone"]


@pytest.mark.parametrize("detail", ["{", "7", '["a"]'])
def test_an_entry_whose_detail_was_edited_is_not_readable(db, detail):
    edit(db, "update audit set detail = ?", detail)

    assert [entry.about for entry in audit.search(db, TrailFilter(), 5)] == ["not readable"]


def test_an_entry_whose_time_was_edited_counts_as_old(db):
    edit(db, "update audit set at = ?", "yesterday")

    assert audit.steps(db, "QH4A") == [("confirmed", 0.0)]
