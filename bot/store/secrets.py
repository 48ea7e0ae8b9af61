"""The table `secrets`: secrets of requests, encrypted, until their request ends.

The row with the code of a request has the secrets that were stored together. Those that were added
later have a row each, `CODE NAME`, so that a list of a thousand does not encrypt all for each one.
"""

import json
from collections.abc import Iterator, Mapping

from bot.store.encryption import Cipher, DecryptionError
from bot.store.sql import Database, select, upsert


def put(db: Database, cipher: Cipher, code: str, until: float, secrets: Mapping[str, str]) -> None:
    """Replace the secrets of a request. `until` is a Unix time."""
    drop(db, code)
    _insert(db, cipher, code, until, secrets)


def add(db: Database, cipher: Cipher, code: str, until: float, secrets: Mapping[str, str]) -> None:
    """Add secrets of a request to those that are stored, or replace those with the same name."""
    for name, value in secrets.items():
        _insert(db, cipher, f"{code} {name}", until, {name: value})


def _insert(
    db: Database, cipher: Cipher, key: str, until: float, secrets: Mapping[str, str]
) -> None:
    sealed = cipher.encrypt(json.dumps(dict(secrets)))
    upsert(db, "secrets", "request", {"request": key, "sealed": sealed, "until": until})


def drop(db: Database, code: str) -> None:
    """Delete the secrets of a request."""
    db.execute(
        "delete from secrets where request = :code"
        " or (request > :code || ' ' and request < :code || '!')",
        {"code": code},
    )


def forget_old(db: Database, now: float) -> None:
    """Delete secrets of requests that nobody can confirm any more."""
    db.execute("delete from secrets where until <= ?", [now])


def kept(db: Database, cipher: Cipher) -> Iterator[tuple[str, float, dict[str, str]]]:
    """Yield request code, end and secrets; skip those that no key decrypts."""
    requests: dict[str, tuple[float, dict[str, str]]] = {}
    for row in list(select(db, "select request, sealed, until from secrets order by request")):
        try:
            secrets = json.loads(cipher.decrypt(row["sealed"]))
        except DecryptionError:
            continue
        if not cipher.uses_current_key(row["sealed"]):
            _insert(db, cipher, row["request"], row["until"], secrets)
        code = row["request"].partition(" ")[0]
        until, earlier = requests.get(code, (0.0, {}))
        requests[code] = max(until, row["until"]), {**earlier, **secrets}
    for code, (until, secrets) in requests.items():
        yield code, until, secrets
