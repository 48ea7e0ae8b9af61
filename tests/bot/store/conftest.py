"""Databases, those of SQLite real files; a module that uses the fixture `engine` has both."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.store.database import connect
from bot.store.sql import Database
from tests.database import migrated, on_postgres

Open = Callable[[], Database]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database of this test is."""
    return tmp_path / "provbot.db"


@pytest.fixture
def open_db(path: Path) -> Iterator[Open]:
    """Opens it; each call is another connection, as another process would have."""
    opened: list[Database] = []

    def connection() -> Database:
        opened.append(connect(migrated(path) if on_postgres() else path))
        return opened[-1]

    yield connection
    for db in opened:
        db.close()


@pytest.fixture
def db(open_db: Open) -> Database:
    """One connection."""
    return open_db()
