"""The connection, its thread, and the history of the schema."""

import asyncio
import sqlite3
import threading

import pytest

from bot.core.errors import ConfigError
from bot.core.models.requests import ProgressMessage
from bot.store import progress_messages
from bot.store.database import Store, instance
from bot.store.migrations import migration
from bot.store.sql import Database
from bot.store.sqlite import SqliteDatabase, connect, integrity
from tests.bot.store import sample
from tests.database import sqlite_only

pytestmark = sqlite_only

TABLES = {"people", "access", "first_admins", "events", "requests", "tokens", "instance"}


def test_a_new_file_gets_every_table(db):
    assert set(db.table_names()) >= TABLES
    assert integrity(db) == "ok"


def test_opening_again_changes_nothing(path, open_db):
    first = open_db()
    sample.remember(first, "id-1", "Ann@Example.com", 1.0)
    before = first.schema
    second = open_db()
    assert second.schema == before
    assert sample.email_of(second, "id-1", 0) == "ann@example.com"
    assert instance(second) == instance(first)


def test_a_file_of_an_older_version_is_migrated_and_keeps_its_rows(path, open_db):
    old = SqliteDatabase(path)
    migration.apply(old, stop_before="m003_events")
    sample.remember(old, "id-1", "ann@example.com", 1.0)
    assert "events" not in old.table_names()
    old.close()
    new = open_db()
    assert set(new.table_names()) >= TABLES
    assert sample.email_of(new, "id-1", 0) == "ann@example.com"


def test_progress_messages_of_an_older_version_are_kept_in_order(path, open_db):
    old = SqliteDatabase(path)
    migration.apply(old, stop_before="m020_progress_messages")
    old.execute("insert into lines values ('msg-2', '7K3F'), ('msg-1', '')")
    old.conn.commit()
    old.close()
    new = open_db()
    assert "lines" not in new.table_names()
    assert progress_messages.posted(new) == [
        ProgressMessage(message_id="msg-2", request="7K3F"),
        ProgressMessage(message_id="msg-1", request=""),
    ]
    # The id is still the key.
    progress_messages.add(new, ProgressMessage(message_id="msg-2", request=""))
    assert len(progress_messages.posted(open_db())) == 2


def test_migrations_are_numbered_in_order():
    empty = SqliteDatabase(memory=True)
    names = [step.name for step in migration.pending(empty)]
    empty.close()
    assert [name[:4] for name in names] == [f"m{number:03}" for number in range(1, len(names) + 1)]


def test_two_installations_have_different_names(tmp_path, open_db):
    other = connect(tmp_path / "other.db")
    assert instance(other) != instance(open_db())
    other.close()


def test_other_users_cannot_read_the_file(path, db):
    sample.remember(db, "id-1", "ann@example.com", 1.0)
    files = list(path.parent.iterdir())
    assert {file.name for file in files} == {"provbot.db", "provbot.db-wal", "provbot.db-shm"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_written_data_survives_a_power_cut(db):
    assert db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert db.execute("pragma synchronous").fetchone() == (2,)


@pytest.mark.parametrize("content", [b"not a database, but text that is long enough" * 50])
def test_a_file_that_is_no_database_is_named(path, content):
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"provbot\.db cannot be used"):
        connect(path)
    assert path.read_bytes() == content


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere.* cannot be used"):
        connect(tmp_path / "nowhere" / "provbot.db")


async def test_the_store_uses_one_thread_besides_the_event_loop(path):
    store = Store(path)
    threads = await asyncio.gather(
        *(store.call(lambda _: threading.get_ident()) for _ in range(20))
    )
    store.close()
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_a_failed_call_writes_nothing(path):
    def half(db: Database) -> None:
        sample.remember(db, "id-1", "ann@example.com", 1.0)
        raise OSError("power cut")

    store = Store(path)
    with pytest.raises(OSError, match="power cut"):
        await store.call(half)
    assert await store.call(sample.email_of, "id-1", 0) is None
    store.close()


async def test_another_process_sees_the_writes_of_the_store(path, open_db):
    store = Store(path)
    await store.call(sample.remember, "id-1", "ann@example.com", 1.0)
    assert sample.email_of(open_db(), "id-1", 0) == "ann@example.com"
    store.close()


async def test_a_closed_store_has_closed_the_file(path):
    store = Store(path)
    store.close()
    with pytest.raises(RuntimeError):
        await store.call(instance)
    alone = sqlite3.connect(path)
    alone.execute("pragma locking_mode=exclusive")
    alone.execute("begin exclusive")
    alone.close()


@pytest.mark.parametrize(
    ("not_before", "email"), [(0.0, "ann@example.com"), (5.0, "ann@example.com"), (5.1, None)]
)
def test_an_email_is_valid_for_a_while(db, not_before, email):
    sample.remember(db, "id-1", " Ann@Example.COM ", 5.0)
    assert sample.email_of(db, "id-1", not_before) == email
    assert sample.email_of(db, "id-2", 0) is None


def test_the_newest_email_of_a_person_counts(db):
    sample.remember(db, "id-1", "ann@example.com", 1.0)
    sample.remember(db, "id-1", "ann.alder@example.com", 2.0)
    assert sample.email_of(db, "id-1", 0) == "ann.alder@example.com"
