"""A lock file beside the database, so that only one process runs with it.

The kernel releases the lock when the process ends for any reason. The file stays: if it were
removed, two processes could lock two files with the same name.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core import logs
from bot.core.errors import TemporaryFailure

log = logs.get_logger("lock")


class InUse(TemporaryFailure):
    """Another process holds the lock."""


def beside(database: Path) -> Path:
    """Return the lock file. Two paths to one database have the same lock file."""
    real = database.resolve()
    return real.with_name(f"{real.name}.lock")


@contextmanager
def held(database: Path, refusal: str) -> Iterator[None]:
    """Hold the lock. Raises InUse with the sentence `refusal` if another process holds it.

    Raises OSError if the lock file cannot be created.
    """
    descriptor = os.open(beside(database), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, refusal)
        yield
    finally:
        os.close(descriptor)


def is_held(database: Path) -> bool:
    """Whether a process holds the lock."""
    try:
        descriptor = os.open(beside(database), os.O_RDONLY)
    except OSError:  # no process ever locked it, or another user owns it
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int, refusal: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InUse(refusal) from error
    except OSError as error:  # some network file systems have no locks
        log.warning("database_lock_unavailable", reason=error.strerror)
