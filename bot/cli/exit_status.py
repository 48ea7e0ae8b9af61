"""Exit statuses of `provbot`, and the sentence that a command ends with."""

import errno
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.core import config
from bot.core.errors import ConfigError, DatabaseError, TemporaryFailure, TokenRefused
from bot.store import failures
from bot.store.database import explain

# 1 also means that the command found a problem, or that another attempt may succeed.
FAILED, CONFIG_IS_WRONG, TOKEN_IS_REFUSED = 1, 2, 3


def of(error: ConfigError) -> int:
    """Return the exit status for an error."""
    if isinstance(error, TokenRefused):
        return TOKEN_IS_REFUSED
    return FAILED if isinstance(error, TemporaryFailure) else CONFIG_IS_WRONG


def stopped(sentence: str, status: int) -> SystemExit:
    """Print the sentence to standard error, and return the exception to raise."""
    sys.stderr.write(f"{sentence}\n")
    return SystemExit(status)


@contextmanager
def explained() -> Iterator[None]:
    """End a command with a sentence when the settings are wrong, or the database or disk fails."""
    try:
        yield
        sys.stdout.flush()  # otherwise Python flushes at exit, and prints its own message
    except ConfigError as error:
        raise stopped(str(error), of(error)) from error
    except (sqlite3.Error, DatabaseError) as error:
        failure = explain(error, config.database())
        raise stopped(str(failure), of(failure)) from error
    except OSError as error:
        raise _not_written(error) from error


def _not_written(error: OSError) -> BaseException:
    """Explain a file or an output that cannot be written; return other errors unchanged."""
    if error.errno in (None, errno.EPIPE):  # EPIPE: the reader of our output has ended
        return error
    if not error.filename:
        # Python writes the rest of the output at exit, and would fail once more.
        with suppress(OSError), Path(os.devnull).open("wb") as devnull:
            os.dup2(devnull.fileno(), sys.stdout.fileno())
    failure = failures.not_written(error, error.filename or "The output")
    return stopped(str(failure), of(failure))
