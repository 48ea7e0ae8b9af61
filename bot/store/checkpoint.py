"""The table `marks`: until when all events were received. Catching up starts there."""

from bot.store.sql import Database, select

NOT_STARTED = -1.0  # in a restored database, before the bot's first start with it


def received_until(db: Database) -> float | None:
    """Return the Unix time until which all events were received; None if never connected."""
    row = next(select(db, "select heard_until from marks"), None)
    return float(row["heard_until"]) if row else None


def began_at(db: Database) -> float:
    """Return the Unix time of the first connection; 0 if it was not recorded."""
    row = next(select(db, "select began_at from marks"), None)
    return float((row and row["began_at"]) or 0.0)


def set_received_until(db: Database, at: float) -> None:
    """Record that all events before this time are in the inbox."""
    db.execute(
        "insert into marks (id, heard_until, began_at) values (1, ?, ?)"
        " on conflict (id) do update set heard_until = excluded.heard_until",
        [at, at],
    )


def restored(db: Database) -> None:
    """Mark a restored copy: messages from before the next start may have been handled already."""
    db.execute("update marks set act_after = ?", [NOT_STARTED])


def act_after(db: Database, now: float) -> float:
    """Return the Unix time before which messages are ignored; `now` after a restore."""
    db.execute("update marks set act_after = ? where act_after = ?", [now, NOT_STARTED])
    row = next(select(db, "select act_after from marks"), None)
    return float((row and row["act_after"]) or 0.0)
