"""The migrations of PostgreSQL, which follow those of SQLite by name (migrations.py).

The first one makes the whole schema, as it was when PostgreSQL came.
"""

import secrets
from collections.abc import Mapping
from importlib.resources import files

SCHEMA = "m031_followed"  # the migration of SQLite that the whole schema corresponds to
# What came after it, by the name of the migration of SQLite: SQL.
LATER: Mapping[str, str] = {
    "m032_bot": (
        "alter table instance add column bot bytewise, add column bot_email bytewise,"
        " add column organization bytewise"
    ),
}
NAMES = (SCHEMA, *LATER)


def statements(name: str) -> str:
    """Return the SQL of a migration."""
    if name != SCHEMA:
        return LATER[name]
    schema = files("bot.store").joinpath("postgres_schema.sql").read_text(encoding="utf-8")
    return f"{schema}\ninsert into instance (id) values ('{secrets.token_hex(4)}');"
