"""Lines that stand only for a while, by message id: also after a crash each must go again."""

from sqlite_utils import Database

from bot.models import Value


class Line(Value):
    """A message. `request` is the code of the one that it says runs, else empty."""

    message_id: str
    request: str


def add(db: Database, line: Line) -> None:
    """It was posted."""
    db.execute(
        "insert or replace into lines (message_id, request) values (?, ?)",
        [line.message_id, line.request],
    )


def drop(db: Database, *message_ids: str) -> None:
    """They were taken away."""
    marks = ",".join("?" * len(message_ids))
    db.execute(f"delete from lines where message_id in ({marks})", message_ids)  # noqa: S608 - marks only


def standing(db: Database) -> list[Line]:
    """All that were posted and not taken away, oldest first."""
    rows = db.query("select message_id, request from lines order by rowid")
    return [Line.model_validate(row) for row in rows]
