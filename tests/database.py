"""A new database, as a copy of one that was migrated once.

To take all steps of the migrations takes fourteen milliseconds, and thousands of tests want one.
It is a SQLite file, or for tests on PostgreSQL a schema of the same database: `Engine` says which.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest

from bot.core.models.database_address import DatabaseAddress, PostgresAddress
from bot.store.database import connect as open_database
from bot.store.sql import Database, select, transaction
from bot.store.sqlite import SqliteDatabase, connect
from tests import postgres_schemas

SQLITE, POSTGRES = "sqlite", "postgres"
# `make test-postgres`: all tests that ask for a database here, and the bots of the journeys.
DEFAULT = os.environ.get("PROVBOT_TESTS_ON") or SQLITE

Content: TypeAlias = bytes | postgres_schemas.Rows
TIMEOUT = 40.0  # seconds to wait for a busy process

sqlite_only = pytest.mark.skipif(DEFAULT == POSTGRES, reason="It is about the SQLite file.")

_engine = [DEFAULT]
_addresses: dict[Path, PostgresAddress] = {}
_opened: dict[Path, list[Database]] = {}


def on_postgres() -> bool:
    """Whether databases are PostgreSQL's at the moment."""
    return _engine[-1] == POSTGRES


def migrated(path: Path) -> DatabaseAddress:
    """Return the address of a database of this version, made if there is none.

    It is the file at `path`, or what stands for it on PostgreSQL.
    """
    if on_postgres():
        if path not in _addresses:
            _addresses[path] = postgres_schemas.take()
        return _addresses[path]
    if not path.exists():
        write(path, _content())
    return path


def opened(path: Path) -> Database:
    """Open the database at `path`, and close it at the end of the test."""
    db = open_database(migrated(path))
    if path in _addresses:  # what is forgotten of SQLite's closes itself
        _opened.setdefault(path, []).append(db)
    return db


def copy(source: Path, target: Path) -> None:
    """Copy a database; some of a file's may still stand in the write-ahead log beside it."""
    if on_postgres():
        write(target, content_of(source))
        return
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def setting(path: Path) -> str:
    """What PROVBOT_DATABASE is for a process that is to use the database of `path`."""
    address = migrated(path) if on_postgres() else path
    return address.url if isinstance(address, PostgresAddress) else str(address)


def rows_of(path: Path, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """What the database of `path` holds, which a process uses."""
    if on_postgres():
        with another_process(path) as db:
            return list(select(db, query, values))
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def all_rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """What each table of that database holds."""
    if address := _addresses.get(path):
        yield from postgres_schemas.rows(address).values()
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            found = connection.execute(f'select * from "{table}"')  # noqa: S608 - its own names
            names = [column[0] for column in found.description]
            yield [dict(zip(names, row, strict=True)) for row in found]


def change(path: Path, query: str, values: Sequence[Any] = ()) -> None:
    """Change the database of `path` behind the back of the process that uses it."""
    if on_postgres():
        with another_process(path) as db, transaction(db):
            db.execute(query, values)
        return
    with closing(sqlite3.connect(path, timeout=TIMEOUT)) as connection, connection:
        connection.execute(query, values)


def content_of(path: Path) -> Content:
    """What the database at `path` holds; it must be closed."""
    if address := _addresses.get(path):
        return postgres_schemas.rows(address)
    return path.read_bytes()


def write(path: Path, content: Content) -> None:
    """Make a database at `path` that holds this."""
    if isinstance(content, bytes):
        path.touch(mode=0o600)
        path.write_bytes(content)
    else:
        address = migrated(path)
        assert isinstance(address, PostgresAddress)
        postgres_schemas.fill(address, content)


@contextmanager
def another_process(path: Path) -> Iterator[Database]:
    """Another connection to the database at `path`."""
    with closing(open_database(migrated(path))) as other:
        yield other


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process is in the midst of writing, so that nobody else can."""
    with another_process(path) as db:
        if not isinstance(db, SqliteDatabase):
            db.execute("set idle_in_transaction_session_timeout = 0")
        db.begin_immediate()
        try:
            yield
        finally:
            db.rollback()


@contextmanager
def statements_of(db: Database) -> Iterator[list[str]]:
    """What is run on a connection meanwhile; `BEGIN IMMEDIATE` begins a transaction."""
    noted: list[str] = []
    if isinstance(db, SqliteDatabase):
        db.conn.set_trace_callback(noted.append)
        yield noted
        db.conn.set_trace_callback(None)
        return
    execute, begin = db.execute, db.begin_immediate

    def executing(query: str, parameters: Any = None, /) -> Any:
        noted.append(query)
        return execute(query, parameters)

    def beginning(*, durable: bool = True) -> None:
        noted.append("BEGIN IMMEDIATE")
        begin(durable=durable)

    vars(db).update(execute=executing, begin_immediate=beginning)
    yield noted
    for name in ("execute", "begin_immediate"):
        del vars(db)[name]


def refuse_inserts(db: Database, table: str, reason: str) -> None:
    """Let each insert into a table fail, as if the disk were full."""
    if isinstance(db, SqliteDatabase):
        db.execute(
            f"create trigger full before insert on {table}"
            f" begin select raise(abort, '{reason}'); end"
        )
        return
    db.execute(
        "create function refuse() returns trigger language plpgsql as"
        f" $$ begin raise exception '{reason}' using errcode = '53100'; end $$;"
        f" create trigger refused before insert on {table} for each row execute function refuse()"
    )


def impatient(db: Database) -> None:
    """Let a connection fail at once if another process writes, not after seconds."""
    is_sqlite = isinstance(db, SqliteDatabase)
    db.execute("pragma busy_timeout = 0" if is_sqlite else "set lock_timeout = '20ms'")


def release(path: Path) -> None:
    """Give back the database of `path`, which nobody uses any more."""
    for db in _opened.pop(path, []):
        db.close()
    if address := _addresses.pop(path, None):
        postgres_schemas.give_back(address)


@contextmanager
def using(engine: str) -> Iterator[None]:
    """Make databases of this engine."""
    _engine.append(engine)
    try:
        yield
    finally:
        _engine.pop()


@contextmanager
def released() -> Iterator[None]:
    """Give back what is made meanwhile."""
    before = {*_addresses}
    try:
        yield
    finally:
        for path in {*_addresses} - before:
            release(path)


def of_sqlite(db: Database) -> SqliteDatabase:
    """The connection, for what only SQLite has."""
    assert isinstance(db, SqliteDatabase)
    return db


def count(db: Database, table: str) -> int:
    """How many rows a table has."""
    return int(db.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608 - our own


@cache
def _content() -> bytes:
    with TemporaryDirectory(prefix="migrated-") as folder:
        path = Path(folder) / "provbot.db"
        connect(path).close()
        return path.read_bytes()
