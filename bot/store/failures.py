"""Explain failures of the database and the disk, and tell temporary ones from permanent ones."""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from bot.core.errors import ConfigError, TemporaryFailure

# Permanent until a person acts: a wrong path or mode, a damaged file, not a database.
PERMANENT_ERRNO = frozenset({
    errno.ENOENT, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EISDIR, errno.EROFS,
    errno.ENAMETOOLONG, errno.ELOOP, errno.EEXIST,
})  # fmt: skip
PERMANENT_SQLITE = frozenset({
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_SCHEMA,
})  # fmt: skip
# Bytes. On a full disk SQLite reports an I/O error if a file beside the database cannot grow.
MIN_FREE_BYTES = 2**20
DISK_FULL = "the disk is full"


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Convert failures of the database at `path` to ConfigError or TemporaryFailure."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path) from error


def explain(error: sqlite3.Error | OSError, path: Path) -> ConfigError:
    """Convert a failure to an error with a sentence for the operator."""
    kind = TemporaryFailure if is_temporary(error) else ConfigError
    return kind(f"The database {path} cannot be used: {reason(error, path)}.")


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Convert failures to write `target` to ConfigError or TemporaryFailure."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise not_written(error, target) from error


def not_written(error: sqlite3.Error | OSError, target: Path | str) -> ConfigError:
    """Convert a failure to write to an error with a sentence for the operator."""
    kind = TemporaryFailure if is_temporary(error) else ConfigError
    return kind(f"{target} cannot be written: {reason(error, Path(target))}.")


def is_temporary(error: sqlite3.Error | OSError) -> bool:
    """Whether another attempt may succeed: a lock, a full disk, a disk that does not respond."""
    if isinstance(error, OSError):
        return error.errno not in PERMANENT_ERRNO
    return _code(error) not in PERMANENT_SQLITE


def reason(error: sqlite3.Error | OSError, path: Path) -> str:
    """Return the reason in a few words."""
    if is_full(error, path):
        return DISK_FULL
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)


def free_bytes(path: Path) -> int:
    """Return the free space beside the database."""
    return disk_usage(path.absolute().parent).free


def is_full(
    error: sqlite3.Error | OSError, path: Path, free: Callable[[Path], int] = free_bytes
) -> bool:
    """Whether the disk is full."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOSPC
    code = _code(error)
    return code == sqlite3.SQLITE_FULL or (
        code == sqlite3.SQLITE_IOERR and not _has_room(path, free)
    )


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, or a guess for the errors of Python's module itself."""
    operational = isinstance(error, sqlite3.OperationalError)
    assumed = sqlite3.SQLITE_BUSY if operational else sqlite3.SQLITE_CORRUPT
    extended: int = getattr(error, "sqlite_errorcode", assumed)
    return extended & 0xFF


def _has_room(path: Path, free: Callable[[Path], int]) -> bool:
    try:
        return free(path) > MIN_FREE_BYTES
    except OSError:
        return True
