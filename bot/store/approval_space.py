"""The table `approval_space`: where approval cards are posted, as an admin said in chat."""

from bot.core.models.people import Space
from bot.store.sql import Database, select


def current(db: Database) -> Space | None:
    """Return the space; None if approvers get direct messages."""
    row = next(select(db, "select room_id, title from approval_space"), None)
    return Space(row["room_id"], row["title"]) if row else None


def use(db: Database, space: Space, now: float) -> None:
    """Use this space from now on."""
    db.execute(
        "insert into approval_space (id, room_id, title, set_at) values (1, ?, ?, ?)"
        " on conflict (id) do update set room_id = excluded.room_id, title = excluded.title,"
        " set_at = excluded.set_at",
        [space.room_id, space.title, now],
    )


def use_none(db: Database) -> None:
    """Go back to direct messages."""
    db.execute("delete from approval_space")
