"""The table `lease`: which of several processes on PostgreSQL leads.

The times are those of the database. A lease that its holder did not renew for `DURATION` is free to
take. Each taking makes a new epoch, in which transactions of an earlier one are refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from bot.core.errors import DatabaseError
from bot.core.models.database_address import PostgresAddress
from bot.store import postgres
from bot.store.postgres import PostgresDatabase
from bot.store.sql import Database, select, transaction

DURATION = 6.0  # seconds
# A time in the future is that of a clock which was set back since.
_FREE = (
    f"(renewed_at < clock_timestamp() - interval '{DURATION} seconds'"
    f" or renewed_at > clock_timestamp() + interval '{DURATION} seconds')"
)


# Of the database's clock, since 1970. No two leaders begin in the same one, even if the second one
# uses a replica of the database that lacks what the first one wrote.
MICROSECONDS = "cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)"


@dataclass(frozen=True)
class LeaseState:
    """Who holds the lease. `age`: seconds since it was renewed; None if it is given back."""

    holder: str
    epoch: int
    age: float | None

    @property
    def is_fresh(self) -> bool:
        """Whether its holder leads now."""
        return self.age is not None and abs(self.age) <= DURATION


class Holder(NamedTuple):
    """Who took the lease last: a name for people, empty if it is given back, and its epoch."""

    name: str
    epoch: int


class Taken(NamedTuple):
    """The epoch that begins, and whether the lease ran out instead of being given back."""

    epoch: int
    ran_out: bool


def state(db: Database) -> LeaseState:
    """Return who holds the lease."""
    (row,) = select(
        db,
        "select holder, epoch, case when isfinite(renewed_at)"
        " then cast(extract(epoch from clock_timestamp() - renewed_at) as double precision) end"
        " as age from lease",
    )
    return LeaseState(**row)


class Lease:
    """The lease, on a connection of its own: no other work delays the renewal."""

    def __init__(self, address: PostgresAddress, holder: str) -> None:
        """`holder` names this process for people."""
        self._address, self._holder = address, holder
        self._db: PostgresDatabase | None = None
        self.seen: Holder | None = None  # at the last look of this process, or attempt to take it

    def take(self) -> Taken | None:
        """Take the lease if it is free; None if another process leads.

        Raises DatabaseUnavailable, and ConfigError if a newer provbot wrote the database.
        """
        db = self._connected()
        query = f"select {_FREE}, isfinite(renewed_at), holder, epoch from lease"  # noqa: S608 - our own words
        is_free, ran_out, *seen = self._row(query)
        self.seen = Holder(*seen)
        if not is_free:
            return None
        with transaction(db):
            postgres.applied(db)
            row = db.execute(
                "update lease set holder = ?, renewed_at = clock_timestamp(),"  # noqa: S608 - our own words
                f" epoch = greatest(epoch + 1, {MICROSECONDS}),"
                f" taken_at = clock_timestamp() where {_FREE} returning epoch",
                [self._holder],
            ).fetchone()
        return None if row is None else Taken(int(row[0]), bool(ran_out))

    def look(self) -> None:
        """See who has it. Raises DatabaseUnavailable if the database does not answer."""
        self.seen = Holder(*self._row("select holder, epoch from lease"))

    def renew(self, epoch: int) -> bool:
        """Renew the lease; False if another process has taken it. Raises DatabaseUnavailable."""
        query = "update lease set renewed_at = clock_timestamp() where epoch = ?"
        return self._connected().execute(query, [epoch]).rowcount == 1

    def give_back(self, epoch: int, *, as_run_out: bool = False) -> None:
        """Let another process take the lease at once. Raises DatabaseUnavailable.

        `as_run_out`: as if it had run out, because presses may be lost that nobody knows of.
        """
        renewed_at = f"now() - interval '{2 * DURATION} seconds'" if as_run_out else "'-infinity'"
        query = f"update lease set holder = '', renewed_at = {renewed_at} where epoch = ?"  # noqa: S608 - our own words
        self._connected().execute(query, [epoch])

    def interrupt(self) -> None:
        """Let a call fail that waits for a silent server in another thread."""
        if self._db is not None:
            self._db.interrupt()

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()

    def _row(self, query: str) -> Sequence[Any]:
        row = self._connected().execute(query).fetchone()
        if row is None:
            raise DatabaseError(postgres.NO_LEASE.format(address=self._address))
        return cast("Sequence[Any]", row)

    def _connected(self) -> PostgresDatabase:
        if self._db is None or self._db.is_closed:
            self._db = PostgresDatabase(self._address)
        return self._db
