"""The audit trail: whole, or what was done to it is named; and what comes out of it."""
# ruff: noqa: S608 - the statements are of our own

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.audit import CURRENT_REQUEST, SYSTEM_ACTOR, Trail, export, moment, verified, verify
from bot.core.models.audit import AuditEntry, TrailFilter
from bot.store import audit
from bot.store.database import Store
from bot.store.postgres import PostgresDatabase
from bot.store.sql import Database, select
from bot.store.sqlite import SqliteDatabase, connect
from tests import database
from tests.bot.requests.fixtures import Clock
from tests.bot.trails import LENGTH, NOON, TOM, fill, on_postgres
from tests.conftest import ENGINES

COLUMNS = ["at", "actor_id", "actor", "action", "request", "digest", "detail", "before", "hash"]
FOR_SPREADSHEETS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Iterator[SqliteDatabase]:
    """A whole trail."""
    db = connect(tmp_path_factory.mktemp("trail") / "provbot.db")
    fill(db)
    db.conn.commit()
    yield db
    db.close()


@pytest.fixture(scope="module", params=ENGINES)
def trail(request, template) -> Iterator[Callable[[], Database]]:
    """Makes copies of it that somebody may change who has the database in their hands."""
    if request.param == database.POSTGRES:
        with on_postgres() as copies:
            yield copies
        return
    made: list[Database] = []

    def copy() -> Database:
        memory = sqlite3.connect(":memory:")
        template.conn.backup(memory)
        db = SqliteDatabase(memory)
        for verb in ("update", "delete", "replace"):
            db.execute(f"drop trigger audit_no_{verb}")
        made.append(db)
        return db

    yield copy
    for db in made:
        db.close()


def findings(db: Database) -> list[str]:
    """What verify says of it; the copy is not used again."""
    wrong = list(verify(audit.entries(db), audit.head(db)))
    db.close()
    return wrong


def after(trail: Callable[[], Database], *statements: str) -> list[str]:
    """What verify says when somebody has run these."""
    db = trail()
    for statement in statements:
        db.execute(statement)
    return findings(db)


def edited(number: int) -> str:
    """How the sentence for an edited entry begins."""
    return f"Entry {number} ({moment(NOON + number)}, tom@example.com, step {number}) was edited"


def seal_again(db: Database, number: int) -> None:
    """What somebody does who knows how the chain is made."""
    row = next(select(db, "select * from audit where seq = ?", [number]))
    db.execute("update audit set hash = ? where seq = ?", [audit.row_hash(row), number])


def test_a_whole_trail_has_nothing_wrong(trail):
    assert after(trail) == []


def test_an_empty_trail_has_nothing_wrong(tmp_path):
    assert findings(connect(tmp_path / "provbot.db")) == []


def test_each_entry_carries_the_hash_of_the_one_before(trail):
    db = trail()
    entries = list(audit.entries(db))
    assert [entry.seq for entry in entries] == list(range(1, LENGTH + 1))
    assert [each.previous_hash for each in entries] == ["", *(each.hash for each in entries[:-1])]
    assert audit.head(db) == (LENGTH, entries[-1].hash)
    assert len({entry.hash for entry in entries if len(entry.hash) == 64}) == LENGTH
    db.close()


def test_equal_entries_have_different_hashes(tmp_path):
    with closing(connect(tmp_path / "provbot.db")) as db:
        for _ in range(2):
            audit.append(db, at=moment(NOON), actor=TOM, action="denied")
        first, second = audit.entries(db)
    assert first.hash != second.hash


@pytest.mark.parametrize("number", [1, 3, LENGTH])
@pytest.mark.parametrize("column", COLUMNS)
def test_an_edited_column_is_found_and_the_entry_named(trail, column, number):
    wrong = after(trail, f"update audit set {column} = {column} || '0' where seq = {number}")
    assert wrong
    assert wrong[0].startswith(f"Entry {number} (")
    assert "was edited" in wrong[0]


def test_a_removed_end_marker_is_found(trail):
    expected = [f"Entry {LENGTH} is not the last one that was written."]
    assert after(trail, "delete from audit_head") == expected


@pytest.mark.parametrize("value", ["null", "x'00ff'", "cast(detail as blob)", "1", "1.5"])
def test_a_value_of_another_type_is_reported_without_a_crash(trail, value):
    db = trail()
    if isinstance(db, PostgresDatabase) and "blob" in value:
        pytest.skip("PostgreSQL keeps the type of a column.")
    db.execute(f"update audit set detail = {value} where seq = 2")
    (wrong,) = findings(db)
    assert wrong.startswith(edited(2))


def test_an_edit_with_a_recomputed_hash_shows_in_the_next_entry(trail):
    db = trail()
    db.execute("update audit set actor = 'eve@example.com' where seq = 3")
    seal_again(db, 3)
    (wrong,) = findings(db)
    assert wrong == (
        f"Entry 4 ({moment(NOON + 4)}) does not follow entry 3: one of them was replaced or moved."
    )


def test_an_edited_last_entry_with_a_recomputed_hash_is_found(trail):
    db = trail()
    db.execute(f"update audit set actor = 'eve@example.com' where seq = {LENGTH}")
    seal_again(db, LENGTH)
    assert findings(db) == [f"Entry {LENGTH} is not the last one that was written."]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("seq = 1", ["Between entry 0 and entry 2 something was removed."]),
        ("seq = 3", ["Between entry 2 and entry 4 something was removed."]),
        ("seq in (2, 3, 4)", ["Between entry 1 and entry 5 something was removed."]),
        (
            "seq in (2, 4)",
            [
                "Between entry 1 and entry 3 something was removed.",
                "Between entry 3 and entry 5 something was removed.",
            ],
        ),
        ("seq = 6", ["Entries 6 to 6 are missing at the end."]),
        ("seq > 3", ["Entries 4 to 6 are missing at the end."]),
        ("true", ["Entries 1 to 6 are missing at the end."]),
    ],
)
def test_removed_entries_are_found_and_named(trail, condition, expected):
    assert after(trail, f"delete from audit where {condition}") == expected


def test_a_removed_entry_whose_gap_was_closed_is_found(trail):
    wrong = after(
        trail, "delete from audit where seq = 3", "update audit set seq = seq - 1 where seq > 3"
    )
    assert "Entry 3 (" in wrong[0]
    assert "was edited" in wrong[0]
    assert wrong[-1] == "Entries 6 to 6 are missing at the end."


def swapped(first: int, second: int) -> tuple[str, str, str]:
    """Two entries change places."""
    return (
        f"update audit set seq = 99 where seq = {first}",
        f"update audit set seq = {first} where seq = {second}",
        f"update audit set seq = {second} where seq = 99",
    )


@pytest.mark.parametrize(("first", "second"), [(1, 2), (3, 4), (2, 5), (5, 6), (1, 6)])
def test_reordered_entries_are_found_and_both_named(trail, first, second):
    text = "\n".join(after(trail, *swapped(first, second)))
    for number in (first, second):
        assert f"Entry {number} (" in text


INSERTED = """
insert into audit
select {}, at, actor_id, actor, action, request, digest, detail, before, hash
from audit where seq = {}
"""


@pytest.mark.parametrize("number", [1, 3, LENGTH])
def test_a_duplicated_entry_is_found(trail, number):
    wrong = after(trail, INSERTED.format(LENGTH + 1, number))
    assert wrong[0].startswith(f"Entry {LENGTH + 1} (")
    assert wrong[-1] == f"Entry {LENGTH + 1} is not the last one that was written."


def test_a_duplicate_in_the_middle_is_found(trail):
    moved = (
        "update audit set seq = -seq where seq > 3",
        "update audit set seq = 1 - seq where seq < 0",
    )
    wrong = after(trail, *moved, INSERTED.format(4, 3))
    assert any(sentence.startswith("Entry 4 (") for sentence in wrong)


def test_a_rewritten_tail_is_found(trail):
    db = trail()
    true_head = audit.head(db)
    db.execute("delete from audit where seq > 3")
    last = next(select(db, "select seq, hash from audit where seq = 3"))
    db.execute("update audit_head set seq = ?, hash = ?", [last["seq"], last["hash"]])
    fill(db, 3)
    db.execute("update audit_head set seq = ?, hash = ?", [*true_head])
    assert findings(db) == [f"Entry {LENGTH} is not the last one that was written."]


def test_an_entry_that_the_bot_did_not_write_is_found(trail):
    db = trail()
    head = audit.head(db)
    fill(db, 1)
    db.execute("update audit_head set seq = ?, hash = ?", [*head])
    assert findings(db) == [f"Entry {LENGTH + 1} is not the last one that was written."]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
VALUES: st.SearchStrategy[Any] = st.none() | TEXTS | st.binary(max_size=8) | st.integers(-9, 9)


@given(number=st.integers(1, LENGTH), column=st.sampled_from(COLUMNS), value=VALUES)
@example(number=1, column="before", value=None)
@example(number=2, column="digest", value=b"d2")
@settings(deadline=None)
def test_any_change_of_a_value_is_found_in_its_entry(trail, number, column, value):
    db = trail()
    row = next(select(db, "select * from audit where seq = ?", [number]))
    assume(row[column] != value)
    db.execute(f"update audit set {column} = ? where seq = ?", [value, number])
    stored = next(select(db, "select * from audit where seq = ?", [number]))[column]
    assume(stored != row[column])  # SQLite makes text of a number in a column of text
    wrong = findings(db)
    assert wrong
    assert wrong[0].startswith(f"Entry {number} (")


@given(st.permutations(range(1, LENGTH + 1)))
@settings(deadline=None)
def test_any_other_order_is_found(trail, order):
    assume(order != sorted(order))
    db = trail()
    db.execute("update audit set seq = seq + 100")
    for place, number in enumerate(order, 1):
        db.execute("update audit set seq = ? where seq = ?", [place, number + 100])
    text = "\n".join(findings(db))
    moved = [place for place, number in enumerate(order, 1) if place != number]
    assert all(f"Entry {place} (" in text for place in moved)


@given(st.sets(st.integers(1, LENGTH), min_size=1))
@settings(deadline=None)
def test_each_gap_of_removed_entries_is_named(trail, gone):
    marks = ",".join(map(str, gone))
    wrong = after(trail, f"delete from audit where seq in ({marks})")
    left = [0, *(number for number in range(1, LENGTH + 1) if number not in gone)]
    gaps = [(before, after_it) for before, after_it in pairwise(left) if after_it != before + 1]
    expected = [
        f"Between entry {before} and entry {after_it} something was removed."
        for before, after_it in gaps
    ]
    if left[-1] != LENGTH:
        expected.append(f"Entries {left[-1] + 1} to {LENGTH} are missing at the end.")
    assert wrong == expected


PASTED = """
into audit
select {}, at, 'x', 'eve', action, request, digest, detail, before, hash
from audit where seq = 1
"""


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set actor = 'eve'",
        "delete from audit",
        "insert or replace " + PASTED.format("seq"),
        "replace " + PASTED.format("2"),
        "insert " + PASTED.format("99"),
        "insert " + PASTED.format("-1"),
        "insert " + PASTED.format("null"),
        "insert into audit (seq, actor) values (1, 'eve') on conflict do update set actor = 'eve'",
    ],
)
def test_sqlite_itself_refuses_to_change_the_trail(tmp_path, statement):
    db = connect(tmp_path / "provbot.db")
    db.execute("pragma recursive_triggers = off")  # as another program may have it
    fill(db, 2)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement)
    entries = [(entry.seq, entry.actor) for entry in audit.entries(db)]
    assert entries == [(1, TOM.email), (2, TOM.email)]
    db.close()


def read_back(entries: list[AuditEntry]) -> list[dict[str, str]]:
    """What a spreadsheet gets."""
    text = "".join(line + "\n" for line in export(entries, "csv"))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def entry(**values: Any) -> AuditEntry:
    """One that says this."""
    blank = dict.fromkeys(audit.FIELDS, "") | {"hash": "h", "detail": "{}", "seq": 1}
    return AuditEntry.model_validate(blank | values)


@pytest.mark.parametrize("text", FOR_SPREADSHEETS)
@pytest.mark.parametrize("column", ["actor", "action", "request"])
def test_no_csv_cell_is_a_formula(column, text):
    (row,) = read_back([entry(**{column: text})])
    assert row[column] == "'" + text
    (line,) = export([entry(**{column: text})], "jsonl")
    assert json.loads(line)[column] == text


@pytest.mark.parametrize(
    "text", ["é 漢字 😀", 'say "no", please', "two\nlines", "a\r\nb", "", "1-1"]
)
def test_csv_text_is_read_as_it_was_written(text):
    row, other = read_back([entry(action=text), entry(seq=2, action="next")])
    assert (row["action"], other["seq"], other["action"]) == (text, "2", "next")


@given(st.lists(TEXTS, min_size=2, max_size=2))
def test_any_text_stays_in_its_csv_cell(texts):
    entries = [entry(action=texts[0]), entry(seq=2, action=texts[1])]
    rows = read_back(entries)
    assert [row["seq"] for row in rows] == ["1", "2"]
    for row, text in zip(rows, texts, strict=True):
        assert row["action"] in (text, "'" + text)
    lines = list(export(entries, "jsonl"))
    assert [json.loads(line) for line in lines] == [written.model_dump() for written in entries]


def test_the_csv_has_a_header_and_every_column(trail):
    db = trail()
    head, *rows = export(audit.entries(db), "csv")
    assert head.split(",") == [*audit.FIELDS, "hash"]
    assert len(rows) == LENGTH
    db.close()


def test_a_character_that_postgresql_cannot_hold_breaks_no_chain(trail):
    with closing(trail()) as db:
        audit.append(db, at=moment(NOON), actor=TOM, action="a\0b")
        assert findings(db) == []


def test_since_selects_entries_from_a_time_on(trail):
    db = trail()
    moments = {
        since: [entry.seq for entry in audit.entries(db, since)]
        for since in ("", "2025", moment(NOON + 4), moment(NOON + 4.001), moment(NOON + LENGTH + 1))
    }
    assert list(moments.values()) == [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], [4, 5, 6], [5, 6], []]
    db.close()


def test_the_newest_come_first(trail):
    db = trail()
    assert [entry.seq for entry in audit.search(db, TrailFilter(), 2)] == [LENGTH, LENGTH - 1]
    db.close()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (NOON, "2025-11-22T12:00:00.000Z"),
        (NOON + 0.1, "2025-11-22T12:00:00.100Z"),
        (NOON + 0.0004, "2025-11-22T12:00:00.000Z"),
        (NOON + 59.999, "2025-11-22T12:00:59.999Z"),
    ],
)
def test_times_are_shown_in_milliseconds(seconds, text):
    assert moment(seconds) == text


async def test_a_call_is_recorded_with_its_request(tmp_path: Path):
    store = Store(tmp_path / "provbot.db")
    notes = Trail(store, Clock(NOON))
    await notes.record_call("POST", "devices", 200, "T-1")
    CURRENT_REQUEST.set(("7K3F", TOM))
    await notes.record_call("DELETE", "devices/1", 0, "T-2")
    mine, before = await notes.search(TrailFilter(), 9)
    assert (mine.actor_id, mine.actor, mine.request, mine.action) == (
        TOM.person_id,
        TOM.email,
        "7K3F",
        "call",
    )
    assert json.loads(mine.detail) == {
        "method": "DELETE", "path": "devices/1", "status": 0, "tracking_id": "T-2",
    }  # fmt: skip
    assert (before.actor, before.request) == (SYSTEM_ACTOR.email, "")
    assert mine.at == moment(NOON)
    assert await store.call(lambda db: list(verify(audit.entries(db), audit.head(db)))) == []
    store.close()


def test_verification_reads_a_snapshot_while_the_bot_writes(tmp_path):
    path = tmp_path / "provbot.db"
    with closing(connect(path)) as db, closing(connect(path)) as bot:
        fill(db)
        db.conn.commit()
        bot.execute("pragma busy_timeout = 0")

        def meanwhile(statement: str) -> None:
            if statement.startswith("select * from audit"):
                fill(bot, 1)
                bot.conn.commit()

        db.conn.set_trace_callback(meanwhile)
        assert verified(db) == (LENGTH, [])
        db.conn.set_trace_callback(None)
        assert verified(db) == (LENGTH + 1, [])
