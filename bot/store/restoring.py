"""Putting a copy in the place of the database, without ever being left with neither; and reading one where nothing may be written."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlite_utils import Database

from bot.errors import ConfigError
from bot.store import marks
from bot.store.database import connect

SIGN_OF_LIFE = 60.0  # seconds; a bot that runs notes every ten until when it has heard everything
STALE = 3600.0  # seconds after which nobody works on what a killed `provbot restore` left
PIECE = 2**20  # bytes
LOG = "-wal"  # SQLite's write-ahead log, beside the file


def restore(source: Path, target: Path, now: float) -> Path | None:
    """Replace `target` by a copy of `source`; where what was there is kept now.

    ConfigError where the copy is none, is damaged, or the bot seems to run. OSError where `target`
    cannot be written.
    """
    _insist_on_file(source)
    fresh = _beside(target)
    _remove_all(fresh)
    try:
        _copy_as_it_is(source, fresh)
        _insist_on_provbot(fresh, source)
        # Brings it up to date, and finds what is damaged, before anything is replaced.
        _opened(fresh, source).close()
        kept = _put_aside(target, now) if target.exists() else None
        fresh.replace(target)
    finally:
        _remove_all(fresh)
    return kept


def forget(target: Path, clock: Callable[[], float] = time.time) -> None:
    """Remove what a `provbot restore` left that was killed: it is as secret as the database."""
    left = _beside(target)
    if left.exists() and clock() - left.stat().st_mtime > STALE:
        _remove_all(left)


def may_be_written(path: Path) -> bool:
    """Whether SQLite can work there: it wants files beside the database even to read it."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


@contextmanager
def reading(path: Path, may_write: Callable[[Path], bool] = may_be_written) -> Iterator[Database]:
    """The database, to look at. Where nothing may be written, a copy that goes afterwards.

    ConfigError when it cannot be read, is none, or is of a newer version.
    """
    if may_write(path) or not os.access(path, os.R_OK):
        with closing(connect(path)) as db:
            yield db
        return
    with TemporaryDirectory(prefix="provbot-") as own:  # nobody else may look into it
        mine = Path(own, path.name)
        try:
            _copy_as_it_is(path, mine)
        except OSError as problem:
            raise ConfigError(f"{mine} cannot be written: {problem.strerror}.") from problem
        with closing(_opened(mine, path)) as db:
            yield db


def _beside(target: Path) -> Path:
    return target.with_name(f"{target.name}.restoring")


def _remove_all(fresh: Path) -> None:
    """With SQLite's own files, and with what an update of an old copy kept."""
    for path in [*fresh.parent.iterdir()]:
        if path.name.startswith(fresh.name):
            path.unlink(missing_ok=True)


def _copy_as_it_is(source: Path, to: Path) -> None:
    """With its log, and without opening it: SQLite would put files beside it, and may not everywhere.

    OSError where `to` cannot be written.
    """
    before = _state(source)
    _copy_all(source, to)
    if _state(source) != before:  # a piece from before and one from after do not fit
        raise ConfigError(f"{source} is in use. Copy it with `provbot backup`, and take the copy.")


def _copy_all(source: Path, to: Path) -> None:
    """With its log; both or nothing."""
    made: list[Path] = []
    try:
        for path in filter(Path.exists, _files(source)):
            copied = to.with_name(to.name + path.name.removeprefix(source.name))
            _copy_one(path, copied)
            made.append(copied)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _copy_one(source: Path, to: Path) -> None:
    """Readable by nobody else from the first byte on, and never over another file."""
    to.touch(mode=0o600, exist_ok=False)
    try:
        with to.open("wb") as file:
            for piece in _pieces(source):
                file.write(piece)
    except BaseException:
        to.unlink(missing_ok=True)
        raise


def _pieces(source: Path) -> Iterator[bytes]:
    with _blaming(source), source.open("rb") as given:
        while piece := given.read(PIECE):
            yield piece


@contextmanager
def _blaming(source: Path) -> Iterator[None]:
    """What cannot be read is not taken for what cannot be written."""
    try:
        yield
    except OSError as problem:
        raise ConfigError(f"{source} cannot be copied: {problem.strerror}.") from problem


def _insist_on_file(source: Path) -> None:
    with _blaming(source):
        if not source.is_file():
            raise ConfigError(f"There is no file {source}.")


def _files(database: Path) -> list[Path]:
    return [database, database.with_name(database.name + LOG)]


def _state(source: Path) -> list[tuple[int, int]]:
    with _blaming(source):
        found = [path.stat() for path in _files(source) if path.exists()]
    return [(one.st_size, one.st_mtime_ns) for one in found]


def _opened(copy: Path, of: Path) -> Database:
    try:
        return connect(copy)
    except ConfigError as problem:  # nobody has heard of the copy
        words = str(problem).replace(str(copy), str(of)).replace(copy.name, of.name)
        raise ConfigError(words) from problem


def _insist_on_provbot(copy: Path, of: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as given:
            given.execute("select id from instance").fetchone()
    except sqlite3.Error as problem:
        raise ConfigError(f"{of} is no copy of provbot's database: {problem}.") from problem


def _put_aside(target: Path, now: float) -> Path:
    """A copy of the file as it is, with its write-ahead log: it may be damaged, that is why one restores."""
    if now - _heard_until(target) < SIGN_OF_LIFE:
        raise ConfigError("The bot seems to run. Stop it, wait a minute, and try again.")
    kept = target.with_name(
        f"{target.name}.before-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%S}"
    )
    try:
        _copy_all(target, kept)
    except OSError as problem:
        raise ConfigError(f"{kept} cannot be written: {problem.strerror}.") from problem
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
