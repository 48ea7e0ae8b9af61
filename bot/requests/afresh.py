"""What a request's work does when the database is locked or full for a moment: it begins again where
the request stands by then, as it would after a restart."""

import sqlite3
from collections.abc import Awaitable, Callable

from sqlite_utils import Database

from bot import telemetry
from bot.store import figures
from bot.store import lines as line_rows
from bot.store import requests as rows
from bot.store.requests import Request

log = telemetry.get_logger("afresh")

TRIES = 64  # within about an hour; then again at the next start
LONGEST_PAUSE = 60.0  # seconds; the first one is a second, the others grow


async def through(
    work: Callable[[], Awaitable[None]],
    afresh: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Do it; where the database fails, `afresh` in its place, after a pause, until that does not fail."""
    for number in range(TRIES):
        try:
            return await work()
        except sqlite3.OperationalError as problem:
            log.warning("the database failed", why=str(problem))
        await sleep(min(2.0**number, LONGEST_PAUSE))
        work = afresh
    return await work()


def found(db: Database, request: Request) -> tuple[Request, list[str]]:
    """Where it stands, and the lines that say it runs; fails while nothing can be written.

    The card stays the one that was given: not each is to be taken away.
    """
    figures.touch(db)  # else somebody would be told again each time that it cannot be noted
    now = rows.find_or_fail(db, request.code).model_copy(update={"card_id": request.card_id})
    left = [one.message_id for one in line_rows.standing(db) if one.request == request.code]
    return now, left
