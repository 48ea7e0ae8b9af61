"""Commands that copy and restore the database, and how other commands open it."""

import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot import audit
from bot.cli import exit_status
from bot.core import config
from bot.core.errors import ConfigError
from bot.core.models.database_address import POSTGRES_SCHEMES, DatabaseAddress, PostgresAddress
from bot.store import bot_account, failures, lock, sqlite
from bot.store import restore as store_restore
from bot.store.database import connect, open_to_read, postgres
from bot.store.sql import Database, transaction

BACKUP_OF_POSTGRES = (
    "`provbot backup` copies a SQLite file. For PostgreSQL, use its own program, even while the"
    " bot runs: pg_dump --format=custom --file={file} '{address}'. Nothing was changed."
)
RESTORE_OF_POSTGRES = (
    "`provbot restore` replaces a SQLite file. For PostgreSQL, stop all replicas and use its own"
    " program: pg_restore --clean --if-exists --no-owner --single-transaction --dbname='{address}'"
    " {file}. Then run: provbot mark-restored. Nothing was changed."
)
UNCHANGED = "Nothing was changed."
NO_FILE_OF_SQLITE = (
    "FROM must be the SQLite file, and TO the new database, such as"
    " postgresql://provbot@db.example.com/provbot. Nothing was changed."
)
MARKS_ITSELF = (
    "PROVBOT_DATABASE names a SQLite file, which `provbot restore` marks itself."
    " Nothing was changed."
)
COPIED = (
    "Copied to {address}, with {entries}. The audit trail is intact there.\n"
    "Set PROVBOT_DATABASE to that address, and start the bot. {source} was not changed. Keep it as"
    " a backup, but do not start the bot with it again: the changes since would be missing there."
)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
) -> None:
    """Copy the database, even while the bot runs.

    The copy contains the refresh token, which is encrypted only if PROVBOT_KEY is set.
    """
    path = _file(existing_database(), BACKUP_OF_POSTGRES, file)
    with closing(sqlite.connect(path)) as db, failures.writing(file):
        sqlite.copy(db.conn, file)
    typer.echo(f"Copied to {file}.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy made by `provbot backup`.")],
) -> None:
    """Replace the database with a copy, and keep the replaced one beside it. Stop the bot first."""
    path = _file(config.database(), RESTORE_OF_POSTGRES, file)
    with failures.writing(path):
        replaced = store_restore.restore(file, path, time.time())
    typer.echo(
        f"Restored from {file}." + (f" The replaced database is {replaced}." if replaced else "")
    )


def migrate_database(
    source: Annotated[Path, typer.Argument(metavar="FROM", help="The SQLite file.")],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="The address of an empty PostgreSQL database.")
    ],
) -> None:
    """Copy the database from SQLite to PostgreSQL, all or nothing. Stop the bot first.

    The password is that of PROVBOT_DATABASE_PASSWORD or its file, of TO, or of `.pgpass`.
    """
    address = _target(target)
    postgres()  # or its sentence, if psycopg is not installed
    from bot.store import postgres_offline  # needs psycopg

    try:
        with _terminable():
            rows = postgres_offline.copy(source, address, audit.faults)
    except KeyboardInterrupt:
        raise exit_status.stopped(f"Stopped. {UNCHANGED}", exit_status.FAILED) from None
    for table, number in rows.items():
        typer.echo(f"{table:20} {number:>9,}")
    entries = _counted(rows["audit"])
    typer.echo(COPIED.format(address=address, source=source, entries=entries))


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does, so that no copy of the file is left."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def mark_restored() -> None:
    """Prepare a PostgreSQL database that pg_restore has restored, before the bot starts.

    The bot then does nothing again that may have been done since the dump.
    """
    address = config.database()
    if isinstance(address, Path):
        raise ConfigError(MARKS_ITSELF)
    postgres()  # or its sentence, if psycopg is not installed
    from bot.store import postgres_offline  # needs psycopg

    postgres_offline.mark_restored(address, time.time())
    typer.echo(f"{address} is marked as restored. You can start the bot.")


def change_bot() -> None:
    """Give the database to another bot, the next one that starts. Stop all processes first.

    Roles, requests and the audit trail stay.
    """
    address = existing_database()
    if isinstance(address, PostgresAddress):
        postgres()  # or its sentence, if psycopg is not installed
        from bot.store import postgres_offline  # needs psycopg

        postgres_offline.change_bot(address)
    else:
        with (
            failures.writing(lock.beside(address)),
            lock.held(address, store_restore.IN_USE),
            closing(connect(address)) as db,
            transaction(db),
        ):
            bot_account.forget(db)
    typer.echo(f"{address} belongs to the bot that starts next with it.")


def _target(text: str) -> PostgresAddress:
    try:
        address = config.database_at(text)
    except ValueError as error:  # which does not repeat the text
        is_url = text.startswith(POSTGRES_SCHEMES)
        sentence = f"TO {error}. {UNCHANGED}" if is_url else NO_FILE_OF_SQLITE
        raise ConfigError(sentence) from None
    if isinstance(address, Path):
        raise ConfigError(NO_FILE_OF_SQLITE)
    return address


def _counted(entries: int) -> str:
    return (
        "1 entry in the audit trail" if entries == 1 else f"{entries:,} entries in the audit trail"
    )


def _file(address: DatabaseAddress, refusal: str, file: Path) -> Path:
    """Return the path of SQLite's file. Raises ConfigError with the refusal for PostgreSQL."""
    if isinstance(address, PostgresAddress):
        raise ConfigError(refusal.format(file=file, address=address))
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


def changing() -> AbstractContextManager[Database]:
    """Open the database to change what is in it. ConfigError if there is none."""
    address = existing_database()
    if isinstance(address, PostgresAddress):
        open_to_read(address).close()
    return closing(connect(address))


def reading() -> AbstractContextManager[Database]:
    """Open the database read-only, even on a medium that cannot be written."""
    address = existing_database()
    if isinstance(address, PostgresAddress):
        return closing(open_to_read(address))
    return store_restore.reading(address)
