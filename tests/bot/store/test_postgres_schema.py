"""The schema of PostgreSQL is that of SQLite after all migrations, however each came to it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.core.models.database_address import PostgresAddress
from bot.store import postgres, postgres_migrations, sqlite
from bot.store.migrations import MIGRATIONS
from bot.store.postgres import PostgresDatabase
from bot.store.sqlite import SqliteDatabase
from tests import postgres_schemas, postgres_server

ONLY_SQLITE = {"_sqlite_migrations"}
ONLY_POSTGRES = {"provbot_migrations", "lease", "last_transaction"}
# PostgreSQL keeps no order of rows by itself.
ROWID = "rowid"
COLUMNS = """
select attname, format_type(coalesce(nullif(typbasetype, 0), atttypid), null) from pg_attribute
join pg_type on pg_type.oid = atttypid
where attrelid = cast(? as regclass) and attnum > 0 and not attisdropped
"""
KEYS = """
select array_agg(attname::text order by place)::text[] from pg_index
cross join unnest(indkey) with ordinality as keys (number, place)
join pg_attribute on attrelid = indrelid and attnum = keys.number
where indrelid = cast(? as regclass) group by indexrelid, indisunique
"""
TYPES = {"text": "TEXT", "double precision": "FLOAT", "bigint": "INTEGER"}


def test_each_migration_of_sqlite_has_its_counterpart():
    """A new migration needs one in `postgres_migrations.LATER`, under the same name."""
    first = MIGRATIONS.index(postgres_migrations.SCHEMA)
    assert list(postgres_migrations.NAMES) == MIGRATIONS[first:]


@pytest.fixture
def old(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """SQLite's."""
    with closing(sqlite.connect(tmp_path / "provbot.db")) as db:
        yield db


@pytest.fixture
def new() -> Iterator[PostgresDatabase]:
    """PostgreSQL's."""
    postgres_server.required()
    address: PostgresAddress = postgres_schemas.take()
    with closing(postgres.connect(address)) as db:
        yield db
    postgres_schemas.give_back(address)


def tables_of(db: PostgresDatabase) -> set[str]:
    """Their names."""
    rows = db.execute("select tablename from pg_tables where schemaname = current_schema()")
    return {name for (name,) in rows}


@pytest.mark.slow
def test_both_have_the_same_tables(old, new):
    assert tables_of(new) - ONLY_POSTGRES == set(old.table_names()) - ONLY_SQLITE
    assert tables_of(new) >= ONLY_POSTGRES


@pytest.mark.slow
def test_their_tables_have_the_same_columns(old, new):
    for table in tables_of(new) - ONLY_POSTGRES:
        columns = dict(new.execute(COLUMNS, [table]).fetchall())
        columns.pop(ROWID, None)
        of_sqlite = {
            column.name: "FLOAT" if column.type == "REAL" else column.type.upper()
            for column in old.table(table).columns
        }
        assert {name: TYPES[kind] for name, kind in columns.items()} == of_sqlite, table


@pytest.mark.slow
def test_their_tables_have_the_same_keys_and_indexes(old, new):
    for table in tables_of(new) - ONLY_POSTGRES:
        keys = {tuple(names) for (names,) in new.execute(KEYS, [table])}
        of_sqlite = {tuple(index.columns) for index in old.table(table).indexes}
        of_sqlite |= {tuple(old.table(table).pks)}
        assert keys == of_sqlite, table
