"""Connections to PostgreSQL: SQLite's SQL translated, lost connections, and who may write.

Each transaction that writes first takes a lock, so that transactions run one after another as with
SQLite, and reads the epoch of the lease: a process that no longer leads writes nothing.
"""

import math
import os
import re
import secrets
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

from bot.core import logs
from bot.core.errors import ConfigError, DatabaseError, DatabaseUnavailable, TemporaryFailure
from bot.core.models.database_address import PostgresAddress
from bot.store import postgres_migrations, watched
from bot.store.postgres_connection import as_ours, connection_to, explained
from bot.store.sql import Cursor, Database, select

log = logs.get_logger("postgres")

LOCK_KEY = 0x70726F76  # "prov"; with the schema it is the lock of one installation
DOUBT_TIMEOUT = 300.0  # seconds to find out whether a transaction was committed
RECONNECT_INTERVAL = 0.5  # seconds
# By the table, which all who use it find, whatever their search path is.
LOCK = (
    f"select pg_advisory_xact_lock({LOCK_KEY},"
    " hashtext(coalesce(to_regclass('lease')::oid::text, '')))"
)
LEADER = 1  # its row in the table of last transactions
NOTE = (
    "update last_transaction set token = '{token}'"
    " where id = {row} and pg_current_xact_id_if_assigned() is not null"
)
NOTE_OF_COMMAND = (
    "insert into last_transaction (id, token) select {row}, '{token}'"
    " where pg_current_xact_id_if_assigned() is not null"
    " on conflict (id) do update set token = excluded.token, at = now();"
    " delete from last_transaction where id <> 1 and at < now() - interval '1 day'"
    " and pg_current_xact_id_if_assigned() is not null"
)
UPGRADE_KEY = LOCK_KEY + 1
MIN_VERSION = 13  # has pg_current_xact_id_if_assigned
IN_TRANSACTION = (TransactionStatus.INTRANS, TransactionStatus.INERROR)
NO_TABLES = (
    "The database {address} has no tables of provbot. Is PROVBOT_DATABASE right? `provbot run`"
    " makes them in a new database, and so does `provbot access add`."
)
OLDER = (
    "The database {address} was written by an older provbot. `provbot run` upgrades it, and so"
    " does `provbot access add`."
)
OLDER_LEADS = (
    "The database {address} was written by an older provbot, which leads now: {holder}. Nothing was"
    " changed. Use the version that leads, or upgrade all replicas first."
)
TOO_OLD = (
    "The database {address} cannot be used: its server is PostgreSQL {version}, and provbot needs"
    " 13 or newer."
)
NOT_UTF8 = (
    "The database {address} cannot be used: its encoding is {encoding}, and provbot needs UTF8."
)
NO_LEASE = (
    "The database {address} has no row in the table `lease`: a part of a backup was restored."
    " Restore the whole backup."
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
        self._row = LEADER + 1 + secrets.randbits(62)  # in the table of last transactions
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
    def encoding(self) -> str:
        """How the server stores text, such as UTF8."""
        return self._connection.info.parameter_status("server_encoding") or ""

    @property
    def tls_mode(self) -> str:
        """What the client asks of TLS: `sslmode` of libpq."""
        return self._connection.info.get_parameters().get("sslmode", "prefer")

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

    def begin_immediate(self, *, durable: bool = True) -> None:  # noqa: ARG002 - see below
        """Begin a transaction, and wait until no other process writes.

        All are durable: what the server has not flushed is lost with it, though this process
        lives on and does not do it again. DatabaseUnavailable if the database does not answer, or
        another process leads.
        """
        self._has_part = False
        if self.standby:
            self._begin("begin read only")
            return
        cursor = self._begin(f"begin; {LOCK}; select epoch from lease")  # noqa: S608 - our own words
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        if row is not None and self.epoch in (None, row[0]):
            return
        self.rollback()
        if row is None:
            raise DatabaseError(NO_LEASE.format(address=self.address))
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
            except psycopg.Error:
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
        note = NOTE_OF_COMMAND if self.epoch is None else NOTE
        try:
            with as_ours():
                self._connection.execute(
                    f"{note}; commit".format(token=token, row=self._row).encode()
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
        self.standby, self.epoch, self._fence, self._row = False, epoch, fence, LEADER
        self._begin("select 1")  # the connection may have been lost while nobody used it
        upgrade(self)

    def _is_last(self, token: str) -> bool:
        """Whether the transaction with this token is the last one that wrote.

        The lock of the transaction is free only after its end. A leader waits for as long as it
        takes, because it can do nothing else, and must not do anything twice.
        """
        timeout = DOUBT_TIMEOUT if self.epoch is None else math.inf
        give_up_at = time.monotonic() + timeout
        while True:
            try:
                with self._locked():
                    row = self.execute(
                        "select token from last_transaction where id = ?", [self._row]
                    ).fetchone()
                    return row is not None and bool(row[0] == token)
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

    Raises ConfigError if it cannot be used, and TemporaryFailure if another attempt may succeed, or
    if a bot with an older version leads.
    """
    with opened(address) as db:
        if not standby or not applied(db):
            upgrade(db, as_command=True)
        db.standby = standby
    return db


def connect_as_it_is(address: PostgresAddress) -> PostgresDatabase:
    """Connect, and neither make nor upgrade the tables. Without tables, only to read.

    Raises ConfigError if it cannot be used, or a newer provbot wrote it.
    """
    with opened(address) as db:
        db.standby = not applied(db)
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
            _check_server(db)
            yield db
        except BaseException:
            db.close()
            raise


def _check_server(db: PostgresDatabase) -> None:
    if db.server_version < MIN_VERSION:
        raise ConfigError(TOO_OLD.format(address=db.address, version=db.server_version))
    if db.encoding != "UTF8":
        raise ConfigError(NOT_UTF8.format(address=db.address, encoding=db.encoding))


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
            f"The database was written by a newer provbot ({unknown[-1]}). Install the"
            " version that ran here last."
        )
    return names


def existing(db: PostgresDatabase) -> list[str]:
    """Return the names of the applied migrations. ConfigError if there are none."""
    done = applied(db)
    if not done:
        raise ConfigError(NO_TABLES.format(address=db.address))
    return done


def upgrade(db: PostgresDatabase, *, as_command: bool = False) -> None:
    """Apply the migrations that are missing, in one transaction.

    A command does not while a bot leads, whose version does not know the new tables.
    """
    if len(applied(db)) == len(postgres_migrations.NAMES):
        return
    # Of two processes, one makes the tables; and nobody takes the lease meanwhile.
    lock = f"{LOCK};" if as_command else ""
    db.execute(f"begin; {lock} select pg_advisory_xact_lock({UPGRADE_KEY})")
    try:
        if as_command:
            _refuse_if_led(db)
        db.execute("set local statement_timeout = 0")
        apply_missing(db)
        db.execute("commit")
    except BaseException:
        db.rollback()
        raise


def _refuse_if_led(db: PostgresDatabase) -> None:
    """Raise TemporaryFailure if a bot leads with tables that are not those of this version."""
    from bot.store import lease  # which imports this module

    names = applied(db)
    if names and len(names) < len(postgres_migrations.NAMES):
        state = lease.state(db)
        if state.is_fresh:
            raise TemporaryFailure(OLDER_LEADS.format(address=db.address, holder=state.holder))


def apply_missing(db: Database) -> None:
    """Apply the migrations that are missing, in the transaction of the caller."""
    for name in postgres_migrations.NAMES[len(applied(db)) :]:
        db.execute(postgres_migrations.statements(name))
        db.execute("insert into provbot_migrations (name) values (?)", [name])


def _ignore() -> None:
    """Fence nothing: this process has no lease."""
