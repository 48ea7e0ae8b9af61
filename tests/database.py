"""A new database, as a copy of one that was migrated once.

To take all steps of the migrations takes fourteen milliseconds, and thousands of tests want one.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store.sql import Database
from bot.store.sqlite import SqliteDatabase, connect


def migrated(path: Path) -> Path:
    """Return the path of a database of this version, made if there is none."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_content())
    return path


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
