"""The table `accounts`: an address on the allowlist belongs to the account that first used it."""

from bot.store.sql import Database


def belongs(db: Database, address: str, account: str, now: float) -> bool:
    """Whether the address belongs to the account; an unused address becomes the account's."""
    row = db.execute("select account from accounts where who = ?", [address]).fetchone()
    if row is None:
        db.execute(
            "insert into accounts (who, account, first_seen) values (?, ?, ?)",
            [address, account, now],
        )
        return True
    return bool(row[0] == account)


def note_refused(db: Database, address: str, account: str) -> bool:
    """Record another account that used the address; False if it is recorded already."""
    done = db.execute(
        "update accounts set refused = ? where who = ? and coalesce(refused, '') <> ?",
        [account, address, account],
    )
    return done.rowcount == 1


def forget(db: Database, address: str) -> bool:
    """Let the next account that uses the address have it; whether it belonged to an account."""
    return db.execute("delete from accounts where who = ?", [address]).rowcount == 1
