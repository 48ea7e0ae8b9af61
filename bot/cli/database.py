"""`provbot backup` and `provbot restore`, and how other commands open the database."""

import time
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Annotated

import typer
from sqlite_utils import Database

from bot.core import config
from bot.core.errors import ConfigError
from bot.store import failures
from bot.store import restore as store_restore
from bot.store.database import connect, copy


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
) -> None:
    """Copy the database, even while the bot runs.

    The copy contains the refresh token, which is encrypted only if PROVBOT_KEY is set.
    """
    with closing(connect(existing_database())) as db, failures.writing(file):
        copy(db.conn, file)
    typer.echo(f"Copied to {file}.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy made by `provbot backup`.")],
) -> None:
    """Replace the database with a copy, and keep the replaced one beside it. Stop the bot first."""
    path = config.DatabaseConfig().database
    with failures.writing(path):
        replaced = store_restore.restore(file, path, time.time())
    typer.echo(
        f"Restored from {file}." + (f" The replaced database is {replaced}." if replaced else "")
    )


def existing_database() -> Path:
    """Return the path of the database; ConfigError if there is none.

    Opening it would create an empty one, which neither lists anything nor is worth a backup.
    """
    path = config.DatabaseConfig().database
    try:
        path.stat()
    except FileNotFoundError as error:
        raise ConfigError(
            f"There is no database {path}. Set PROVBOT_DATABASE to its path;"
            " a relative path starts in the current directory."
        ) from error
    except OSError:  # opening it explains what is wrong
        pass
    return path


def reading() -> AbstractContextManager[Database]:
    """Open the database read-only, even on a medium that cannot be written."""
    return store_restore.reading(existing_database())
