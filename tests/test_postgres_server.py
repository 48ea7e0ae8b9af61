"""The server of the tests: one for all workers, and schemas that are as new."""

from pathlib import Path

import pytest

from bot.core.models.database_address import PostgresAddress
from bot.store.database import connect, instance
from bot.store.sql import transaction
from tests import database, postgres_schemas, postgres_server

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def on_postgres():
    """Databases are PostgreSQL's."""
    postgres_server.required()
    with database.using(database.POSTGRES):
        yield


def test_a_schema_that_was_used_is_as_new(tmp_path: Path):
    path = tmp_path / "provbot.db"
    with database.released():
        address = database.migrated(path)
        assert database.migrated(path) == address
        first = connect(address)
        before = instance(first)
        with transaction(first):
            first.execute("update audit_head set seq = 9")
            first.execute("insert into events (id) values ('a')")
        first.begin_immediate()  # and is left so
    other = database.migrated(tmp_path / "other.db")
    assert other == address  # the same one
    db = connect(other)
    assert instance(db) != before
    assert db.execute("select seq from audit_head").fetchone() == (0,)
    assert db.execute("select count(*) from events").fetchone() == (0,)
    assert db.execute("select epoch from lease").fetchone() == (0,)
    db.close()
    first.close()


@pytest.mark.parametrize(
    "change",
    [
        "drop trigger audit_no_update on audit",
        "alter table audit disable trigger audit_no_update",
        "alter table events add column more text",
        "drop table provbot_migrations",
        "insert into provbot_migrations (name) values ('m999')",
    ],
)
def test_a_schema_whose_tables_were_changed_is_not_used_again(tmp_path: Path, change: str):
    with database.released():
        address = database.migrated(tmp_path / "provbot.db")
        assert isinstance(address, PostgresAddress)
        db = connect(address)
        db.execute(change)
        db.close()
    assert postgres_schemas.name_of(address) not in postgres_schemas._free
