"""The table `secrets`: secrets typed into forms, encrypted, until their request ends."""

import json
from collections.abc import Iterator, Mapping

from sqlite_utils import Database

from bot.store.database import select
from bot.store.encryption import Cipher, DecryptionError


def put(db: Database, cipher: Cipher, code: str, until: float, secrets: Mapping[str, str]) -> None:
    """Replace the secrets of a request. `until` is a Unix time."""
    encrypted = cipher.encrypt(json.dumps(dict(secrets)))
    db.execute(
        "insert or replace into secrets (request, sealed, until) values (?, ?, ?)",
        [code, encrypted, until],
    )


def drop(db: Database, code: str) -> None:
    """Delete the secrets of a request."""
    db.execute("delete from secrets where request = ?", [code])


def forget_old(db: Database, now: float) -> None:
    """Delete secrets of requests that nobody can confirm any more."""
    db.execute("delete from secrets where until <= ?", [now])


def kept(db: Database, cipher: Cipher) -> Iterator[tuple[str, float, dict[str, str]]]:
    """Yield request code, end and secrets; skip those that no key decrypts."""
    for row in list(select(db, "select request, sealed, until from secrets")):
        try:
            secrets = json.loads(cipher.decrypt(row["sealed"]))
        except DecryptionError:
            continue
        if not cipher.uses_current_key(row["sealed"]):
            put(db, cipher, row["request"], row["until"], secrets)
        yield row["request"], row["until"], secrets
