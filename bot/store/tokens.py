"""The newest refresh token. It descends from a configured one: a new configuration wins over it."""

import hashlib

from sqlite_utils import Database

NAME = "service_app"


def load(db: Database, configured: str) -> str | None:
    """The newest refresh token that descends from the configured one."""
    rows = db.query(
        "select value from tokens where name = ? and origin = ?", [NAME, _mark(configured)]
    )
    return next((row["value"] for row in rows), None)


def save(db: Database, configured: str, newest: str) -> None:
    """Keep the newest one."""
    db.table("tokens").upsert(
        {"name": NAME, "value": newest, "origin": _mark(configured)}, pk="name"
    )


def _mark(configured: str) -> str:
    return hashlib.sha256(configured.encode()).hexdigest()
