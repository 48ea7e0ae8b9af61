"""One connection to PostgreSQL: its settings, and what its errors mean."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Dumper
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.string import StrDumperUnknown

from bot.core.errors import ConfigError, DatabaseError, DatabaseUnavailable, TemporaryFailure
from bot.core.models.database_address import PostgresAddress

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
ENCODING = {"client_encoding": "UTF8"}  # whatever the address or the environment says
# A frozen process must not keep its lock for longer than its lease.
SESSION = """
set idle_in_transaction_session_timeout = '3s';
set lock_timeout = '5s';
set statement_timeout = '30s';
set default_transaction_isolation = 'read committed';
set client_min_messages = 'warning';
set tcp_user_timeout = '5s';
set tcp_keepalives_idle = 2;
set tcp_keepalives_interval = 1;
set tcp_keepalives_count = 3;
select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') = 'off';
"""
# Wrong user or password, no such database or schema, not permitted or not our tables.
PERMANENT = ("28", "3D", "3F", "42")
PERMANENT_REASONS = re.compile(
    r"authentication failed|no password supplied|does not exist|no pg_hba\.conf entry"
    r"|certificate verify failed|permission denied|invalid \S+ value|does not support SSL"
    r"|does not match host name"
)
LOCKED = "another process keeps it locked"  # PostgreSQL names only the timeout
PLAN_CHANGED = "cached plan must not change"
# Not among psycopg's OperationalErrors, but they pass as well: a server that is a replica for the
# moment, and what the server ended because this process stood still.
PASSING = (
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.InFailedSqlTransaction,
)


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
    is_locked = isinstance(error.__cause__, errors.LockNotAvailable)
    reason = LOCKED if is_locked else first_line(error)
    return kind(f"The database {address} cannot be used: {reason}.")


def connection_to(address: PostgresAddress) -> psycopg.Connection[Any]:
    """Return a new connection, without an open transaction.

    Raises psycopg.Error, and ConfigError if the address has options that there are not.
    """
    try:
        options: dict[str, Any] = {**CONNECTING, **conninfo_to_dict(address.url), **ENCODING}
    except psycopg.ProgrammingError as error:
        raise ConfigError(f"The database {address} cannot be used: {first_line(error)}.") from None
    if address.password:
        options["password"] = address.password
    connection = psycopg.connect(**options, autocommit=True)
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
    except errors.ProgramLimitExceeded as error:  # too long for an index: it does not pass
        raise DatabaseError(first_line(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError, *PASSING) as error:
        raise DatabaseUnavailable(first_line(error)) from error
    except errors.FeatureNotSupported as error:
        # The tables were upgraded; the next attempt prepares the statement again.
        kind = DatabaseUnavailable if PLAN_CHANGED in str(error) else DatabaseError
        raise kind(first_line(error)) from error
    except psycopg.Error as error:
        raise DatabaseError(first_line(error)) from error


def first_line(error: Exception) -> str:
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
