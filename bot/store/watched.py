"""Tells whether requests that run have changed in the database since they were last read.

The mark of a request is another one after each change of its row and of its steps, by any part
of the bot. It is in a table of this connection, in memory, so that a rollback takes it back, too.
"""

import json
from collections.abc import Collection

from sqlite_utils import Database

_TABLE = "CREATE TEMP TABLE watched (request TEXT PRIMARY KEY, mark INTEGER) WITHOUT ROWID"
_TRIGGERS = (
    "CREATE TEMP TRIGGER request_changed AFTER UPDATE ON main.requests"
    " BEGIN UPDATE watched SET mark = random() WHERE request = new.code; END",
    "CREATE TEMP TRIGGER step_changed AFTER UPDATE ON main.steps"
    " BEGIN UPDATE watched SET mark = random() WHERE request = new.request; END",
)


def install(db: Database) -> None:
    """Prepare a connection; once, after the migrations."""
    for statement in ("PRAGMA temp_store=MEMORY", _TABLE, *_TRIGGERS):
        db.conn.execute(statement)


def watch(db: Database, codes: Collection[str]) -> None:
    """Watch these requests from now on, and no others."""
    listed = json.dumps(list(codes))
    db.execute(
        "delete from watched where request not in (select value from json_each(?))", [listed]
    )
    db.execute(
        "insert or ignore into watched (request, mark) select value, random() from json_each(?)",
        [listed],
    )


def mark(db: Database, code: str) -> int | None:
    """Return the mark of a request; None if it is not watched."""
    row = db.execute("select mark from watched where request = ?", [code]).fetchone()
    return None if row is None else int(row[0])
