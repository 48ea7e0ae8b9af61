"""`provbot backup` and `provbot restore`, and how other commands open the database."""

import time
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Annotated

import typer

from bot.core import config
from bot.core.errors import ConfigError
from bot.core.models.database_address import DatabaseAddress, PostgresAddress
from bot.store import failures
from bot.store import restore as store_restore
from bot.store.database import open_standby
from bot.store.sql import Database
from bot.store.sqlite import connect, copy

BACKUP_OF_POSTGRES = (
    "`provbot backup` copies a file of SQLite. Copy a database of PostgreSQL with its own"
    " program, pg_dump. Nothing was changed."
)
RESTORE_OF_POSTGRES = (
    "`provbot restore` replaces a file of SQLite. Restore a database of PostgreSQL with its own"
    " program, pg_restore. Nothing was changed."
)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
) -> None:
    """Copy the database, even while the bot runs.

    The copy contains the refresh token, which is encrypted only if PROVBOT_KEY is set.
    """
    path = _file(existing_database(), BACKUP_OF_POSTGRES)
    with closing(connect(path)) as db, failures.writing(file):
        copy(db.conn, file)
    typer.echo(f"Copied to {file}.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy made by `provbot backup`.")],
) -> None:
    """Replace the database with a copy, and keep the replaced one beside it. Stop the bot first."""
    path = _file(config.database(), RESTORE_OF_POSTGRES)
    with failures.writing(path):
        replaced = store_restore.restore(file, path, time.time())
    typer.echo(
        f"Restored from {file}." + (f" The replaced database is {replaced}." if replaced else "")
    )


def _file(address: DatabaseAddress, refusal: str) -> Path:
    """Return the path of SQLite's file. Raises ConfigError with the refusal for PostgreSQL."""
    if isinstance(address, PostgresAddress):
        raise ConfigError(refusal)
    return address


def existing_database() -> DatabaseAddress:
    """Return the address of the database; ConfigError if there is no file.

    Opening it would create an empty one, which neither lists anything nor is worth a backup.
    """
    path = config.database()
    if isinstance(path, PostgresAddress):
        return path
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
    address = existing_database()
    if isinstance(address, PostgresAddress):
        return closing(open_standby(address))
    return store_restore.reading(address)
