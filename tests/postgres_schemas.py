"""Schemas with provbot's tables on the server of the tests, used again after they were emptied.

To make one takes thirty milliseconds, and to empty one a millisecond.
"""

import secrets
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.types.json import Json

from bot.core.models.database_address import PostgresAddress
from bot.store import postgres
from tests.postgres_server import Server, server

# What a test may have changed of a schema: such a one is not used again.
SHAPE = """
select md5(string_agg(item, ',' order by item)) from (
  select concat_ws(' ', tgname, tgenabled, tgfoid::regproc) as item from pg_trigger
    join pg_class on pg_class.oid = tgrelid where relnamespace = to_regnamespace(%(name)s)
  union all select concat_ws(' ', relname, attname, atttypid, attisdropped, attnotnull)
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = to_regnamespace(%(name)s)
  union all select proname || prosrc from pg_proc where pronamespace = to_regnamespace(%(name)s)
  union all select name from provbot_migrations
) as items
"""
# Text has the order of a language there, which must make no difference.
DATABASE = "create database provbot template template0 locale_provider icu icu_locale 'en-US'"
NEXT_ROW = "select setval(pg_get_serial_sequence(%s, 'rowid'), max(rowid)) from {}"
END = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = %s"

Rows: TypeAlias = dict[str, Any]  # by table

_free: list[str] = []
_shapes: dict[str, str] = {}
_seeds: Rows = {}  # of a new schema


def address_of(name: str, port: int | None = None) -> PostgresAddress:
    """The address of a schema; its connections have its name."""
    options = quote(f"-csearch_path={name}", safe="")
    url = server().url("provbot", port=port)
    return PostgresAddress(f"{url}?options={options}&application_name={name}")


def name_of(address: PostgresAddress) -> str:
    """The name of the schema with that address."""
    return address.url.rpartition("=")[2]


def empty() -> PostgresAddress:
    """A new schema without tables."""
    name = f"test_{secrets.token_hex(6)}"
    _admin(server()).execute(sql.SQL("create schema {}").format(sql.Identifier(name)))
    return address_of(name)


def take() -> PostgresAddress:
    """A schema with all tables, as a new installation has it."""
    if _free:
        return address_of(_free.pop())
    address = empty()
    postgres.connect(address).close()
    name = name_of(address)
    _shapes[name] = _shape(name)
    assert _shapes[name]
    if not _seeds:
        _seeds.update(rows(address))
    return address


def give_back(address: PostgresAddress) -> None:
    """End its connections, and empty it for another test; drop it if its tables were changed."""
    name, admin = name_of(address), _admin(server())
    admin.execute(END, [name])
    if name in _shapes and _shape(name) == _shapes[name]:
        fill(address, _seeds)
        admin.execute("update instance set id = %s", [secrets.token_hex(4)])
        _free.append(name)
        return
    _shapes.pop(name, None)
    admin.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name)))


def _shape(name: str) -> str:
    admin = _admin(server())
    _enter(name)
    try:
        row = admin.execute(SHAPE, {"name": name}).fetchone()
    except psycopg.errors.UndefinedTable:  # that of migrations was dropped
        return ""
    return str(row and row[0])


def _enter(name: str) -> None:
    _admin(server()).execute(sql.SQL("set search_path = {}").format(sql.Identifier(name)))


def _tables(name: str) -> list[str]:
    query = (
        "select tablename from pg_tables"
        " where schemaname = %s and tablename <> 'provbot_migrations'"
    )
    return [row[0] for row in _admin(server()).execute(query, [name])]


def rows(address: PostgresAddress) -> Rows:
    """What a schema holds."""
    name = name_of(address)
    _enter(name)
    query = "select json_agg(line) from {} as line"
    found = {
        table: (_admin(server()).execute(sql.SQL(query).format(sql.Identifier(table))).fetchone())
        for table in _tables(name)
    }
    return {table: row[0] for table, row in found.items() if row and row[0]}


def fill(address: PostgresAddress, content: Rows) -> None:
    """Let a schema hold these rows, and no others."""
    name, admin = name_of(address), _admin(server())
    _enter(name)
    with admin.transaction():
        admin.execute("set local session_replication_role = replica")  # without triggers
        for table in _tables(name):
            admin.execute(sql.SQL("delete from {}").format(sql.Identifier(table)))
        for table, lines in content.items():
            query = (
                "insert into {0} overriding system value"
                " select * from json_populate_recordset(null::{0}, %s)"
            )
            admin.execute(sql.SQL(query).format(sql.Identifier(table)), [Json(lines)])
            if "rowid" in lines[0]:
                admin.execute(sql.SQL(NEXT_ROW).format(sql.Identifier(table)), [table])


def close() -> None:
    """End the connection of this process."""
    if _admin.cache_info().currsize:
        _admin(server()).close()
        _admin.cache_clear()


@cache
def _admin(running: Server) -> psycopg.Connection[Any]:
    """A connection that makes and drops what tests need; one a worker."""
    with psycopg.connect(running.url("postgres"), autocommit=True) as first:
        first.execute("select pg_advisory_lock(1)")  # of all workers, one makes the database
        exists = first.execute("select 1 from pg_database where datname = 'provbot'").fetchone()
        if not exists:
            first.execute(DATABASE)
    return psycopg.connect(running.url("provbot"), autocommit=True)
