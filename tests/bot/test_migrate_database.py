"""`provbot migrate-database`: from a SQLite file to PostgreSQL, all or nothing."""

import hashlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils
from typer.testing import CliRunner, Result

from bot.audit import moment
from bot.cli.app import app
from bot.core.errors import DatabaseUnavailable
from bot.core.models.database_address import PostgresAddress
from bot.core.models.people import Grant, Place, Role, Sender
from bot.requests import allowlist
from bot.store import audit, grants, lease, lock, postgres, requests, unclaimed
from bot.store.database import instance
from bot.store.migrations import MIGRATIONS, migration
from bot.store.sql import Database, select, transaction
from bot.store.sqlite import connect
from tests import postgres_schemas

pytestmark = pytest.mark.slow  # a server of PostgreSQL

TOM = Sender("id-tom", "tom@example.com")
ONLY_POSTGRES = {"provbot_migrations", "lease", "last_transaction"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a little of everything."""
    made = tmp_path / "provbot.db"
    with closing(connect(made)) as db, transaction(db):
        fill(db)
    return made


@pytest.fixture
def target() -> Iterator[PostgresAddress]:
    """A schema without tables."""
    address = postgres_schemas.empty()
    yield address
    postgres_schemas.give_back(address)


@pytest.fixture
def migrate(path: Path, target: PostgresAddress, tmp_path, monkeypatch):
    """Runs `provbot migrate-database`."""
    monkeypatch.chdir(tmp_path)

    def run(source: Path = path, to: str = target.url) -> Result:
        return CliRunner().invoke(app, ["migrate-database", str(source), to])

    return run


def fill(db: Database) -> None:
    """Write requests, roles and entries, and rows in another order than that of their keys."""
    allowlist.add(db, Grant("ada@example.com", Role.ADMIN), TOM, request="", now=1.0)
    place = Place("room", direct=True)
    for event in ("b", "a", "c"):
        request = requests.create(
            db, operation="tag", event_id=event, requester=TOM, place=place, now=1.0
        )
        values = {"state": "waiting", "plan": {"title": "Tag ☎ \0 “x”\n\t\\."}}
        requests.change(db, request, by=TOM.email, now=2.0, reason="a\0b\\N", **values)
    for number in range(20):
        audit.append(db, at=moment(1e9 + number), actor=TOM, action="x", detail={"n": "\0ä"})


def tables_of(db: Database, query: str) -> dict[str, set[str]]:
    """The columns by table."""
    found: dict[str, set[str]] = {}
    for table, column in db.execute(query).fetchall():
        found.setdefault(table, set()).add(column)
    return found


def content(folder: Path) -> dict[str, str]:
    """What is in the files of a folder, but for the empty lock."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.iterdir()
        if file.suffix != ".lock"
    }


def tables_in(address: PostgresAddress) -> int:
    """How many tables a schema has."""
    with closing(postgres.PostgresDatabase(address)) as db:
        query = "select count(*) from pg_tables where schemaname = current_schema()"
        return int(db.execute(query).fetchone()[0])


def test_both_engines_have_the_same_tables_and_columns(path, target):
    postgres.connect(target).close()
    with closing(connect(path)) as old, closing(postgres.connect(target)) as new:
        sqlite_tables = tables_of(
            old,
            "select t.name, c.name from sqlite_master as t join pragma_table_info(t.name) as c"
            " where t.type = 'table' and t.name not like '%sqlite_%'",
        )
        postgres_tables = tables_of(
            new,
            "select table_name, column_name from information_schema.columns"
            " where table_schema = current_schema()",
        )
    assert {*postgres_tables} - {*sqlite_tables} == ONLY_POSTGRES
    for table, columns in sqlite_tables.items():
        assert postgres_tables[table] - {"rowid"} == columns, table


def test_everything_is_copied_in_its_order_and_the_file_stays_as_it_is(
    migrate, path, target, tmp_path
):
    before = content(tmp_path)
    done = migrate()
    assert done.exit_code == 0, done.output
    assert content(tmp_path) == before
    assert "requests                     3\n" in done.output
    assert f"Copied to {target}, with 21 entries in the audit trail." in done.output
    assert "Set PROVBOT_DATABASE to that address" in done.output
    with closing(connect(path)) as old, closing(postgres.connect(target)) as new:
        assert instance(new) == instance(old)
        assert grants.grants(new) == grants.grants(old)
        assert list(audit.entries(new)) == list(audit.entries(old))
        (first, *_) = old.execute("select code from requests order by rowid").fetchone()
        ordered = new.execute("select code, reason from requests order by rowid").fetchall()
        assert (ordered[0][0], {reason for _, reason in ordered}) == (first, {"a\ufffdb\\N"})
        assert requests.find_or_fail(new, first).plan == requests.find_or_fail(old, first).plan
        with transaction(new):
            audit.append(new, at="now", actor=TOM, action="y")  # the trail goes on
        assert audit.head(new)[0] == 22
    env = {"PROVBOT_DATABASE": target.url}
    verified = CliRunner().invoke(app, ["audit", "verify"], env=env)
    assert verified.output == "The audit trail is intact: 22 entries.\n"


@pytest.mark.parametrize("statement", ["delete from audit", "update audit set actor = 'eve'"])
def test_the_copied_trail_is_append_only(migrate, target, statement):
    assert migrate().exit_code == 0
    with closing(postgres.connect(target)) as db:
        for query in (statement, "insert into audit (seq) values (99)"):
            with pytest.raises(Exception, match="append-only"):
                db.execute(query)


def test_a_new_installation_that_nobody_used_is_filled(migrate, target):
    with closing(postgres.connect(target)) as db:
        before = instance(db)
    assert migrate().exit_code == 0
    with closing(postgres.connect(target)) as db:
        assert instance(db) != before


def test_a_database_in_use_is_left_as_it_is(migrate, target):
    assert migrate().exit_code == 0
    again = migrate()
    assert again.exit_code == 2
    assert again.output == (
        f"{target} already holds an installation of provbot: access (1), audit (21), requests (3)."
        " Name an empty database. Nothing was changed.\n"
    )


def test_a_target_where_a_bot_leads_is_refused(migrate, target):
    with closing(postgres.connect(target)):
        holder = lease.Lease(target, "pod-1")
        assert holder.take()
        done = migrate()
        holder.close()
    assert done.exit_code == 1
    assert f"A bot leads with {target}: pod-1. Nothing was changed. Stop all" in done.output


def test_a_process_that_led_the_target_before_is_fenced(migrate, target):
    with closing(postgres.connect(target)) as db:
        holder = lease.Lease(target, "pod-1")
        taken = holder.take()
        assert taken
        db.execute("update lease set renewed_at = renewed_at - interval '1 minute'")
        assert migrate().exit_code == 0
        assert not holder.renew(taken.epoch)
        holder.close()


@pytest.mark.parametrize("are_lost", [False, True])
def test_the_next_leader_tells_of_presses_that_a_bot_with_the_file_lost(
    migrate, path, target, are_lost
):
    if are_lost:
        unclaimed.beside(path).touch()
    assert migrate().exit_code == 0
    with closing(lease.Lease(target, "pod-1")) as holder:
        taken = holder.take()
    assert taken
    assert taken.ran_out is are_lost


def test_the_file_of_a_running_bot_is_not_copied(migrate, path, target):
    with lock.held(path, "It runs."):
        done = migrate()
    assert done.exit_code == 1
    assert done.output.count("Nothing was changed.") == 1
    assert tables_in(target) == 0


def test_a_broken_trail_is_not_copied(migrate, path, target):
    with closing(sqlite3.connect(path)) as db:
        db.execute("drop trigger audit_no_update")
        db.execute("update audit set actor = 'eve@example.com' where seq = 2")
        db.commit()
    done = migrate()
    assert done.exit_code == 2
    assert f"The audit trail of {path} is not intact, so it is not copied: Entry 2" in done.output
    assert "was edited: its hash does not match. `provbot audit verify`" in done.output
    assert done.output.endswith("Nothing was changed.\n")
    assert tables_in(target) == 0


def test_an_older_version_is_upgraded_in_a_copy(migrate, target, tmp_path):
    old = tmp_path / "old.db"
    with closing(sqlite_utils.Database(old)) as made:
        migration.apply(made, stop_before=MIGRATIONS[-1])
    before = content(tmp_path)
    assert migrate(old).exit_code == 0
    assert content(tmp_path) == before
    assert tables_in(target) > 20


def test_the_log_of_a_killed_bot_is_copied_as_well(migrate, path, target, tmp_path):
    with closing(connect(path)) as db:
        with transaction(db):
            grants.add(db, Grant("bea@example.com", Role.ADMIN), 2.0)
        for suffix in ("", "-wal"):
            shutil.copy(f"{path}{suffix}", f"{tmp_path / 'kept.db'}{suffix}")
    assert migrate(tmp_path / "kept.db").exit_code == 0
    with closing(postgres.connect(target)) as new:
        assert len(grants.grants(new)) == 2


@pytest.mark.parametrize("content", [None, b"", b"no database" * 100, "other"])
def test_another_file_is_refused(migrate, target, tmp_path, content):
    source = tmp_path / "other.db"
    if content == "other":
        with closing(sqlite3.connect(source)) as other:
            other.execute("create table notes (id)")
    elif content is not None:
        source.write_bytes(content)
    done = migrate(source)
    assert done.exit_code == 2
    assert str(source) in done.output
    assert done.output.endswith("Nothing was changed.\n")
    assert tables_in(target) == 0


@pytest.mark.parametrize(
    ("to", "status", "sentence"),
    [
        ("other.db", 2, "FROM must be the SQLite file, and TO the new database"),
        ("mysql://u:secret@db/p", 2, "FROM must be the SQLite file, and TO the new database"),
        ("postgresql://u:sec@ret@db/p", 2, "TO must look like postgresql://"),
        ("postgresql://u@127.0.0.1:1/p", 1, "The database postgresql://u@127.0.0.1:1/p cannot"),
        ("postgresql://u@127.0.0.1:1/p?no=1", 2, "cannot be used: invalid URI query parameter"),
    ],
)
def test_another_target_is_refused(migrate, to, status, sentence):
    done = migrate(to=to)
    assert done.exit_code == status
    assert sentence in done.output
    assert done.output.endswith("Nothing was changed.\n")
    assert "sec" not in done.output.replace("second", "")


def test_a_failure_in_the_middle_leaves_the_target_as_it_was(migrate, target, monkeypatch):
    copy_in = postgres.PostgresDatabase.copy_in

    def failing(db, table, columns, rows):
        copy_in(db, table, columns, rows)
        if table == "requests":
            db.execute("select pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(postgres.PostgresDatabase, "copy_in", failing)
    done = migrate()
    assert done.exit_code == 1
    assert f"The database {target} cannot be used: terminating connection" in done.output
    assert done.output.endswith("Nothing was changed.\n")
    assert tables_in(target) == 0


def test_a_row_that_is_missing_is_noticed(migrate, target, monkeypatch):
    copy_in = postgres.PostgresDatabase.copy_in

    def forgetful(db, table, columns, rows):
        copy_in(db, table, columns, list(rows)[: 2 if table == "requests" else None])

    monkeypatch.setattr(postgres.PostgresDatabase, "copy_in", forgetful)
    done = migrate()
    assert f"requests would have 2 rows instead of 3 in {target}." in done.output
    assert (done.exit_code, tables_in(target)) == (2, 0)


def test_a_change_on_the_way_is_noticed_in_the_trail(migrate, target, monkeypatch):
    copy_in = postgres.PostgresDatabase.copy_in

    def careless(db, table, columns, rows):
        changed = [["eve" if value == TOM.email else value for value in row] for row in rows]
        copy_in(db, table, columns, changed)

    monkeypatch.setattr(postgres.PostgresDatabase, "copy_in", careless)
    done = migrate()
    assert f"The audit trail would not be intact in {target}: Entry 1" in done.output
    assert (done.exit_code, tables_in(target)) == (2, 0)


def test_a_file_that_is_changed_meanwhile_is_noticed(migrate, path, target, monkeypatch):
    copy_in = postgres.PostgresDatabase.copy_in

    def slow(db, table, columns, rows):
        copy_in(db, table, columns, rows)
        if table == "requests":
            with closing(connect(path)) as other, transaction(other):
                grants.add(other, Grant("bea@example.com", Role.ADMIN), 2.0)

    monkeypatch.setattr(postgres.PostgresDatabase, "copy_in", slow)
    done = migrate()
    assert f"{path} was changed meanwhile." in done.output
    assert (done.exit_code, tables_in(target)) == (1, 0)


def test_a_killed_copy_leaves_the_target_as_it_was(path, target, tmp_path):
    with closing(connect(path)) as db, transaction(db):
        for number in range(20_000):
            audit.append(db, at=moment(number), actor=TOM, action="x")
    command = [sys.executable, "-m", "bot", "migrate-database", str(path), target.url]
    with closing(postgres.PostgresDatabase(target)) as watcher:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # noqa: S603
        query = (
            "select count(*) from pg_stat_activity where query like 'copy audit %'"
            " and application_name = current_setting('application_name')"
        )
        give_up_at = time.monotonic() + 60
        while not watcher.execute(query).fetchone()[0]:
            assert running.poll() is None
            assert time.monotonic() < give_up_at
        running.send_signal(signal.SIGKILL)
        running.communicate()
    assert running.returncode == -signal.SIGKILL
    assert tables_in(target) == 0


def test_more_entries_than_a_page_are_copied(migrate, path, target):
    with closing(connect(path)) as db, transaction(db):
        for number in range(2 * audit.PAGE):
            audit.append(db, at=moment(number), actor=TOM, action="x", detail={"n": number})
    assert migrate().exit_code == 0
    with closing(postgres.connect(target)) as new:
        assert next(select(new, "select count(*) as n from audit"))["n"] == 2 * audit.PAGE + 21


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_copy_leaves_nothing(migrate, target, monkeypatch, tmp_path, how):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    copy_in = postgres.PostgresDatabase.copy_in

    def stopped(db, table, columns, rows):
        copy_in(db, table, columns, rows)
        if table == "requests":
            signal.raise_signal(how)

    before = content(tmp_path)
    monkeypatch.setattr(postgres.PostgresDatabase, "copy_in", stopped)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore it
    try:
        done = migrate()
    finally:
        signal.signal(signal.SIGINT, handler)
    assert (done.exit_code, done.output) == (1, "Stopped. Nothing was changed.\n")
    assert tables_in(target) == 0
    assert content(tmp_path) == before


@pytest.mark.parametrize("is_kept", [False, True])
def test_an_end_in_doubt_is_told_as_such(migrate, target, monkeypatch, is_kept):
    commit = postgres.PostgresDatabase.commit

    def interrupted(db):
        if is_kept:
            commit(db)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(postgres.PostgresDatabase, "commit", interrupted)
        done = migrate()
    assert done.exit_code == 1
    assert "was broken off at the very end, and it is not known whether" in done.output
    assert "Nothing was changed" not in done.output
    assert migrate().exit_code == (2 if is_kept else 0)


def test_an_end_that_the_server_refuses_changes_nothing(migrate, target, monkeypatch):
    def refused(db):
        raise DatabaseUnavailable("could not extend file")

    monkeypatch.setattr(postgres.PostgresDatabase, "commit", refused)
    done = migrate()
    assert (done.exit_code, done.output) == (
        1,
        f"The database {target} cannot be used: could not extend file. Nothing was changed.\n",
    )
    assert tables_in(target) == 0
