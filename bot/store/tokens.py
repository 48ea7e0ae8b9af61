"""The table `tokens`: the newest refresh token, and the configured one that it descends from.

A new configured token replaces what descends from an old one.
"""

import hashlib

from bot.store.encryption import Cipher, DecryptionError
from bot.store.sql import Database, select, upsert

NAME = "service_app"
PLAIN = Cipher()


def load(db: Database, configured: str, cipher: Cipher = PLAIN) -> str | None:
    """Return the newest descendant of the configured token. Raises DecryptionError."""
    rows = select(
        db,
        "select value from tokens where name = ? and origin = ?",
        [NAME, _fingerprint(configured)],
    )
    return next((cipher.decrypt(row["value"]) for row in rows), None)


def save(db: Database, configured: str, newest: str, cipher: Cipher = PLAIN) -> None:
    """Store the newest token."""
    values = {"name": NAME, "value": cipher.encrypt(newest), "origin": _fingerprint(configured)}
    upsert(db, "tokens", "name", values)


def reencrypt(db: Database, configured: str | None, cipher: Cipher) -> int:
    """Encrypt plain values, and those of older keys, with the first key; return how many.

    Raises DecryptionError if no key fits a descendant of the configured token. Other values stay as
    they are, because old tokens must not stop a service app that has new ones.
    """
    rows = list(select(db, "select name, value, origin from tokens"))
    return sum(_reencrypt(db, row, configured, cipher) for row in rows)


def _reencrypt(db: Database, row: dict[str, str], configured: str | None, cipher: Cipher) -> bool:
    needed = configured is not None and row["origin"] == _fingerprint(configured)
    try:
        plain = cipher.decrypt(row["value"])
    except DecryptionError:
        if needed:
            raise
        return False
    if cipher.uses_current_key(row["value"]):
        return False
    encrypted = cipher.encrypt(plain)
    db.execute("update tokens set value = ? where name = ?", [encrypted, row["name"]])
    return True


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
