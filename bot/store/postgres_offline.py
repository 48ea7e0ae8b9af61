"""What is done to a PostgreSQL database while no bot leads: fill it from SQLite, or mark it.

A copy is one transaction: if it fails or is killed, nothing was changed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from bot.core.errors import ConfigError, DatabaseError, TemporaryFailure
from bot.core.models.database_address import PostgresAddress
from bot.store import bot_account, failures, lease, lock, postgres, restore, unclaimed
from bot.store.postgres import PostgresDatabase
from bot.store.sql import Database, select, transaction

UNCHANGED = "Nothing was changed."
NOT_INTACT = (
    "The audit trail of {path} is not intact, so it is not copied: {fault} `provbot audit verify`"
    " names each fault. Find out what changed the file; an older backup may have none."
)
COPY_NOT_INTACT = "The audit trail would not be intact in {address}: {fault}"
COPY_DIFFERS = "{table} would have {new} rows instead of {old} in {address}."
NOT_EMPTY = "{address} already holds an installation of provbot: {tables}. Name an empty database."
FILE_CHANGED = "{path} was changed meanwhile. Stop what uses it, and try again."
BOT_LEADS = (
    "A bot leads with {address}: {holder}. Nothing was changed. Stop all replicas, and try again."
)
IN_DOUBT = (
    "The copy to {address} was broken off at the very end, and it is not known whether it was kept."
    " Run the same command again: if it was, you are told that the database is not empty."
)
OF_SQLITE = ("sqlite_", "_sqlite_")  # tables of SQLite itself, and of its migrations
SEEDED = ("instance", "audit_head")  # a new installation has rows in these
BEGIN = f"""
begin;
set local statement_timeout = 0;
set local idle_in_transaction_session_timeout = '10min';
{postgres.LOCK};
select pg_advisory_xact_lock({postgres.UPGRADE_KEY})
"""
# A process of before a restore may have a later epoch than the restored row. It must not take one
# that follows for its own when it wakes up, so epochs are at least the time (lease.py).
FENCE = f"update lease set holder = '', epoch = greatest(epoch + 1, {lease.MICROSECONDS})"  # noqa: S608 - our own words
# As if its holder had been killed: the next one then tells people that presses may be lost.
PRESSES_LOST = "update lease set renewed_at = to_timestamp(0)"


class InDoubt(TemporaryFailure):
    """It is not known whether the copy was kept."""


def copy(
    source: Path, address: PostgresAddress, faults: Callable[[Database], Sequence[str]]
) -> dict[str, int]:
    """Copy all rows in their order, and return how many, by table. The source stays as it is.

    `faults` names those of the audit trail. Raises ConfigError if there are any, if the target is
    not empty, if one of the databases is in use or cannot be used, and if the copy differs.
    """
    with (
        _unchanged(),
        failures.explained(source),
        _locked(source),
        postgres.opened(address) as new,
        closing(new),
    ):
        before = restore.sizes_and_times(source)
        with restore.unchanged(source) as old:
            if damage := faults(old):
                raise ConfigError(NOT_INTACT.format(path=source, fault=damage[0]))
            with _kept(new):
                rows = _fill(old, new)
                if unclaimed.beside(source).exists():
                    new.execute(PRESSES_LOST)
                if damage := faults(new):
                    raise ConfigError(COPY_NOT_INTACT.format(address=address, fault=damage[0]))
                if restore.sizes_and_times(source) != before:
                    raise TemporaryFailure(FILE_CHANGED.format(path=source))
    return rows


def mark_restored(address: PostgresAddress, now: float) -> None:
    """Prepare a database that was restored from a dump for the bot's next start.

    Raises ConfigError if it has no tables of provbot, and TemporaryFailure while a bot leads.
    """
    with postgres.opened(address) as db, closing(db):
        postgres.existing(db)
        postgres.upgrade(db, as_command=True)
        with transaction(db):
            _fence(db)
            restore.mark(db, now)


def change_bot(address: PostgresAddress) -> None:
    """Let another bot have the database.

    Raises ConfigError if it has no tables of provbot, and TemporaryFailure while a bot leads.
    """
    with postgres.opened(address) as db, closing(db):
        postgres.existing(db)
        postgres.upgrade(db, as_command=True)
        with transaction(db):
            _fence(db)
            bot_account.forget(db)


@contextmanager
def _unchanged() -> Iterator[None]:
    """Say of each failure that nothing was changed."""
    try:
        yield
    except InDoubt:
        raise
    except ConfigError as error:
        sentence = str(error)
        if UNCHANGED in sentence:
            raise
        raise type(error)(f"{sentence} {UNCHANGED}") from error


@contextmanager
def _locked(source: Path) -> Iterator[None]:
    """Hold the lock of a file, so that no bot starts with it."""
    if not source.is_file():
        raise ConfigError(f"There is no file {source}.")
    with ExitStack() as held:
        with failures.writing(lock.beside(source)):
            held.enter_context(lock.held(source, restore.IN_USE))
        yield


@contextmanager
def _kept(db: PostgresDatabase) -> Iterator[None]:
    """Run a transaction that may take minutes, while no other process writes."""
    db.execute(BEGIN)
    try:
        yield
        _commit(db)
    except BaseException:
        db.rollback()
        raise


def _commit(db: PostgresDatabase) -> None:
    try:
        db.commit()
    except (DatabaseError, KeyboardInterrupt) as error:
        if isinstance(error, KeyboardInterrupt) or db.is_closed:
            raise InDoubt(IN_DOUBT.format(address=db.address)) from error
        raise


def _fence(db: PostgresDatabase) -> None:
    """Let no process write that led before. Raises TemporaryFailure if one leads now."""
    db.execute("select id from lease for update")
    state = lease.state(db)
    if state.is_fresh:
        raise TemporaryFailure(BOT_LEADS.format(address=db.address, holder=state.holder))
    db.execute(FENCE)


def _fill(old: Database, new: PostgresDatabase) -> dict[str, int]:
    """Make the tables if there are none, and copy all rows. Return how many, by table."""
    tables = _tables(old)
    postgres.apply_missing(new)
    _fence(new)
    _refuse_used(new, tables)
    # It lets the next row pass, one by one, and the head of the trail tells which is next. With the
    # transaction, this is undone as well.
    new.execute("alter table audit disable trigger audit_no_replace")
    for table, columns in tables.items():
        if table in SEEDED:
            new.execute(f"delete from {table}")  # noqa: S608 - our own names
        names = ", ".join(columns)
        rows = old.execute(f"select {names} from {table} order by rowid")  # noqa: S608
        new.copy_in(table, columns, rows)
    new.execute("alter table audit enable trigger audit_no_replace")
    return {table: _same_number(table, old, new) for table in tables}


def _tables(old: Database) -> dict[str, list[str]]:
    """Return the tables of SQLite with their columns."""
    query = (
        "select tables.name as name, columns.name as column_name from sqlite_master as tables"
        " join pragma_table_info(tables.name) as columns where tables.type = 'table'"
        " order by tables.name, columns.cid"
    )
    columns_by_table: dict[str, list[str]] = {}
    for row in select(old, query):
        if not row["name"].startswith(OF_SQLITE):
            columns_by_table.setdefault(row["name"], []).append(row["column_name"])
    return columns_by_table


def _refuse_used(new: PostgresDatabase, tables: Mapping[str, object]) -> None:
    """Raise ConfigError if there are other rows than those of a new installation."""
    numbers = {table: _count(new, table) for table in tables if table not in SEEDED}
    used = [f"{table} ({number})" for table, number in numbers.items() if number]
    if used:
        raise ConfigError(NOT_EMPTY.format(address=new.address, tables=", ".join(used)))


def _same_number(table: str, old: Database, new: PostgresDatabase) -> int:
    number, copied = _count(old, table), _count(new, table)
    if number != copied:
        raise ConfigError(
            COPY_DIFFERS.format(table=table, new=copied, old=number, address=new.address)
        )
    return number


def _count(db: Database, table: str) -> int:
    return int(next(select(db, f"select count(*) as number from {table}"))["number"])  # noqa: S608
