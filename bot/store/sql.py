"""What the functions of this package need of a database: one SQL text for SQLite and PostgreSQL.

`?` and `:name` mark values. What PostgreSQL lacks of the functions of SQLite, its schema defines
with the same names (postgres_schema.sql).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol


class Cursor(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    @property
    def description(self) -> Any:
        """The columns of its rows; the first item of each is the name."""
        ...

    def fetchone(self) -> Any:
        """The next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """The remaining rows."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """The remaining rows, one by one."""
        ...


class Database(Protocol):
    """A connection. Used by one thread at a time."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. A severe failure ends it."""
        ...

    def execute(self, sql: str, parameters: Any = None, /) -> Cursor:
        """Run a statement."""
        ...

    def begin_immediate(self, *, durable: bool = True) -> None:
        """Begin a transaction, and wait until no other process writes.

        What it writes survives a power cut if it is `durable`, else a crash only.
        """
        ...

    def begin_part(self) -> None:
        """Begin a part of the transaction, which `undo_part` undoes; the part before it is done."""
        ...

    def undo_part(self) -> None:
        """Undo what was written in this part of the transaction."""
        ...

    def begin_snapshot(self) -> None:
        """Begin a transaction that reads all rows as they are now, while others write."""
        ...

    def commit(self) -> None:
        """End the transaction, and keep what it wrote."""
        ...

    def rollback(self) -> None:
        """End the transaction, and undo what it wrote."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@contextmanager
def transaction(db: Database, *, durable: bool = True) -> Iterator[None]:
    """Run a transaction that waits until no other process writes."""
    db.begin_immediate(durable=durable)
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """Read several tables as they are at one moment, while others write."""
    db.begin_snapshot()
    try:
        yield
    finally:
        db.rollback()


def select(
    db: Database, query: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> Iterator[dict[str, Any]]:
    """Run a query that reads, and yield its rows.

    sqlite-utils would also set and release a savepoint, in case the query returns no rows.
    """
    cursor = db.execute(query, values)
    names = [column[0] for column in cursor.description]
    return (dict(zip(names, row, strict=True)) for row in cursor)


def insert(db: Database, table: str, row: Mapping[str, Any]) -> None:
    """Insert a row faster than sqlite-utils, which would look up the table and columns first."""
    db.execute(_insert(table, row), [*row.values()])


def upsert(db: Database, table: str, key: str, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace these columns of the row with the same `key`."""
    others = ", ".join(f"{name} = excluded.{name}" for name in row if name != key)
    query = f"{_insert(table, row)} on conflict ({key}) do update set {others}"
    db.execute(query, [*row.values()])


def _insert(table: str, row: Mapping[str, Any]) -> str:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    return f"insert into {table} ({names}) values ({marks})"  # noqa: S608 - our own names
