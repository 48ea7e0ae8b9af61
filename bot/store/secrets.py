"""Secrets typed into forms, until their request ends: encrypted, and only where there is a key."""

import json
from collections.abc import Iterator, Mapping

from sqlite_utils import Database

from bot.store.seal import Seal, SealedAway


def put(db: Database, seal: Seal, code: str, until: float, secrets: Mapping[str, str]) -> None:
    """Keep them in place of what was kept for this request. `until` is in Unix seconds."""
    sealed = seal.close(json.dumps(dict(secrets)))
    db.execute(
        "insert or replace into secrets (request, sealed, until) values (?, ?, ?)",
        [code, sealed, until],
    )


def drop(db: Database, code: str) -> None:
    """The request has ended, or they were given up."""
    db.execute("delete from secrets where request = ?", [code])


def forget_old(db: Database, now: float) -> None:
    """Drop what nobody can confirm any more."""
    db.execute("delete from secrets where until <= ?", [now])


def kept(db: Database, seal: Seal) -> Iterator[tuple[str, float, dict[str, str]]]:
    """Request code, until when, and the secrets; what no key opens is left out, and stays."""
    for row in list(db.query("select request, sealed, until from secrets")):
        try:
            opened = seal.open(row["sealed"])
        except SealedAway:
            continue
        if not seal.is_current(row["sealed"]):
            put(db, seal, row["request"], row["until"], json.loads(opened))
        yield row["request"], row["until"], json.loads(opened)
