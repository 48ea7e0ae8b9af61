"""Putting a copy in the place of the database, without ever being left with neither."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from bot.errors import ConfigError
from bot.store import marks
from bot.store.database import connect, copy

SIGN_OF_LIFE = 60.0  # seconds; a bot that runs notes every ten until when it has heard everything


def restore(source: Path, target: Path, now: float) -> Path | None:
    """Replace `target` by a copy of `source`; where what was there is kept now.

    ConfigError where the copy is none, is damaged, or the bot seems to run.
    """
    if not source.is_file():
        raise ConfigError(f"There is no file {source}.")
    fresh = target.with_name(f"{target.name}.restoring")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as given:
        _insist_on_provbot(given, source)
        copy(given, fresh)
    connect(
        fresh
    ).close()  # brings it up to date, and finds what is damaged, before anything is replaced
    kept = _put_aside(target, now) if target.exists() else None
    fresh.replace(target)
    return kept


def _insist_on_provbot(given: sqlite3.Connection, source: Path) -> None:
    try:
        given.execute("select id from instance").fetchone()
    except sqlite3.Error as problem:
        raise ConfigError(f"{source} is no copy of provbot's database: {problem}.") from problem


def _put_aside(target: Path, now: float) -> Path:
    """A copy of the file as it is, with its write-ahead log: it may be damaged, that is why one restores."""
    if now - _heard_until(target) < SIGN_OF_LIFE:
        raise ConfigError("The bot seems to run. Stop it, wait a minute, and try again.")
    kept = target.with_name(
        f"{target.name}.before-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%S}"
    )
    for suffix in ("", "-wal"):
        there = target.with_name(target.name + suffix)
        if there.exists():
            shutil.copy2(there, kept.with_name(kept.name + suffix))
    # The log belongs to the old file, and would be played into the new one.
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    return kept


def _heard_until(target: Path) -> float:
    try:
        with closing(sqlite3.connect(target)) as there:
            return marks.heard_until(Database(there)) or 0.0
    except sqlite3.Error:
        return 0.0
