"""`provbot backup` and `provbot restore`, and what a new or an old version does to a database."""

import os
import shutil
import sqlite3
import threading
import time
from contextlib import closing, nullcontext

import pytest
from typer.testing import CliRunner, Result

from bot.cli.app import app
from bot.core.errors import ConfigError
from bot.core.models.people import Grant, Role
from bot.store import checkpoint, grants, lock, restore
from bot.store.migrations import MIGRATIONS, migration
from bot.store.sql import transaction
from bot.store.sqlite import SqliteDatabase, connect, copy

ANN, BEA = Grant("ann@example.com", Role.ADMIN), Grant("bea@example.com", Role.ADMIN)


@pytest.fixture
def path(tmp_path):
    """A database in which Ann is admin."""
    made = tmp_path / "provbot.db"
    put(made, ANN)
    return made


@pytest.fixture
def provbot(path):
    """Runs `provbot ARGUMENTS`."""

    def run(*arguments: object) -> Result:
        return CliRunner(env={"PROVBOT_DATABASE": str(path)}).invoke(
            app, [str(argument) for argument in arguments]
        )

    return run


def put(path, grant: Grant) -> None:
    """On the allowlist."""
    with closing(connect(path)) as db, transaction(db):
        grants.add(db, grant, 1.0)


def held(path) -> list[Grant]:
    """What a file says."""
    with closing(connect(path)) as db:
        return grants.grants(db)


def written_by_a_newer_version(path) -> None:
    """With a step that this one does not know."""
    with closing(connect(path)) as db:
        db.table("_sqlite_migrations").insert(
            {"migration_set": "provbot", "name": "m999_future", "applied_at": "2030-01-01"}
        )


def written_by_an_older_version(path) -> None:
    """Without the newest step."""
    with closing(SqliteDatabase(path)) as old:
        migration.apply(old, stop_before=MIGRATIONS[-1])


def test_a_backup_is_complete_while_the_database_is_in_use(provbot, path, tmp_path):
    with closing(connect(path)) as db:
        with transaction(db):
            grants.add(db, BEA, 2.0)
        done = provbot("backup", tmp_path / "copy.db")  # what was written is still in the log
    assert done.exit_code == 0
    assert held(tmp_path / "copy.db") == [ANN, BEA]
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ("backup", "copy.db"),
        ("audit", "verify"),
        ("audit", "export"),
        ("requests", "list"),
        ("requests", "show", "7K3F"),
        ("access", "list"),
        ("access", "remove", "ann@example.com"),
    ],
)
def test_a_missing_database_is_named_and_not_created(tmp_path, arguments):
    missing = tmp_path / "nowhere.db"
    done = CliRunner(env={"PROVBOT_DATABASE": str(missing)}).invoke(app, arguments)
    assert done.exit_code == 2
    assert f"There is no database {missing}. Set PROVBOT_DATABASE" in done.output
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_overwritten(provbot, tmp_path):
    (tmp_path / "copy.db").write_text("precious")
    done = provbot("backup", tmp_path / "copy.db")
    assert (done.exit_code, (tmp_path / "copy.db").read_text()) == (2, "precious")
    assert "cannot be written: File exists" in done.output
    assert "cannot be written" in provbot("backup", tmp_path / "nowhere" / "copy.db").output


def test_a_restore_replaces_the_database_and_keeps_the_old_one(provbot, path, tmp_path):
    provbot("backup", tmp_path / "copy.db")
    put(path, BEA)
    done = provbot("restore", tmp_path / "copy.db")
    assert done.exit_code == 0
    assert held(path) == [ANN]
    (kept,) = tmp_path.glob("provbot.db.before-2*")
    assert held(kept) == [ANN, BEA]
    assert kept.name in done.output
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_database_can_be_replaced(provbot, path, tmp_path):
    provbot("backup", tmp_path / "copy.db")
    path.write_bytes(b"broken" * 1000)
    assert provbot("restore", tmp_path / "copy.db").exit_code == 0
    assert held(path) == [ANN]


def test_only_the_owner_can_read_the_kept_database(provbot, path, tmp_path):
    provbot("backup", tmp_path / "copy.db")
    path.chmod(0o644)
    assert provbot("restore", tmp_path / "copy.db").exit_code == 0
    (kept,) = tmp_path.glob("provbot.db.before-2*")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_database_that_cannot_be_kept_is_not_replaced(provbot, path, tmp_path):
    provbot("backup", tmp_path / "copy.db")
    before = path.read_bytes()
    log = path.with_name("provbot.db-wal")
    log.mkdir()  # can be read by nobody
    done = provbot("restore", tmp_path / "copy.db")
    assert done.exit_code == 2
    assert f"{log} cannot be copied: Is a directory." in done.output
    assert list(tmp_path.glob("*before*")) == []
    assert path.read_bytes() == before


def test_an_earlier_kept_database_is_not_overwritten(path, tmp_path):
    shutil.copy(path, tmp_path / "copy.db")
    kept = restore.restore(tmp_path / "copy.db", path, 1_000.0)
    assert kept is not None
    kept.write_text("precious")
    with pytest.raises(ConfigError, match=r"before-.* cannot be written: File exists\."):
        restore.restore(tmp_path / "copy.db", path, 1_000.0)
    assert (kept.read_text(), held(path)) == ("precious", [ANN])


def test_an_unwritable_directory_is_named_instead_of_the_backup(provbot, path, tmp_path):
    copied = tmp_path / "copy.db"
    provbot("backup", copied)
    nowhere = tmp_path / "nowhere" / "provbot.db"
    done = CliRunner(env={"PROVBOT_DATABASE": str(nowhere)}).invoke(app, ["restore", str(copied)])
    assert done.exit_code == 2
    assert done.output == f"{nowhere} cannot be written: No such file or directory.\n"


def test_a_backup_that_cannot_be_finished_is_not_left(path, tmp_path):
    db = connect(path)
    db.close()
    with pytest.raises(sqlite3.ProgrammingError):
        copy(db.conn, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_can_be_restored_without_a_database(provbot, path, tmp_path):
    provbot("backup", tmp_path / "copy.db")
    path.unlink()
    assert provbot("restore", tmp_path / "copy.db").exit_code == 0
    assert held(path) == [ANN]


def test_the_database_of_a_running_bot_is_not_replaced(provbot, path, tmp_path):
    provbot("backup", tmp_path / "copy.db")
    put(path, BEA)
    with lock.held(path, "It runs."):
        done = provbot("restore", tmp_path / "copy.db")
    assert (done.exit_code, held(path)) == (1, [ANN, BEA])
    assert "The bot runs with this database. Nothing was changed." in done.output
    assert provbot("restore", tmp_path / "copy.db").exit_code == 0  # at once after it has ended


def test_a_restored_database_says_that_the_bot_has_not_started_with_it(provbot, path, tmp_path):
    with closing(connect(path)) as db, transaction(db):
        checkpoint.set_received_until(db, 1_000.0)
    provbot("backup", tmp_path / "copy.db")
    assert provbot("restore", tmp_path / "copy.db").exit_code == 0
    with closing(connect(path)) as db:
        assert [checkpoint.act_after(db, now) for now in (2_000.0, 3_000.0)] == [2_000.0, 2_000.0]
    with closing(connect(tmp_path / "copy.db")) as db:
        assert checkpoint.act_after(db, 2_000.0) == 0.0


@pytest.mark.parametrize("state", ["draft", "waiting", "approved", "running", "unknown", "done"])
def test_unfinished_requests_of_a_backup_are_not_run(provbot, path, tmp_path, state):
    later = time.time() + 900
    with closing(connect(path)) as db, transaction(db):
        row = {"code": "7K3F", "state": state, "event_id": "e", "run_by": later}
        db.table("requests").insert(row)
    provbot("backup", tmp_path / "copy.db")
    assert provbot("restore", tmp_path / "copy.db").exit_code == 0
    with closing(connect(path)) as db:
        (row,) = db.query("select run_by from requests")
    assert (row["run_by"] < later) == (state in {"approved", "running", "unknown"})


@pytest.mark.parametrize("content", [None, b"", b"no database" * 100, "other"])
def test_a_file_that_is_not_a_backup_replaces_nothing(provbot, path, tmp_path, content):
    source = tmp_path / "copy.db"
    if content == "other":
        with closing(sqlite3.connect(source)) as other:
            other.execute("create table notes (id)")
    elif content is not None:
        source.write_bytes(content)
    done = provbot("restore", source)
    assert (done.exit_code, held(path)) == (2, [ANN])
    assert str(source) in done.output


def test_a_backup_is_read_without_creating_files_beside_it(provbot, tmp_path):
    """A medium may be read-only; SQLite would make files there even to read."""
    medium = tmp_path / "medium"
    medium.mkdir()
    provbot("backup", medium / "copy.db")
    os.utime(medium, (1.0, 1.0))
    assert provbot("restore", medium / "copy.db").exit_code == 0
    assert [file.name for file in medium.iterdir()] == ["copy.db"]
    assert medium.stat().st_mtime == 1.0  # and nothing came and went


def test_a_kept_database_is_restored_with_its_log(provbot, path, tmp_path):
    with closing(connect(path)) as db:
        with transaction(db):
            grants.add(db, BEA, 2.0)
        for suffix in ("", "-wal"):  # as a killed bot leaves them
            shutil.copy(f"{path}{suffix}", f"{tmp_path / 'kept.db'}{suffix}")
    assert provbot("restore", tmp_path / "kept.db").exit_code == 0
    assert held(path) == [ANN, BEA]


@pytest.mark.parametrize("why", ["no copy", "newer", "older", "running", "well"])
def test_no_failed_restore_leaves_a_second_database(provbot, path, tmp_path, why):
    copy = tmp_path / "copy.db"
    provbot("backup", copy)
    if why == "no copy":
        copy.write_bytes(b"no database" * 100)
    elif why == "newer":
        written_by_a_newer_version(copy)
    elif why == "older":
        copy.unlink()
        written_by_an_older_version(copy)
    with lock.held(path, "It runs.") if why == "running" else nullcontext():
        done = provbot("restore", copy)
    assert (done.exit_code == 0) == (why in {"older", "well"})
    assert "restoring" not in done.output  # nobody has heard of that
    assert list(tmp_path.glob("*restoring*")) == []


def test_files_of_a_killed_restore_are_removed_once_stale(path):
    left = path.with_name("provbot.db.restoring")
    log = path.with_name("provbot.db.restoring-wal")
    for file in (left, log):
        file.write_text("secret")
    restore.remove_stale(path)
    assert left.exists()
    restore.remove_stale(path, lambda: time.time() + 2 * restore.STALE)
    assert (left.exists(), log.exists(), path.exists()) == (False, False, True)


def test_a_backup_that_changes_meanwhile_is_refused(provbot, path, tmp_path):
    source, log = tmp_path / "used.db", tmp_path / "used.db-wal"
    provbot("backup", source)
    os.mkfifo(log)  # a reader waits for a writer

    def write() -> None:
        with log.open("wb"), source.open("ab") as file:
            file.write(b"more")

    writer = threading.Thread(target=write)
    writer.start()
    done = provbot("restore", source)
    writer.join()
    assert (done.exit_code, held(path)) == (2, [ANN])
    assert f"{source} is in use" in done.output


def test_a_read_only_database_can_be_read_unchanged(path):
    with closing(connect(path)) as db, transaction(db):
        grants.add(db, BEA, 2.0)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    os.utime(path.parent, (1.0, 1.0))
    with restore.reading(path, lambda _: False) as read:
        assert grants.grants(read) == [ANN, BEA]
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before
    assert path.parent.stat().st_mtime == 1.0


def test_reading_an_older_or_newer_version_changes_nothing(tmp_path):
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    written_by_an_older_version(old)
    connect(new).close()
    written_by_a_newer_version(new)
    before = old.read_bytes()
    with restore.reading(old, lambda _: False) as db:
        assert grants.grants(db) == []
    assert old.read_bytes() == before
    with (
        pytest.raises(ConfigError, match=f"The database {new} was written by a newer provbot"),
        restore.reading(new, lambda _: False),
    ):
        pass


def test_a_database_of_a_newer_version_is_not_changed(path):
    written_by_a_newer_version(path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"was written by a newer provbot \(m999_future\)"):
        connect(path)
    assert path.read_bytes() == before


def test_a_database_of_an_older_version_is_copied_before_the_upgrade(tmp_path):
    path = tmp_path / "old.db"
    written_by_an_older_version(path)
    connect(path).close()
    kept = tmp_path / f"old.db.before-{MIGRATIONS[-1][:4]}"
    with closing(SqliteDatabase(kept)) as copied:
        assert [step.name for step in migration.applied(copied)] == MIGRATIONS[:-1]
    connect(path).close()  # nothing is left to change, nor to keep
    assert len(list(tmp_path.glob("old.db.before-*"))) == 1


def test_a_new_database_has_no_previous_version(tmp_path):
    connect(tmp_path / "new.db").close()
    assert list(tmp_path.glob("*before*")) == []


def test_a_damaged_database_is_refused_with_the_solution(path):
    with closing(sqlite3.connect(path)) as db:
        for number in range(200):
            db.execute(
                "insert into people (person_id, email, seen_at) values (?, ?, 1)",
                (f"id-{number}", "x" * 200),
            )
        db.commit()
        db.execute("pragma wal_checkpoint(truncate)")
        (page,) = db.execute("select rootpage from sqlite_master where name = 'people'").fetchone()
        (size,) = db.execute("pragma page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(ConfigError, match=r"(is damaged|cannot be used).*"):
        connect(path)
