"""A new database, as a copy of one that was migrated once.

To take all steps of the migrations takes fourteen milliseconds, and thousands of tests want one.
It is a SQLite file, or for tests on PostgreSQL a schema of the same database: `Engine` says which.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.models.database_address import DatabaseAddress
from bot.store.sql import Database
from bot.store.sqlite import SqliteDatabase, connect
from tests import postgres_schemas

SQLITE, POSTGRES = "sqlite", "postgres"
# `make test-postgres`: all tests that ask for a database here, and the bots of the journeys.
DEFAULT = os.environ.get("PROVBOT_TESTS_ON", SQLITE)

_engine = [DEFAULT]
_addresses: dict[Path, DatabaseAddress] = {}


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
        path.touch(mode=0o600)
        path.write_bytes(_content())
    return path


def release(path: Path) -> None:
    """Give back the database of `path`, which nobody uses any more."""
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
