"""The table of progress messages, which must be deleted, even after a crash."""

from bot.core.models.requests import ProgressMessage
from bot.store.sql import Database, select, upsert


def add(db: Database, message: ProgressMessage) -> None:
    """Record a posted progress message."""
    upsert(db, "progress_messages", "message_id", message.model_dump())


def drop(db: Database, *message_ids: str) -> None:
    """Forget deleted progress messages."""
    if not message_ids:
        return
    marks = ",".join("?" * len(message_ids))
    query = f"delete from progress_messages where message_id in ({marks})"  # noqa: S608 - question marks
    db.execute(query, message_ids)


def posted(db: Database) -> list[ProgressMessage]:
    """Return the progress messages that are not deleted yet, oldest first."""
    rows = select(db, "select message_id, request from progress_messages order by rowid")
    return [ProgressMessage.model_validate(row) for row in rows]
