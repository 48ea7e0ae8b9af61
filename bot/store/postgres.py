"""Connections to PostgreSQL: SQLite's SQL translated, lost connections, and who may write.

Each transaction that writes first takes a lock, so that transactions run one after another as with
SQLite, and reads the epoch of the lease: a process that no longer leads writes nothing.
"""

import os
import re
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Dumper
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.string import StrDumperUnknown

from bot.core import logs
from bot.core.errors import ConfigError, DatabaseError, DatabaseUnavailable, TemporaryFailure
from bot.core.models.database_address import PostgresAddress
from bot.store import postgres_migrations, watched
from bot.store.sql import Cursor, Database, select

log = logs.get_logger("postgres")

LOCK_KEY = 0x70726F76  # "prov"; with the schema it is the lock of one installation
DOUBT_TIMEOUT = 300.0  # seconds to find out whether a transaction was committed
RECONNECT_INTERVAL = 0.5  # seconds
# A connection that was cut is noticed within seconds: the lease must not run out meanwhile.
CONNECTING = {
    "application_name": "provbot",
    "connect_timeout": 3,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,  # milliseconds
    "target_session_attrs": "read-write",  # of several hosts, the one that is no replica
}
# A frozen process must not keep its lock for longer than its lease.
SESSION = """
set idle_in_transaction_session_timeout = '3s';
set lock_timeout = '5s';
set statement_timeout = '30s';
set default_transaction_isolation = 'read committed';
set client_min_messages = 'warning';
"""
LOCK = f"select pg_advisory_xact_lock({LOCK_KEY}, hashtext(current_schema()))"
NOTE = (
    "update last_transaction set token = '{token}'"
    " where id = {row} and pg_current_xact_id_if_assigned() is not null"
)
UPGRADE_KEY = LOCK_KEY + 1
MIN_VERSION = 13  # has pg_current_xact_id_if_assigned
IN_TRANSACTION = (TransactionStatus.INTRANS, TransactionStatus.INERROR)
# Wrong user or password, no such database or schema, not permitted or not our tables.
PERMANENT = ("28", "3D", "3F", "42")
NO_TABLES = (
    "The database {address} has no tables of provbot. Is PROVBOT_DATABASE right? `provbot run`"
    " makes them in a new database, and so does `provbot access add`."
)
OLDER = (
    "The database {address} was written by an older provbot. `provbot run` upgrades it, and so"
    " does `provbot access add`."
)
TOO_OLD = (
    "The database {address} cannot be used: its server is PostgreSQL {version}, and provbot needs"
    " 13 or newer."
)
PERMANENT_REASONS = re.compile(
    r"authentication failed|no password supplied|does not exist|no pg_hba\.conf entry"
    r"|certificate verify failed|permission denied|invalid \S+ value|does not support SSL"
    r"|does not match host name"
)
# Not among psycopg's OperationalErrors, but they pass as well: a server that is a replica for the
# moment, and what the server ended because this process stood still.
PASSING = (
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.InFailedSqlTransaction,
)


@lru_cache(maxsize=1024)
def translated(query: str, *, named: bool) -> str:
    """Return a query of ours as psycopg wants it: `%s` and `%(name)s` mark values."""
    query = query.replace("%", "%%")
    return re.sub(r"(?<![:\w]):([a-z_]+)", r"%(\1)s", query) if named else query.replace("?", "%s")


class PostgresDatabase:
    """A connection, which is made again after it was lost."""

    def __init__(
        self, address: PostgresAddress, *, standby: bool = False, watches: bool = True
    ) -> None:
        """Connect; see `connect`. Without `watches` it needs no right to make temporary tables."""
        self.address = address
        self.standby = standby
        self._watches = watches
        self.epoch: int | None = None  # of the lease under which it writes; None: any process may
        self._has_part = False  # of the transaction
        self._fence: Callable[[], None] = _ignore
        with as_ours():
            self._connection = self._connected()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; not after the connection was lost."""
        return self._connection.info.transaction_status in IN_TRANSACTION

    @property
    def server_version(self) -> int:
        """The version of the server, such as 15."""
        return self._connection.info.server_version // 10_000

    @property
    def is_closed(self) -> bool:
        """Whether the connection was closed or lost. A transaction makes a new one."""
        return self._connection.closed

    def execute(self, sql: str, parameters: Any = None, /) -> Cursor:
        """Run a statement. DatabaseUnavailable if another attempt may succeed."""
        with as_ours():
            if not parameters:
                return self._connection.execute(sql.encode())
            named = isinstance(parameters, dict)
            return self._connection.execute(translated(sql, named=named).encode(), parameters)

    def copy_in(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert many rows, in their order."""
        statement = f"copy {table} ({', '.join(columns)}) from stdin".encode()
        with as_ours(), self._connection.cursor() as cursor, cursor.copy(statement) as writer:
            for row in rows:
                writer.write_row(row)

    def begin_immediate(self, *, durable: bool = True) -> None:
        """Begin a transaction, and wait until no other process writes.

        DatabaseUnavailable if the database does not answer, or another process leads.
        """
        self._has_part = False
        if self.standby:
            self._begin("begin read only")
            return
        commit = "" if durable else "set local synchronous_commit = off;"
        cursor = self._begin(f"begin; {commit} {LOCK}; select epoch from lease")  # noqa: S608 - our own words
        while cursor.nextset():
            pass
        (epoch,) = cursor.fetchone()
        if self.epoch not in (None, epoch):
            self.rollback()
            self._fence()
            raise DatabaseUnavailable("Another process leads.")

    def begin_part(self) -> None:
        """Begin a part of the transaction, which `undo_part` undoes; the part before it is done."""
        self.execute("release part; savepoint part" if self._has_part else "savepoint part")
        self._has_part = True

    def undo_part(self) -> None:
        """Undo what was written in this part of the transaction."""
        self.execute("rollback to part")

    def begin_snapshot(self) -> None:
        """Begin a transaction that reads all rows as they are now, while others write."""
        self._begin("begin isolation level repeatable read read only")

    def _begin(self, statements: str) -> Any:
        with as_ours():
            if self._connection.closed or self._connection.broken:
                self._connection = self._connected()
            try:
                return self._connection.execute(statements.encode())
            except psycopg.OperationalError:
                if not self._connection.closed:
                    self.rollback()
                    raise
            # It was lost while nobody used it, for example when the server was restarted.
            self._connection = self._connected()
            return self._connection.execute(statements.encode())

    def commit(self) -> None:
        """End the transaction, and keep what it wrote.

        If the connection is lost meanwhile, find out whether the server has done it.
        """
        if self.standby:
            self.execute("commit")
            return
        token = uuid.uuid4().hex
        try:
            with as_ours():
                self._connection.execute(
                    f"{NOTE}; commit".format(token=token, row=self._row).encode()
                )
        except DatabaseUnavailable as error:
            stood_still = isinstance(error.__cause__, errors.IdleInTransactionSessionTimeout)
            if stood_still or not self._connection.closed:  # the server has undone it
                raise
            if not self._is_last(token):
                raise
            log.warning("commit_confirmed_after_lost_connection")

    def rollback(self) -> None:
        """End the transaction, and undo what it wrote. Nothing happens if none is open."""
        if self.in_transaction:
            with suppress(psycopg.Error):
                self._connection.execute(b"rollback")

    def interrupt(self) -> None:
        """Let a call fail that waits for a silent server in another thread."""
        with (
            suppress(OSError, psycopg.Error),
            socket.socket(fileno=os.dup(self._connection.fileno())) as same,
        ):
            same.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def lead(self, epoch: int, fence: Callable[[], None]) -> None:
        """Write from now on, in this epoch; `fence` is called when another process leads."""
        self.standby, self.epoch, self._fence = False, epoch, fence
        upgrade(self)

    @property
    def _row(self) -> int:
        """That of the leader, or that of commands, in the table of last transactions."""
        return 2 if self.epoch is None else 1

    def _is_last(self, token: str) -> bool:
        """Whether the transaction with this token is the last one that wrote.

        The lock of the transaction is free only after its end.
        """
        give_up_at = time.monotonic() + DOUBT_TIMEOUT
        while True:
            try:
                with self._locked():
                    row = self.execute(
                        "select token from last_transaction where id = ?", [self._row]
                    ).fetchone()
                    return bool(row[0] == token)
            except DatabaseUnavailable:
                if time.monotonic() >= give_up_at:
                    raise
                time.sleep(RECONNECT_INTERVAL)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.begin_immediate()
        try:
            yield
        finally:
            self.rollback()

    def _connected(self) -> psycopg.Connection[Any]:
        connection = connection_to(self.address)
        try:
            if self._watches:
                connection.execute(watched.POSTGRES_TABLE.encode())
        except BaseException:
            connection.close()
            raise
        return connection


def connect(address: PostgresAddress, *, standby: bool = False) -> PostgresDatabase:
    """Connect, make the schema if there is none, and upgrade it, which a standby leaves to others.

    Raises ConfigError if it cannot be used, and TemporaryFailure if another attempt may succeed.
    """
    with opened(address) as db:
        if not standby or not applied(db):
            upgrade(db)
        db.standby = standby
    return db


def connect_to_read(address: PostgresAddress) -> PostgresDatabase:
    """Connect, only to read, as a role may that has no other right, and from a replica.

    Raises ConfigError also if there is no schema, or an older one.
    """
    with opened(address, watches=False) as db:
        if len(existing(db)) < len(postgres_migrations.NAMES):
            raise ConfigError(OLDER.format(address=address))
        db.standby = True
    return db


def is_new(address: PostgresAddress) -> bool:
    """Whether a database has no tables of provbot. Raises ConfigError like `connect`."""
    with opened(address) as db, closing(db):
        return not applied(db)


@contextmanager
def opened(address: PostgresAddress, *, watches: bool = True) -> Iterator[PostgresDatabase]:
    """Connect, and close the connection if what is done with it fails."""
    with explained(address):
        db = PostgresDatabase(address, watches=watches)
        try:
            _check_version(db)
            yield db
        except BaseException:
            db.close()
            raise


def _check_version(db: PostgresDatabase) -> None:
    if db.server_version < MIN_VERSION:
        raise ConfigError(TOO_OLD.format(address=db.address, version=db.server_version))


@contextmanager
def explained(address: PostgresAddress) -> Iterator[None]:
    """Convert failures to ConfigError or TemporaryFailure, for the operator."""
    try:
        yield
    except DatabaseError as error:
        raise explain(error, address) from error


def explain(error: Exception, address: PostgresAddress) -> ConfigError:
    """Convert a failure to an error with a sentence for the operator."""
    kind = ConfigError if _is_permanent(error) else TemporaryFailure
    return kind(f"The database {address} cannot be used: {_first_line(error)}.")


def applied(db: Database) -> list[str]:
    """Return the names of the applied migrations; ConfigError if a newer provbot wrote them."""
    (exists,) = db.execute("select to_regclass('provbot_migrations') is not null").fetchone()
    if not exists:
        return []
    query = "select name from provbot_migrations order by number"
    names = [row["name"] for row in select(db, query)]
    unknown = [name for name in names if name not in postgres_migrations.NAMES]
    if unknown:
        raise ConfigError(
            f"The database was written by a newer provbot ({unknown[-1]}). Install that version."
        )
    return names


def existing(db: PostgresDatabase) -> list[str]:
    """Return the names of the applied migrations. ConfigError if there are none."""
    done = applied(db)
    if not done:
        raise ConfigError(NO_TABLES.format(address=db.address))
    return done


def upgrade(db: Database) -> None:
    """Apply the migrations that are missing, in one transaction."""
    db.execute(f"select pg_advisory_lock({UPGRADE_KEY})")  # of two processes, one makes the tables
    try:
        if len(applied(db)) == len(postgres_migrations.NAMES):
            return
        db.execute("begin; set local statement_timeout = 0")
        try:
            apply_missing(db)
            db.commit()
        except BaseException:
            db.rollback()
            raise
    finally:
        with suppress(DatabaseUnavailable):
            db.execute(f"select pg_advisory_unlock({UPGRADE_KEY})")


def apply_missing(db: Database) -> None:
    """Apply the migrations that are missing, in the transaction of the caller."""
    for name in postgres_migrations.NAMES[len(applied(db)) :]:
        db.execute(postgres_migrations.statements(name))
        db.execute("insert into provbot_migrations (name) values (?)", [name])


def connection_to(address: PostgresAddress) -> psycopg.Connection[Any]:
    """Return a new connection, without an open transaction.

    Raises psycopg.Error, and ConfigError if the address has options that there are not.
    """
    try:
        given: dict[str, Any] = {**CONNECTING, **conninfo_to_dict(address.url)}
    except psycopg.ProgrammingError as error:
        raise ConfigError(f"The database {address} cannot be used: {_first_line(error)}.") from None
    if address.password:
        given["password"] = address.password
    connection = psycopg.connect(**given, autocommit=True)
    connection.adapters.register_dumper(str, _Text)
    connection.adapters.register_dumper(bool, _Bool)
    try:
        connection.execute(SESSION.encode())
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def as_ours() -> Iterator[None]:
    """Convert errors of psycopg to what all engines raise."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError, *PASSING) as error:
        raise DatabaseUnavailable(_first_line(error)) from error
    except psycopg.Error as error:
        raise DatabaseError(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    """The reason; libpq repeats it for each address of a host, and ends it with a line break."""
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no reason"


def _is_permanent(error: Exception) -> bool:
    """Whether a person must change something: a wrong password, a database that is not there."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith(PERMANENT) or PERMANENT_REASONS.search(str(error)) is not None


class _Text(StrDumperUnknown):
    """PostgreSQL cannot hold the character NUL, which SQLite can."""

    def dump(self, obj: str) -> Any:
        """Replace NUL."""
        return super().dump(obj.replace("\0", "\ufffd"))


class _Bool(Dumper):
    """A bool is a number, as with SQLite."""

    def dump(self, obj: bool) -> bytes:
        """0 or 1."""
        return b"1" if obj else b"0"


def _ignore() -> None:
    """Fence nothing: this process has no lease."""
