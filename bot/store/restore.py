"""Replace the database with a backup, and read a database where nothing can be written.

Neither puts files of SQLite beside the file that is read, because it may be on a read-only medium.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.errors import ConfigError
from bot.store import checkpoint, failures, followed, lock, requests
from bot.store.sql import Database, transaction
from bot.store.sqlite import connect, open_read_only

STALE = 3600.0  # seconds after which the files of a killed `provbot restore` are removed
IN_USE = "The bot runs with this database. Nothing was changed. Stop the bot, and try again."
WAL = "-wal"  # suffix of SQLite's write-ahead log, which is beside the database


def restore(source: Path, target: Path, now: float) -> Path | None:
    """Replace `target` with a copy of `source`; return the path of the replaced database.

    Raises ConfigError if the source is not a usable backup, InUse if the bot runs with the target,
    and OSError if the target cannot be written.
    """
    with _explained_read(source):
        if not source.is_file():
            raise ConfigError(f"There is no file {source}.")
    with lock.held(target, IN_USE):
        partial = _partial(target)
        _remove(partial)
        try:
            _copy_unused(source, partial, written=target)
            _check_is_provbot(partial, source)
            # Upgrades the copy and finds damage, before anything is replaced.
            with closing(_connect(partial, source)) as db, transaction(db):
                mark(db, now)
            replaced = _keep(target, now) if target.exists() else None
            partial.replace(target)
        finally:
            _remove(partial)
    return replaced


def mark(db: Database, now: float) -> None:
    """Let a restored database do nothing again that may have been done since its copy."""
    checkpoint.restored(db)
    requests.forbid_starting(db, now)
    followed.restored(db)


def sizes_and_times(source: Path) -> list[tuple[int, int]]:
    """Return what changes if a process writes to the database."""
    with _explained_read(source):
        stats = [path.stat() for path in _files(source) if path.exists()]
    return [(stat.st_size, stat.st_mtime_ns) for stat in stats]


def remove_stale(target: Path, clock: Callable[[], float] = time.time) -> None:
    """Remove what a killed `provbot restore` left; it is as secret as the database."""
    partial = _partial(target)
    if partial.exists() and clock() - partial.stat().st_mtime > STALE:
        _remove(partial)


def is_writable(path: Path) -> bool:
    """Whether SQLite can create its files beside the database."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


@contextmanager
def reading(path: Path, can_write: Callable[[Path], bool] = is_writable) -> Iterator[Database]:
    """Open the database to read it, and leave its directory unchanged where nothing can be written.

    Raises ConfigError if it cannot be read, is damaged, or was written by a newer version.
    """
    if can_write(path) or not os.access(path, os.R_OK):
        with closing(_open(path) or connect(path)) as db:
            yield db
        return
    with unchanged(path) as db:
        yield db


@contextmanager
def unchanged(path: Path) -> Iterator[Database]:
    """Open a database that no process writes to, in the newest version.

    Neither the database nor its directory is changed. Raises ConfigError like `reading`.
    """
    if not _has_log(path) and (at_rest := open_read_only(path, at_rest=True)):
        with closing(at_rest):
            yield at_rest
        return
    # The write-ahead log must be replayed, or an older version upgraded: in a copy.
    with TemporaryDirectory(prefix="provbot-") as directory:
        copy = Path(directory, path.name)
        _copy_unused(path, copy, written=copy)
        _check_is_provbot(copy, path)
        with closing(_connect(copy, path)) as db:
            yield db


def _open(path: Path) -> Database | None:
    """Open the database read-only; None if it must be created or upgraded first."""
    if not (path.is_file() and path.stat().st_size and os.access(path, os.R_OK)):
        return None
    try:
        return open_read_only(path)
    except ConfigError:
        if _has_log(path):
            raise
        return open_read_only(path, at_rest=True)  # a full disk has no room for SQLite's files


def _wal(database: Path) -> Path:
    return database.with_name(database.name + WAL)


def _has_log(database: Path) -> bool:
    """Whether something is in the write-ahead log that is not in the database yet."""
    return _wal(database).exists() and _wal(database).stat().st_size > 0


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.restoring")


def _remove(partial: Path) -> None:
    """Remove it with SQLite's files, and with what its upgrade kept."""
    for path in [*partial.parent.iterdir()]:
        if path.name.startswith(partial.name):
            path.unlink(missing_ok=True)


def _copy_unused(source: Path, to: Path, *, written: Path) -> None:
    """Copy a database that no process writes to."""
    before = sizes_and_times(source)
    _copy_with_wal(source, to, written=written)
    if sizes_and_times(source) != before:  # parts from before and after a change do not fit
        _remove(to)
        raise ConfigError(f"{source} is in use. Copy it with `provbot backup`, and use that copy.")


def _copy_with_wal(source: Path, to: Path, *, written: Path) -> None:
    """Copy both files or none; only our user can read the copies. Errors name `written`.

    `backup` of SQLite could not do it: it would put a `-shm` file beside the source to read its
    write-ahead log, and it refuses a damaged database, which is the usual reason for a restore.
    """
    created: list[Path] = []
    try:
        for path in filter(Path.exists, _files(source)):
            copy = to.with_name(to.name + path.name.removeprefix(source.name))
            with _explained_read(path), path.open("rb") as original, failures.writing(written):
                copy.touch(mode=0o600, exist_ok=False)
                created.append(copy)
                with copy.open("wb") as file:
                    shutil.copyfileobj(original, file)
    except BaseException:
        for copy in created:
            copy.unlink(missing_ok=True)
        raise


@contextmanager
def _explained_read(source: Path) -> Iterator[None]:
    """Tell a file that cannot be read from one that cannot be written."""
    try:
        yield
    except OSError as error:
        raise ConfigError(f"{source} cannot be copied: {error.strerror}.") from error


def _files(database: Path) -> list[Path]:
    return [database, _wal(database)]


def _connect(copy: Path, source: Path) -> Database:
    """Open the copy; errors name its source, because nobody knows of the copy."""
    try:
        return connect(copy)
    except ConfigError as error:
        sentence = str(error).replace(str(copy), str(source)).replace(copy.name, source.name)
        raise type(error)(sentence) from error


def _check_is_provbot(copy: Path, source: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("select id from instance").fetchone()
    except sqlite3.Error as error:
        if failures.is_temporary(error):
            raise failures.not_written(error, copy) from error
        raise ConfigError(f"{source} is not a copy of provbot's database: {error}.") from error


def _keep(target: Path, now: float) -> Path:
    """Copy the database that is replaced, unchanged: it may be damaged."""
    replaced = target.with_name(
        f"{target.name}.before-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%S}"
    )
    _copy_with_wal(target, replaced, written=replaced)
    # The log belongs to the replaced file; SQLite would replay it into the new one.
    for path in (_wal(target), target.with_name(f"{target.name}-shm")):
        path.unlink(missing_ok=True)
    return replaced
