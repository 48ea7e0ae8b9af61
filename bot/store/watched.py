"""Tells whether requests that run have changed in the database since they were last read.

The mark of a request is another one after each change of its row and of its steps, by any part
of the bot. It is in a table of this connection, in memory, so that a rollback takes it back, too.
"""

import json
import secrets
from collections.abc import Collection

import sqlite_utils

from bot.store.sql import Database

_TABLE = "CREATE TEMP TABLE watched (request TEXT PRIMARY KEY, mark INTEGER) WITHOUT ROWID"
_TRIGGERS = (
    "CREATE TEMP TRIGGER request_changed AFTER UPDATE ON main.requests"
    " BEGIN UPDATE watched SET mark = random() WHERE request = new.code; END",
    "CREATE TEMP TRIGGER step_changed AFTER UPDATE ON main.steps"
    " BEGIN UPDATE watched SET mark = random() WHERE request = new.request; END",
)

# The triggers of PostgreSQL are in its schema: they look for this table.
POSTGRES_TABLE = "create temp table watched (request text primary key, mark bigint)"


def install(db: sqlite_utils.Database) -> None:
    """Prepare a connection to SQLite; once, after the migrations."""
    for statement in ("PRAGMA temp_store=MEMORY", _TABLE, *_TRIGGERS):
        db.conn.execute(statement)


def watch(db: Database, codes: Collection[str]) -> None:
    """Watch these requests from now on, and no others."""
    listed = json.dumps(list(codes))
    db.execute(
        "delete from watched where request not in (select value from json_each(cast(? as text)))",
        [listed],
    )
    db.execute(
        "insert into watched (request, mark) select value, cast(? as bigint)"
        " from json_each(cast(? as text)) where true on conflict do nothing",
        [secrets.randbits(62), listed],
    )


def mark(db: Database, code: str) -> int | None:
    """Return the mark of a request; None if it is not watched."""
    row = db.execute("select mark from watched where request = ?", [code]).fetchone()
    return None if row is None else int(row[0])
