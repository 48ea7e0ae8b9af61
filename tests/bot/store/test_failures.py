"""Failures of the database: what is said of each, and which of them may pass."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from bot.core.errors import ConfigError, TemporaryFailure
from bot.store import failures
from bot.store.sqlite import connect

PATH = Path("/data/provbot.db")


def of_sqlite(code: int, message: str = "x") -> sqlite3.OperationalError:
    """As SQLite raises it."""
    problem = sqlite3.OperationalError(message)
    problem.sqlite_errorcode = code
    return problem


def of_system(number: int) -> OSError:
    """As the operating system raises it."""
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    "problem",
    [
        of_sqlite(sqlite3.SQLITE_BUSY, "database is locked"),
        of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
        of_sqlite(sqlite3.SQLITE_LOCKED),
        of_sqlite(sqlite3.SQLITE_FULL, "database or disk is full"),
        of_sqlite(sqlite3.SQLITE_IOERR_WRITE, "disk I/O error"),
        of_sqlite(sqlite3.SQLITE_IOERR_FSYNC),
        of_sqlite(sqlite3.SQLITE_NOMEM),
        of_sqlite(sqlite3.SQLITE_PROTOCOL),
        sqlite3.OperationalError("database is locked"),
        *map(of_system, (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE)),
        *map(of_system, (errno.ESTALE, errno.ENOMEM, errno.EAGAIN, errno.ETIMEDOUT, errno.EBUSY)),
    ],
)
def test_temporary_failures_are_not_wrong_settings(problem):
    assert isinstance(failures.explain(problem, PATH), TemporaryFailure)


@pytest.mark.parametrize(
    "problem",
    [
        of_sqlite(sqlite3.SQLITE_NOTADB, "file is not a database"),
        of_sqlite(sqlite3.SQLITE_CORRUPT_VTAB),
        of_sqlite(sqlite3.SQLITE_READONLY_DIRECTORY),
        of_sqlite(sqlite3.SQLITE_CANTOPEN),
        sqlite3.DatabaseError("file is not a database"),
        *map(of_system, (errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.EISDIR, errno.EROFS)),
    ],
)
def test_permanent_failures_are_wrong_settings(problem):
    assert type(failures.explain(problem, PATH)) is ConfigError


@pytest.mark.parametrize(
    "problem", [of_sqlite(sqlite3.SQLITE_FULL, "database or disk is full"), of_system(errno.ENOSPC)]
)
def test_a_full_disk_is_called_full(problem):
    assert str(failures.explain(problem, PATH)).endswith("cannot be used: the disk is full.")
    assert (
        str(failures.not_written(problem, PATH)) == f"{PATH} cannot be written: the disk is full."
    )


@pytest.mark.parametrize(("free", "full"), [(0, True), (100, True), (10**9, False)])
def test_an_input_output_error_without_free_space_is_a_full_disk(free, full):
    problem = of_sqlite(sqlite3.SQLITE_IOERR_SHMSIZE, "disk I/O error")
    assert failures.is_full(problem, PATH, lambda _: free) is full


def test_an_input_output_error_with_free_space_keeps_its_reason(tmp_path):
    problem = of_sqlite(sqlite3.SQLITE_IOERR_SHMSIZE, "disk I/O error")
    assert failures.reason(problem, tmp_path / "provbot.db") == "disk I/O error"


def test_a_locked_database_is_a_temporary_failure(tmp_path):
    path = tmp_path / "provbot.db"
    connect(path).close()
    other = sqlite3.connect(path)
    other.execute("pragma journal_mode=delete")
    other.execute("begin exclusive")
    with pytest.raises(TemporaryFailure, match="cannot be used: database is locked"):
        connect(path, busy_timeout=0.01)
    other.close()
    connect(path).close()
