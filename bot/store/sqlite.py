"""Connections to a SQLite file."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlite_utils

from bot.core.errors import ConfigError
from bot.store import watched
from bot.store.failures import explained
from bot.store.migrations import MIGRATIONS, migration
from bot.store.sql import Database, select, transaction

BUSY_TIMEOUT = 5.0  # seconds to wait for another process, such as `provbot access`


class SqliteDatabase(sqlite_utils.Database):
    """A connection to a SQLite file. WAL mode, so readers and the writer do not wait."""

    _fsync = True  # at the end of each transaction; `_configured` sets it
    _has_part = False  # the transaction

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. SQLite ends it itself, for example on a full disk."""
        return self.conn.in_transaction

    def execute(self, sql: str, parameters: Any = None) -> sqlite3.Cursor:
        """Run a statement. In a transaction, sqlite-utils would add nothing but time."""
        if not self.conn.in_transaction:
            return super().execute(sql, parameters)
        return self.conn.execute(sql, () if parameters is None else parameters)

    def begin_immediate(self, *, durable: bool = True) -> None:
        """Begin a transaction, and wait until no other process writes.

        SQLite refuses, rather than delays, a transaction that reads first and writes after another
        process has written.
        """
        if durable != self._fsync:
            self.conn.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._fsync = durable
        self._has_part = False
        self.conn.execute("BEGIN IMMEDIATE")

    def begin_part(self) -> None:
        """Begin a part of the transaction, which `undo_part` undoes; the part before it is done."""
        if self._has_part:
            self.conn.execute("RELEASE part")
        self.conn.execute("SAVEPOINT part")
        self._has_part = True

    def undo_part(self) -> None:
        """Undo what was written in this part of the transaction."""
        self.conn.execute("ROLLBACK TO part")

    def begin_snapshot(self) -> None:
        """Begin a transaction that reads all rows as they are now, while others write."""
        self.conn.execute("BEGIN")


def integrity(db: Database) -> str:
    """Return `ok`, or the damage that SQLite finds."""
    return str(next(select(db, "pragma integrity_check"))["integrity_check"])


def connect(path: Path, busy_timeout: float = BUSY_TIMEOUT) -> SqliteDatabase:
    """Open or create the database and upgrade it. WAL mode, so readers and the writer do not wait.

    Each statement waits at most `busy_timeout` seconds for another process.

    Raises ConfigError if it cannot be opened or is not a database, and TemporaryFailure if another
    attempt may succeed.
    """
    with explained(path):
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, timeout=busy_timeout, check_same_thread=False)
        return _configured(connection, path)


def open_read_only(path: Path, *, at_rest: bool = False) -> SqliteDatabase | None:
    """Open the database read-only, which neither a lock nor a full disk prevents.

    With `at_rest` no process may have it open; SQLite then creates no files beside it. Returns None
    if an older provbot wrote it and it must be upgraded first. Raises ConfigError like `connect`.
    """
    options = "mode=ro&immutable=1" if at_rest else "mode=ro"
    with explained(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}", uri=True, timeout=BUSY_TIMEOUT
        )
        try:
            connection.execute("PRAGMA temp_store=MEMORY")
            db = SqliteDatabase(connection)
            _check_is_whole(db, path)
            is_current = len(_applied(db, path)) == len(MIGRATIONS)
        except BaseException:
            connection.close()
            raise
        if is_current:
            return db
        connection.close()
        return None


def _configured(connection: sqlite3.Connection, path: Path) -> SqliteDatabase:
    db = SqliteDatabase(connection)
    try:
        db.conn.execute("PRAGMA journal_mode=WAL")
        db.conn.execute("PRAGMA synchronous=FULL")  # a claimed event must survive a power cut
        db.conn.execute("PRAGMA cache_size=-512")  # KiB; the operating system caches the file, too
        db.conn.execute("PRAGMA secure_delete=ON")  # overwrite deleted and replaced content
        _check_is_whole(db, path)
        _copy_before_upgrade(db, path)
        with transaction(db):  # two processes that start at once must not both migrate
            migration.apply(db)
        watched.install(db)
    except BaseException:
        connection.close()
        raise
    return db


def _check_is_whole(db: sqlite_utils.Database, path: Path) -> None:
    """Refuse to work with a damaged file."""
    damage = next(db.query("pragma quick_check(1)"))["quick_check"]
    if damage != "ok":
        raise ConfigError(
            f"The database {path} is damaged ({damage}). Restore a backup: provbot restore FILE."
        )


def _applied(db: sqlite_utils.Database, path: Path) -> list[str]:
    """Return the names of the applied migrations; ConfigError if a newer provbot wrote the file."""
    applied = [step.name for step in migration.applied(db)] if db.table_names() else []
    unknown = [name for name in applied if name not in MIGRATIONS]
    if unknown:
        raise ConfigError(
            f"The database {path} was written by a newer provbot ({unknown[-1]}). Install the"
            " version that ran here last, or restore a copy from before:"
            f" there may be one beside it, {path.name}.before-…."
        )
    return applied


def _copy_before_upgrade(db: sqlite_utils.Database, path: Path) -> None:
    """Copy a database of an older provbot before it is changed; refuse one of a newer provbot."""
    applied = _applied(db, path)
    if applied and len(applied) < len(MIGRATIONS):
        with suppress(FileExistsError):  # an earlier attempt made the copy
            copy(db.conn, path.with_name(f"{path.name}.before-{MIGRATIONS[len(applied)][:4]}"))


def copy(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database that may be in use; only our user can read the copy.

    Raises FileExistsError if the target exists. Removes the target if the copy fails.
    """
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
