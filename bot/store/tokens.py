"""The newest refresh token. It descends from a configured one: a new configuration wins over it."""

import hashlib

from sqlite_utils import Database

from bot.store.seal import Seal, SealedAway

NAME = "service_app"
PLAIN = Seal()


def load(db: Database, configured: str, seal: Seal = PLAIN) -> str | None:
    """The newest refresh token that descends from the configured one. SealedAway where no key fits."""
    rows = db.query(
        "select value from tokens where name = ? and origin = ?", [NAME, _mark(configured)]
    )
    return next((seal.open(row["value"]) for row in rows), None)


def save(db: Database, configured: str, newest: str, seal: Seal = PLAIN) -> None:
    """Keep the newest one."""
    db.table("tokens").upsert(
        {"name": NAME, "value": seal.close(newest), "origin": _mark(configured)}, pk="name"
    )


def close_anew(db: Database, configured: str | None, seal: Seal) -> int:
    """Write what is plain, or closed with an older key, with the first key; how many were.

    SealedAway where no key fits what the configured token needs. What it does not need stays as it is:
    a service app that was given new tokens must not be held up by old ones.
    """
    rows = list(db.query("select name, value, origin from tokens"))
    return sum(_anew(db, row, configured, seal) for row in rows)


def _anew(db: Database, row: dict[str, str], configured: str | None, seal: Seal) -> bool:
    needed = configured is not None and row["origin"] == _mark(configured)
    try:
        plain = seal.open(row["value"])
    except SealedAway:
        if needed:
            raise
        return False
    if seal.is_current(row["value"]):
        return False
    db.execute("update tokens set value = ? where name = ?", [seal.close(plain), row["name"]])
    return True


def _mark(configured: str) -> str:
    return hashlib.sha256(configured.encode()).hexdigest()
